"""What is known of the maps of a layer: their figures, their scale, the order of the channels.

Grid, large map, overlay and commands ask for the same things of the same maps with every
snapshot, so each is computed once for as long as the maps live, and the same object is given
again while nothing has changed.
"""

import weakref
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from desktop_app.core.channel_order import (
    ChannelOrder,
    Scores,
    arranged,
    channel_scores,
    dead_channels,
)
from desktop_app.core.colour_tables import is_diverging
from desktop_app.core.map_names import Criterion, Scale
from desktop_app.core.map_scales import ChannelRanges, MapScale, map_scale
from desktop_app.core.maps import MapStatistics, ValueRange, channel_ranges, map_statistics
from desktop_app.core.records import Tensor
from desktop_app.state import LensState, Side, ViewOptions
from desktop_app.views.compared_maps import drawn_options, drawn_side, scale_values


@dataclass(slots=True)
class _Known:
    """What has been computed of one layer's maps."""

    statistics: MapStatistics
    scores: dict[tuple[Criterion, int], "Scores | None"] = field(default_factory=dict)
    order: tuple["Scores | None", object, ChannelOrder] | None = None
    # Of which values, weakly: they are these maps themselves, or hold those of A.
    scale: tuple[object, weakref.ref[Tensor], MapScale] | None = None


_known: Final[dict[int, tuple[weakref.ref[Tensor], _Known]]] = {}


def shown_statistics(maps: Tensor) -> MapStatistics:
    """The figures of every channel."""
    return _of(maps).statistics


def shown_scale(state: LensState, maps: Tensor, *, side: Side | None = None) -> MapScale:
    """The scale that ``maps`` of the chosen layer are drawn with.

    While comparing, A and B are drawn on one that covers both. A difference has its own range,
    symmetric about zero: neither numbers nor ranges of activations hold for it.

    Args:
        state: What is shown.
        maps: float32 (C, H, W).
        side: Whose maps they are; None for the side that is drawn.
    """
    side = side or drawn_side(state)
    options = drawn_options(state, side)
    if side == "difference":
        return _difference_scale(maps, options)
    survey = state.survey
    over_images: tuple[ValueRange, int] | None = None
    if survey is not None and (found := survey.ranges.get(state.layer or "")) is not None:
        over_images = ValueRange(*found), survey.images
    pinned = None if options.pinned_range is None else ValueRange(*options.pinned_range)
    symmetric = is_diverging(options.colormap)
    over = scale_values(state, maps)
    key = (options.scale, symmetric, over_images, pinned)
    known = _of(maps)
    if known.scale is None or known.scale[0] != key or known.scale[1]() is not over:
        scale = map_scale(
            over, options.scale, symmetric=symmetric, over_images=over_images, pinned=pinned
        )
        if over is not maps and scale.shared is None:
            both = ChannelRanges(channel_ranges(over, symmetric=symmetric))
            scale = replace(scale, each=both)
        known.scale = (key, weakref.ref(over), scale)
    return known.scale[2]


def _difference_scale(maps: Tensor, options: ViewOptions) -> MapScale:
    known = _of(maps)
    wanted: Scale = "channel" if options.scale == "channel" else "layer"
    key = ("difference", wanted)
    if known.scale is None or known.scale[0] != key:
        scale = map_scale(maps, wanted, symmetric=True)
        known.scale = (key, weakref.ref(maps), scale)
    return known.scale[2]


def shown_order(state: LensState, maps: Tensor) -> ChannelOrder:
    """In which order the channels of ``maps`` of the chosen layer are shown, and which of them."""
    known, options, choice = _of(maps), state.options, state.grid
    pinned = () if choice is None else choice.pinned_in(state.layer)
    similar_to = min(0 if choice is None else choice.similar_to, len(maps) - 1)
    scores = (
        evidence_scores(state, maps)
        if options.sort == "evidence"
        else _scores(known, options.sort, maps, similar_to)
    )
    rest = (options.hide_dead, pinned)
    if known.order is None or known.order[0] is not scores or known.order[1] != rest:
        dead = dead_channels(known.statistics)
        order = arranged(scores, dead=dead, hide_dead=options.hide_dead, pinned=pinned)
        known.order = (scores, rest, order)
    return known.order[2]


def evidence_scores(state: LensState, maps: Tensor) -> "Scores | None":
    """How much each channel speaks for the chosen class; None as long as that is not known."""
    evidence = state.evidence
    if evidence is None or evidence.layer != state.layer or len(evidence.scores) != len(maps):
        return None
    scores: Scores = evidence.scores
    return scores


def is_weighing(state: LensState, maps: Tensor) -> bool:
    """Whether the order waits for what the channels say of the class."""
    waits = state.options.sort == "evidence" and evidence_scores(state, maps) is None
    return waits and not state.evidence_error


def _scores(known: _Known, criterion: Criterion, maps: Tensor, similar_to: int) -> "Scores | None":
    key = (criterion, similar_to if criterion == "similarity" else 0)
    if key not in known.scores:
        known.scores[key] = channel_scores(criterion, maps, known.statistics, similar_to=similar_to)
    return known.scores[key]


def _forget(
    number: int, known: "dict[int, tuple[weakref.ref[Tensor], _Known]]", _: "weakref.ref[Tensor]"
) -> None:
    """Take the dictionary along: at the interpreter's end a module has no names any more."""
    known.pop(number, None)


def _of(maps: Tensor) -> _Known:
    """What is known of ``maps``; forgotten when they are gone."""
    number = id(maps)
    entry = _known.get(number)
    if entry is not None and entry[0]() is maps:
        return entry[1]
    known = _Known(map_statistics(maps))
    forget = partial(_forget, number, _known)
    _known[number] = (weakref.ref(maps, forget), known)
    return known
