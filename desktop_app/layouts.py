"""Whether two models have the same layers, and what holds only as long as they have.

A number that was pinned, or a channel that was picked out, means something in the network it was
taken from; part of the transition to another model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.records import Model
    from desktop_app.state import ViewOptions


def have_same_maps(one: Model, other: Model) -> bool:
    """Whether the layers with maps have the same names and channels; all layers where none has any.

    Neither other classes nor another size of the input make it another network.
    """
    return _layout(one) == _layout(other)


def without_picks(options: ViewOptions) -> ViewOptions:
    """The options without numbers that were pinned, and without a channel that others are like."""
    return replace(
        options,
        scale="layer" if options.scale == "pinned" else options.scale,
        pinned_range=None,
        sort="number" if options.sort == "similarity" else options.sort,
    )


def _layout(model: Model) -> set[tuple[str, int]]:
    with_maps = [layer for layer in model.layers if len(layer.shape) == 3]
    return {(layer.name, layer.shape[0]) for layer in with_maps or model.layers}
