"""Keras's HDF5 files → tensors named ``layer/attribute``.

Three layouts, told apart by what is in the file, all with today's names of the attributes
(kernel, bias, gamma, beta, moving_mean, moving_variance):

- weights only, as published: a group per layer, whose attribute ``weight_names`` lists its data
  sets in order (Keras's legacy_h5_format.py);
- a whole model: the same under ``model_weights``;
- Keras 3's ``.weights.h5``: a group ``vars`` per layer, which bears its name, with data sets
  numbered in order (Keras's saving_lib.py).

Nothing outside the file is followed: HDF5 can link to other files and map their bytes.
"""

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import torch
from torch import Tensor

from model_export.weights.errors import WeightsError
from model_export.weights.records import StoredTensor, Tensors

_KERNEL: Final = ("kernel", "bias")
_NORM: Final = ("gamma", "beta", "moving_mean", "moving_variance")

_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "kernel": ("kernel", "W"),
    "bias": ("bias", "b"),
    "gamma": ("gamma",),
    "beta": ("beta",),
    "moving_mean": ("moving_mean", "running_mean"),
    "moving_variance": ("moving_variance", "running_var", "running_std"),
}
"""Today's names, and those of Keras 1, whose "running_std" was the variance all along."""

_DAMAGED: Final = (OSError, KeyError, RuntimeError, TypeError, ValueError, AttributeError)
"""What h5py raises on files that HDF5 did not write whole, or that are not as Keras lays them."""


@contextlib.contextmanager
def open_hdf5(path: Path) -> Iterator[Tensors]:
    """The tensors of a Keras file; they can be read until the block ends.

    Raises:
        WeightsError: The file is truncated, damaged, or not Keras's.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(h5py.File(path, "r"))
            tensors = _tensors(file, path)
        except _DAMAGED as error:
            raise _damaged(path, f"it is truncated or damaged ({error})") from error
        if not tensors:
            raise _damaged(path, "there are no layers with weights in it, as Keras stores them")
        yield tensors


def _damaged(path: Path, why: str) -> WeightsError:
    return WeightsError(
        f"cannot import {path.name}",
        why=why,
        remedy="Download it again, or save it again with Keras's save_weights.",
    )


def _tensors(file: h5py.File, path: Path) -> dict[str, StoredTensor]:
    root = _child(file, "model_weights") if "model_weights" in file else file
    names = _texts(root, "layer_names") or (list(root) if root is not file else [])
    if names:
        layers = [_listed_layer(name, _child(root, name), path) for name in names]
    else:
        layers = [_numbered_layer(group, path) for group in _groups_named_vars(root)]
    tensors: dict[str, StoredTensor] = {}
    for layer in layers:
        for name, tensor in layer.items():
            if name in tensors:
                raise ValueError(f"there are two tensors of the name {name}")
            tensors[name] = tensor
    return tensors


def _listed_layer(name: str, group: h5py.Group, file: Path) -> dict[str, StoredTensor]:
    """The tensors that a group lists: of a layer, or of a whole network that serves as one."""
    listed = _texts(group, "weight_names")
    whole = len(listed) > len(_NORM)
    tensors: dict[str, StoredTensor] = {}
    for position, path in enumerate(listed):
        parts = path.removesuffix(":0").split("/")
        layer = parts[-2] if whole and len(parts) > 1 else name
        attribute = _attribute(parts[-1], position, len(listed))
        tensors[f"{layer}/{attribute}"] = _stored(_child(group, path), file)
    return tensors


def _attribute(name: str, position: int, count: int) -> str:
    """Today's name of a weight: by its own (``res2a_branch2a_W_1``), else by its place."""
    bare = name.rstrip("0123456789").removesuffix("_") if name[-1:].isdigit() else name
    for today, names in _ATTRIBUTES.items():
        if bare in names or bare.endswith(tuple(f"_{other}" for other in names)):
            return today
    places = _NORM if count == len(_NORM) else _KERNEL
    return places[position] if count <= len(places) else name


def _groups_named_vars(root: h5py.Group) -> Iterator[h5py.Group]:
    for key in root:
        if root.get(key, getclass=True, getlink=True) is not h5py.HardLink:
            continue
        child = root[key]
        if isinstance(child, h5py.Group):
            if key == "vars":
                yield child
            else:
                yield from _groups_named_vars(child)


def _numbered_layer(group: h5py.Group, file: Path) -> dict[str, StoredTensor]:
    name = str(group.attrs.get("name", group.name))
    attributes = _NORM if len(group) == len(_NORM) else _KERNEL
    return {
        f"{name}/{attributes[int(key)] if int(key) < len(attributes) else key}": _stored(
            _child(group, key), file
        )
        for key in sorted(group, key=int)
    }


def _texts(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names; Keras splits it in numbered parts where HDF5 has no room for all."""
    values = [*group.attrs.get(attribute, ())]
    part = 0
    while f"{attribute}{part}" in group.attrs:
        values.extend(group.attrs[f"{attribute}{part}"])
        part += 1
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _child(group: h5py.Group, path: str) -> Any:  # noqa: ANN401 - a group or a data set
    """What stands at ``path``, step by step, through nothing but the file's own links.

    Raises:
        ValueError: A step leads out of the file.
        KeyError: A step leads nowhere.
    """
    place = group
    for step in path.split("/"):
        if step not in place:
            raise KeyError(f"{path} is missing in {group.name}")
        if place.get(step, getclass=True, getlink=True) is not h5py.HardLink:
            raise ValueError(f"{path} is a link")
        place = place[step]
    return place


def _stored(data: h5py.Dataset, file: Path) -> StoredTensor:
    if data.external or data.is_virtual:
        raise ValueError(f"the values of {data.name} lie in another file")
    return StoredTensor(
        shape=tuple(int(size) for size in data.shape),
        is_float=bool(np.issubdtype(data.dtype, np.floating)),
        read=functools.partial(_read, data, file),
    )


def _read(data: h5py.Dataset, file: Path) -> Tensor:
    try:
        return torch.from_numpy(np.asarray(data, np.float32).reshape(data.shape))
    except (OSError, RuntimeError, ValueError) as error:  # a broken or unknown compression
        raise _damaged(file, f"{data.name} cannot be read ({error})") from error
