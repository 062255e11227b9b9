"""Named tensors of a source → the state of our network, or the first that does not fit.

Everything is judged before anything is read: names and shapes in the order of computation, then
what is left over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from model_export.presets import BLOCKS_PER_STAGE, Depth, Preset
from model_export.weights.conventions import (
    CONVENTIONS,
    Convention,
    weighted_layers,
)
from model_export.weights.errors import MisfitError, misfit
from model_export.weights.records import StoredTensor, Tensors

_COUNTER: Final = "num_batches_tracked"
"""Of training steps that a batch norm has seen; of no use afterwards, and absent in old files."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """Weights in their place.

    Attributes:
        preset: With the depth and the classes of the file.
        state: Of the network of that preset, float32, complete.
    """

    preset: Preset
    state: Mapping[str, Tensor] = field(repr=False)


class _Place(NamedTuple):
    """A weight's name and shape in the file, and where it goes.

    Attributes:
        name: In the file.
        key: In the network's state.
        is_head: Whether it is the last layer's.
        shape: In the file.
        axes: Which of the file's axes are PyTorch's.
    """

    name: str
    key: str
    is_head: bool
    shape: tuple[int, ...]
    axes: tuple[int, ...]


def fit(tensors: Tensors, convention: Convention, preset: Preset, *, file: str) -> Fitted:
    """Put a file's tensors in their places.

    Args:
        tensors: All that the file holds.
        convention: Its names.
        preset: Which network; depth and classes are read off the tensors.
        file: Its name, for errors.

    Raises:
        MisfitError: A tensor is missing, has another shape, holds no finite numbers, or is one
            too many.
    """
    preset = replace(preset, depth=_depth(tensors, convention))
    head = tensors.get(convention.head_tensor)
    if head is not None and len(head.shape) == 2:
        classes = head.shape[convention.axes(2)[0]]
        if classes < 2:
            why = "has a single output, and a class needs another beside it"
            raise misfit(file, convention.head_tensor, why)
        preset = replace(preset, classes=classes)
    places = _places(preset, convention)
    for place in places:
        found = tensors.get(place.name)
        if found is None:
            raise _missing(place, tensors, convention, file)
        _check(place, found, file)
    known = {place.name for place in places}
    for name in tensors:
        if name not in known and not name.endswith(_COUNTER):
            raise misfit(file, name, f"has no place in a plain ResNet-{preset.depth}")
    state = {place.key: _read(place, tensors[place.name], file) for place in places}
    counters = {key.replace("running_mean", _COUNTER) for key in state if "running_mean" in key}
    state |= {key: torch.tensor(0) for key in sorted(counters)}
    return Fitted(preset=preset, state=state)


def _depth(tensors: Tensors, convention: Convention) -> Depth:
    """The depth whose last block of stage 4 is in the file; 50 where it is neither other's."""
    for depth in (152, 101):
        last_block = BLOCKS_PER_STAGE[depth][2] - 1
        if convention.block_tensor(stage=4, index=last_block) in tensors:
            return depth
    return 50


def _places(preset: Preset, convention: Convention) -> list[_Place]:
    """Every weight's place, in the order of computation."""
    places = []
    for layer in weighted_layers(preset):
        for attribute, ours in layer.shapes.items():
            axes = convention.axes(len(ours))
            places.append(
                _Place(
                    name=convention.tensor(layer, attribute),
                    key=f"{layer.key}.{attribute}",
                    is_head=layer.kind == "dense",
                    shape=tuple(ours[axes.index(axis)] for axis in range(len(ours))),
                    axes=axes,
                )
            )
    return places


def _check(place: _Place, found: StoredTensor, file: str) -> None:
    if found.shape != place.shape:
        raise misfit(file, place.name, f"has the shape {found.shape}, not {place.shape}")
    if not found.is_float:
        raise misfit(file, place.name, "holds no floating-point numbers")


def _missing(place: _Place, tensors: Tensors, convention: Convention, file: str) -> MisfitError:
    if place.is_head:
        why = 'is missing: the network is stored without its last layer ("notop")'
        return misfit(file, place.name, why, remedy="Give the file with the last layer.")
    remedy = ""
    for other in CONVENTIONS:
        if other.sources != convention.sources and other.first_tensor in tensors:
            remedy = f"Its names are those of another source: try --from {other.sources}."
    return misfit(file, place.name, "is missing", remedy=remedy)


def _read(place: _Place, stored: StoredTensor, file: str) -> Tensor:
    value = stored.read()
    if not np.isfinite(value.numpy()).all():
        raise misfit(file, place.name, "has values that are not finite")
    return value.permute(place.axes).contiguous()
