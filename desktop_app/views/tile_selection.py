"""Which places of the grid are selected after a click or a key: without widgets.

Places are those of the displayed order, so a range is what a person sees between two tiles. As in
lists of files: a plain click ends the selection, Ctrl toggles one, Shift extends from the anchor.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlacesSelected:
    """A new selection.

    Attributes:
        places: In their order; empty for none but the chosen one.
        chosen: The open one.
        anchor: Where a range begins that is extended from here.
    """

    places: tuple[int, ...]
    chosen: int
    anchor: int


def toggled(selected: frozenset[int], chosen: int | None, target: int) -> PlacesSelected:
    """Add a place, or take it out; a selection begins with the chosen one."""
    before = selected or (frozenset() if chosen is None else frozenset({chosen}))
    after = before - {target} if target in before else before | {target}
    return PlacesSelected(tuple(sorted(after)), target, target)


def extended(
    selected: frozenset[int], anchor: int, chosen: int | None, target: int
) -> PlacesSelected:
    """Everything between the anchor and a place; the anchor is the chosen one at first."""
    begin = anchor if selected else target if chosen is None else chosen
    low, high = sorted((begin, target))
    return PlacesSelected(tuple(range(low, high + 1)), target, begin)


def all_of(count: int, chosen: int | None) -> PlacesSelected:
    """Every place."""
    begin = 0 if chosen is None else chosen
    return PlacesSelected(tuple(range(count)), begin, begin)
