"""Files as public sources publish them, small, for tests that damage and rename them.

All hold the network of :mod:`tests.torchvision_reference`; use them within
``narrow_network(EIGHTH)``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from safetensors.torch import save_file
from torch import Tensor

from model_export.presets import find_preset
from model_export.weights.conventions import TORCHVISION, Convention, weighted_layers
from tests.torchvision_reference import make

State = dict[str, Tensor]


def torchvision_state(depth: int = 50, classes: int = 7) -> State:
    """Under torchvision's names, batch norms' counters included."""
    return dict(make(depth, classes=classes).state_dict())


def renamed(state: Mapping[str, Tensor], convention: Convention) -> dict[str, Any]:
    """The weights of a ResNet-50 under another source's names, in its order of axes.

    Keras's networks get the biases, of zeros, that torchvision's do not have.
    """
    preset = find_preset("keras" if convention.channels_last else "torchvision", classes=7)
    renamed: dict[str, Any] = {}
    for layer in weighted_layers(preset):
        for attribute, shape in layer.shapes.items():
            value = state.get(TORCHVISION.tensor(layer, attribute))
            array = np.zeros(shape, np.float32) if value is None else value.numpy()
            axes = np.argsort(convention.axes(array.ndim))
            renamed[convention.tensor(layer, attribute)] = array.transpose(axes)
    return renamed


def write_keras(path: Path, tensors: Mapping[str, Any]) -> Path:
    """As Keras publishes weights: a group per layer, whose weights it lists in order.

    Args:
        path: The file.
        tensors: ``layer/attribute`` → array.
    """
    layers: dict[str, list[str]] = {}
    for name in tensors:
        layers.setdefault(name.split("/")[0], []).append(name)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer, names in layers.items():
            group = file.create_group(layer)
            listed = [f"{name}:0" for name in names]
            group.attrs["weight_names"] = np.array(listed, "S")  # bytes, as old files have them
            for name, stored in zip(names, listed, strict=True):
                group[stored] = tensors[name]
    return path


def write_safetensors(path: Path, tensors: Mapping[str, Tensor]) -> Path:
    """As hubs publish weights."""
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    return path
