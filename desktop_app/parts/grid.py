"""Which channels a person has picked out in the grid: selected, pinned, compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.records import Model


@dataclass(frozen=True, slots=True)
class Selection:
    """Several channels of the chosen layer at once.

    Attributes:
        channels: In the order they are shown in; empty for none but the chosen one.
        chosen: The one that is open.
        anchor: Where a range begins that is extended from here.
    """

    channels: tuple[int, ...]
    chosen: int
    anchor: int


@dataclass(frozen=True, slots=True)
class GridChoice:
    """What is picked out.

    Attributes:
        layer: Whose channels are selected.
        selected: Channels of ``layer``.
        anchor: Where a range begins that is extended from here.
        pins: (layer, channel), in the order they were pinned in.
        similar_to: The channel that others are compared with, in every layer.
    """

    layer: str = ""
    selected: tuple[int, ...] = ()
    anchor: int = 0
    pins: tuple[tuple[str, int], ...] = ()
    similar_to: int = 0

    def selected_in(self, layer: str | None) -> tuple[int, ...]:
        """The selected channels of a layer."""
        return self.selected if layer == self.layer else ()

    def pinned_in(self, layer: str | None) -> tuple[int, ...]:
        """The pinned channels of a layer, in the order they were pinned in."""
        return tuple(channel for name, channel in self.pins if name == layer)


def with_selection(choice: GridChoice, layer: str, selection: Selection) -> GridChoice:
    """Select channels of a layer; a selection in another layer is over."""
    return replace(choice, layer=layer, selected=selection.channels, anchor=selection.anchor)


def with_pins(choice: GridChoice, layer: str, channels: Iterable[int]) -> GridChoice:
    """Pin channels of a layer; where all of them are pinned already, let them go."""
    pairs = tuple((layer, channel) for channel in dict.fromkeys(channels))
    if all(pair in choice.pins for pair in pairs):
        return replace(choice, pins=tuple(pin for pin in choice.pins if pin not in pairs))
    return replace(choice, pins=tuple(dict.fromkeys((*choice.pins, *pairs))))


def similar_to(choice: GridChoice, channel: int) -> GridChoice:
    """Compare others with a channel."""
    return replace(choice, similar_to=channel)


def within(choice: GridChoice, model: Model) -> GridChoice:
    """What remains with another model: no channel that its layer of the same name lacks.

    Picks in layers that it does not have are kept for one that does.
    """

    def has(layer: str, channel: int) -> bool:
        there = model.layer(layer)
        return there is None or channel < there.shape[0]

    selected = tuple(channel for channel in choice.selected if has(choice.layer, channel))
    pins = tuple(pin for pin in choice.pins if has(*pin))
    if (selected, pins) == (choice.selected, choice.pins):
        return choice
    return replace(choice, selected=selected, pins=pins)
