"""Model file → checkpoint: the way back from export, to train on from the file alone.

What the network is, is read off the graph and not off the card's word: the number of blocks gives
the depth, the nodes tell strides, biases, padding and epsilon. Weights stored as float16 or int8
are unfolded; what rounding took from them stays lost.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import helper
from torch import Tensor

from desktop_app.core.errors import LensError
from desktop_app.core.model_file import describe_model
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.records import Card, Preprocessing
from model_export.checkpoints import Checkpoint
from model_export.presets import BLOCKS_PER_STAGE, PRESETS, Preset
from model_export.resnet import ResNet
from model_export.storage import unfold

_LAST_OF_BRANCH: Final = re.compile(r"res.+_branch2c")
_DEPTHS: Final = {sum(counts): depth for depth, counts in BLOCKS_PER_STAGE.items()}


class ForeignNetworkError(LensError):
    """The model file does not hold a network that this program defines."""

    code = "network-foreign"


def read_network(path: Path) -> tuple[Checkpoint, Card]:
    """The network in a file that ``export`` or ``import`` wrote, and its card.

    The checkpoint's ``weights`` are what the file unfolds to, under the names of the network's
    state. Whether they fit it is not judged here; those that the file lacks are absent.

    Raises:
        ForeignNetworkError: It has no card, or its graph is of no network of ours.
        LensError: It is no ONNX, damaged, or no classifier.
    """
    proto = read_onnx(path)
    card = describe_model(proto, path).card
    if card is None:
        raise _foreign(path, "it has no card, which would tell how it wants its images")
    preset = _preset(proto, card, path)
    checkpoint = Checkpoint(
        preset=preset,
        labels=card.labels,
        preprocessing=card.preprocessing,
        weights=_weights(proto, preset),
        training=card.training,
    )
    return checkpoint, card


def _preset(proto: onnx.ModelProto, card: Card, path: Path) -> Preset:
    """Which network the graph is; the card's word decides between presets that are built alike."""
    nodes = {output: node for node in proto.graph.node for output in node.output}
    blocks = sum(_LAST_OF_BRANCH.fullmatch(name) is not None for name in nodes)
    if blocks not in _DEPTHS:
        raise _foreign(path, f"it has {blocks} residual blocks, as no ResNet of ours")
    try:
        structure = _structure(nodes)
    except KeyError as error:
        raise _foreign(path, f"its graph has no {error.args[0]}") from error
    said = PRESETS.get(str(card.training.get("preset")))
    alike = [
        preset
        for preset in (said, *PRESETS.values())
        if preset is not None
        and structure.items() <= {name: getattr(preset, name) for name in structure}.items()
    ]
    if not alike:
        described = ", ".join(f"{name} {value}" for name, value in structure.items())
        raise _foreign(path, f"no preset is built like it ({described})")
    preset = replace(alike[0], depth=_DEPTHS[blocks], classes=len(card.labels))
    return _seeing(preset, card.preprocessing)


def _structure(nodes: Mapping[str, onnx.NodeProto]) -> dict[str, Any]:
    """What distinguishes presets, under the names of their fields.

    Raises:
        KeyError: A node, or an attribute of one, is missing.
    """
    pool = _attributes(nodes["pool1"])
    padding = "one" if any(pool["pads"]) else "ceil" if pool["ceil_mode"] else "none"
    halves_first = max(_attributes(nodes["res3a_branch2a"])["strides"]) > 1
    epsilon = np.float32(_attributes(nodes["bn_conv1"])["epsilon"])
    known = {np.float32(preset.norm_epsilon): preset.norm_epsilon for preset in PRESETS.values()}
    return {
        "stride_place": "1x1" if halves_first else "3x3",
        "conv_bias": len(nodes["conv1"].input) == 3,
        "pool_padding": padding,
        "norm_epsilon": known.get(epsilon, float(epsilon)),  # ONNX keeps 32 bits of it
    }


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def _seeing(preset: Preset, spec: Preprocessing) -> Preset:
    """The preset for images of the card's size, cut as the card says where it says so."""
    preset = replace(preset, image_size=spec.height)
    if spec.shorter_side in {None, preset.preprocessing().shorter_side}:
        return preset
    return replace(preset, crop_share=min(1.0, spec.height / spec.shorter_side))


def _weights(proto: onnx.ModelProto, preset: Preset) -> dict[str, Tensor]:
    constants = unfold(proto)
    with torch.device("meta"):
        network = ResNet(preset)
    keys = {id(module): key for key, module in network.named_modules()}
    weights: dict[str, Tensor] = {}
    for name, module in network.named_layers().items():
        for attribute in module.state_dict():
            key = f"{keys[id(module)]}.{attribute}"
            if attribute == "num_batches_tracked":  # of training only; the file has none
                weights[key] = torch.tensor(0)
            elif f"{name}.{attribute}" in constants:
                weights[key] = torch.tensor(np.asarray(constants[f"{name}.{attribute}"]))
    return weights


def _foreign(path: Path, why: str) -> ForeignNetworkError:
    return ForeignNetworkError(
        f"cannot take the network out of {path}",
        why=why,
        remedy="Give a file that model-export wrote; bring weights of others into that form with "
        "model-export import.",
    )
