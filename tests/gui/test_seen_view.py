"""A snapshot becomes a view and a view a snapshot again."""

from dataclasses import replace

import pytest

from desktop_app.controllers.seen_view import view_of, with_view
from desktop_app.state import Side
from tests.gui.comparison_states import compared
from tests.gui.window_states import shown_state


def test_what_a_view_says_is_what_was_seen() -> None:
    state = shown_state()
    options = replace(state.options, colormap="viridis", overlay_opacity=0.25, sort="variance")
    seen = replace(state, options=options, layer="res2b_relu", channel=3, chosen_class=2)
    view = view_of(seen)
    assert view is not None
    assert view.scale is not None
    shown = with_view(state, view)
    assert shown.options == options
    assert (shown.layer, shown.channel, shown.chosen_class) == ("res2b_relu", 3, 2)


@pytest.mark.parametrize("chosen", [5, -1])
def test_a_class_that_the_model_lacks_is_not_asked_about(chosen: int) -> None:
    state = replace(shown_state(), chosen_class=1)
    view = view_of(state)
    assert view is not None
    assert with_view(state, replace(view, chosen_class=chosen)).chosen_class == 1


def test_there_is_no_view_before_the_analysis_is_whole() -> None:
    state = shown_state()
    assert state.shown is not None
    assert view_of(replace(state, shown=replace(state.shown, activations=None))) is None
    assert view_of(replace(state, shown=None)) is None


@pytest.mark.parametrize("side", ["a", "b", "difference"])
def test_while_comparing_a_view_is_of_what_is_on_screen(side: Side) -> None:
    state = compared()
    options = replace(state.options, side=side)
    view = view_of(replace(state, options=options))
    of_b = view_of(state)
    assert view is not None
    assert of_b is not None
    assert state.options.side == "b"
    assert view == of_b
