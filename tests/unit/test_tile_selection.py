"""Selecting places as in a list of files: toggling, extending, everything."""

from desktop_app.views.tile_selection import PlacesSelected, all_of, extended, toggled

NONE: frozenset[int] = frozenset()


def test_a_selection_begins_with_the_chosen_place() -> None:
    assert toggled(NONE, 3, 7) == PlacesSelected((3, 7), chosen=7, anchor=7)
    assert toggled(NONE, None, 7) == PlacesSelected((7,), chosen=7, anchor=7)


def test_toggling_twice_takes_a_place_out() -> None:
    assert toggled(frozenset({3, 7}), 7, 7).places == (3,)


def test_a_range_runs_from_the_chosen_place_and_then_from_its_anchor() -> None:
    first = extended(NONE, 0, 5, 8)
    assert first == PlacesSelected((5, 6, 7, 8), chosen=8, anchor=5)
    back = extended(frozenset(first.places), first.anchor, first.chosen, 3)
    assert back == PlacesSelected((3, 4, 5), chosen=3, anchor=5)


def test_everything_can_be_selected() -> None:
    assert all_of(3, 1) == PlacesSelected((0, 1, 2), chosen=1, anchor=1)
    assert all_of(3, None).chosen == 0
