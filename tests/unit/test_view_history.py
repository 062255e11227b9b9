"""Undo and redo of what is looked at, by comparing snapshots."""

from dataclasses import replace

import numpy as np
import pytest

from desktop_app import transitions, view_history
from desktop_app.core.records import Activations, read_only
from desktop_app.state import LensState, Shown
from tests.gui.window_states import model_of, shown_state


def step(before: LensState, after: LensState) -> LensState:
    return view_history.recorded(before, after)


def undo_of(state: LensState) -> str:
    return state.history.undo if state.history else ""


def redo_of(state: LensState) -> str:
    return state.history.redo if state.history else ""


@pytest.fixture
def start() -> LensState:
    return shown_state()


def test_a_layer_is_gone_back_to_and_forward_again(start: LensState) -> None:
    there = step(start, transitions.choose_layer(start, "res2b_relu"))
    assert undo_of(there) == "layer"
    back = view_history.undone(there)
    assert back.layer == "res2a_relu"
    assert undo_of(back) == ""
    assert redo_of(back) == "layer"
    assert view_history.redone(back).layer == "res2b_relu"


def test_what_is_computed_is_no_step(start: LensState) -> None:
    assert start.shown is not None
    computed = replace(start, shown=replace(start.shown, steps=()), channel=3)  # a proposal
    assert step(start, computed).history is None


def test_a_new_step_forgets_what_was_gone_back_from(start: LensState) -> None:
    there = step(start, transitions.choose_layer(start, "res2b_relu"))
    back = view_history.undone(there)
    onwards = step(back, transitions.choose_channel(back, 5))
    assert redo_of(onwards) == ""
    assert undo_of(onwards) == "channel"


def with_varied(shown: Shown | None, channel: int, *, number: int) -> Shown:
    """``shown`` as the analysis of image ``number``, where ``channel`` varies most everywhere."""
    assert shown is not None
    assert shown.activations is not None
    values = {}
    for layer, maps in shown.activations.values.items():
        varied = np.ones(maps.shape, np.float32)
        if varied.shape[1] > 1:
            varied[channel % len(varied), 4:8, 4:8] = 9
        values[layer] = read_only(varied)
    return replace(shown, number=number, activations=Activations(values=values, run_ms=1.0))


def looked_at(state: LensState, channel: int, *, number: int) -> LensState:
    """The analysis of image ``number`` comes on screen, with ``channel`` to propose."""
    return step(
        state, transitions.show_kept(state, with_varied(state.shown, channel, number=number))
    )


def test_undo_brings_back_the_channel_that_was_proposed(start: LensState) -> None:
    first = looked_at(start, 3, number=1)
    second = looked_at(step(first, transitions.ask_for(first, 2)), 6, number=2)
    below = step(second, transitions.choose_layer(second, "res2b_relu"))
    assert [state.channel for state in (first, second, below)] == [3, 3, 6]

    back = view_history.undone(below)
    assert (back.layer, back.channel, back.channel_chosen) == ("res2a_relu", 3, False)
    earlier = view_history.undone(back)
    assert (earlier.pending, earlier.channel) == (1, 3)
    assert looked_at(earlier, 3, number=1).channel == 3
    onwards = view_history.redone(view_history.redone(earlier))
    assert (onwards.layer, onwards.channel) == ("res2b_relu", 6)


def test_undo_after_the_picture_has_gone_brings_back_the_channel(start: LensState) -> None:
    first = looked_at(start, 3, number=1)
    below = step(first, transitions.choose_layer(first, "res2b_relu"))
    removed = step(below, transitions.remove_entry(below, 1))
    second = step(removed, transitions.ask_for(removed, 2))
    second = step(
        second, replace(second, shown=with_varied(start.shown, 6, number=2), pending=None)
    )
    back = view_history.undone(second)
    assert (back.layer, back.channel) == ("res2a_relu", 3)


def test_a_channel_is_not_proposed_from_the_picture_that_is_left(start: LensState) -> None:
    below = step(start, replace(start, layer="res2b_relu", pending=2))  # before the proposal
    second = looked_at(below, 6, number=2)
    back = view_history.undone(second)
    assert (back.layer, back.pending, back.channel_proposed_for) == ("res2a_relu", 1, None)
    assert looked_at(back, 3, number=1).channel == 3


def test_a_proposal_that_came_after_the_step_stays(start: LensState) -> None:
    options = replace(start.options, colormap="viridis")
    coloured = looked_at(step(start, transitions.change_options(start, options)), 3, number=1)
    assert view_history.undone(coloured).channel == 3


def test_a_slider_s_way_is_one_step(start: LensState) -> None:
    state = start
    for opacity in (0.5, 0.4, 0.3):
        options = replace(state.options, overlay_opacity=opacity)
        state = step(state, transitions.change_options(state, options))
    assert view_history.undone(state).options.overlay_opacity == start.options.overlay_opacity
    options = replace(state.options, scale="channel")
    state = step(state, transitions.change_options(state, options))
    assert view_history.undone(state).options.overlay_opacity == 0.3


def test_a_slider_that_is_back_where_it_was_leaves_the_step_before_in_reach(
    start: LensState,
) -> None:
    state = step(start, transitions.choose_layer(start, "res2b_relu"))
    for opacity in (0.3, start.options.overlay_opacity):
        options = replace(state.options, overlay_opacity=opacity)
        state = step(state, transitions.change_options(state, options))
    assert undo_of(state) == "layer"
    options = replace(state.options, overlay_opacity=0.8)
    state = step(state, transitions.change_options(state, options))
    assert undo_of(state) == "opacity"
    back = view_history.undone(state)
    assert back.options.overlay_opacity == start.options.overlay_opacity
    assert view_history.undone(back).layer == "res2a_relu"


def test_the_window_s_arrangement_is_no_view_and_stays(start: LensState) -> None:
    there = step(start, transitions.choose_layer(start, "res2b_relu"))
    options = replace(there.options, theme="light", layers_tab="list")
    dressed = step(there, transitions.change_options(there, options))
    assert dressed.history is there.history
    back = view_history.undone(dressed)
    assert (back.options.theme, back.options.layers_tab) == ("light", "list")


def test_a_tab_that_a_step_turned_is_turned_back(start: LensState) -> None:
    options = replace(start.options, channel_tab="why", sort="mean")
    opened = step(start, replace(start, layer="res2b_relu", options=options))
    back = view_history.undone(opened)
    assert (back.options.channel_tab, back.layer) == ("channel", "res2a_relu")
    again = view_history.redone(back)
    assert again.options.channel_tab == "why"
    assert view_history.undone(again).options.channel_tab == "channel"


def test_a_tab_that_a_person_turned_stays(start: LensState) -> None:
    options = replace(start.options, channel_tab="why", sort="mean")
    opened = step(start, transitions.change_options(start, options))
    elsewhere = replace(opened.options, channel_tab="strongest")
    turned = step(opened, transitions.change_options(opened, elsewhere))
    assert turned.history is opened.history
    back = view_history.undone(turned)
    assert (back.options.channel_tab, back.options.sort) == ("strongest", "number")
    below = step(start, transitions.choose_layer(start, "res2b_relu"))
    asked = step(below, transitions.change_options(below, options))
    assert view_history.undone(view_history.undone(asked)).options.channel_tab == "channel"


def test_the_tab_of_a_comparison_stays(start: LensState) -> None:
    comparing = replace(start, options=replace(start.options, channel_tab="compare", side="a"))
    ended = step(
        comparing, replace(start, options=replace(start.options, channel_tab="channel", side="b"))
    )
    assert view_history.undone(ended).options.channel_tab == "channel"


def test_an_image_is_asked_for_again(start: LensState) -> None:
    there = step(start, transitions.ask_for(start, 2))
    assert undo_of(there) == "image"
    assert view_history.undone(there).pending == 1


def test_an_image_that_is_gone_is_not_asked_for(start: LensState) -> None:
    there = step(start, transitions.ask_for(start, 2))
    without = step(there, replace(there, entries=there.entries[1:], shown=None))
    assert view_history.undone(without).pending == 2


def test_a_step_to_an_image_that_is_gone_is_left_out(start: LensState) -> None:
    there = step(start, transitions.choose_layer(start, "res2b_relu"))
    there = step(there, transitions.ask_for(there, 2))
    there = step(there, transitions.ask_for(there, 3))
    without = step(there, transitions.remove_entry(there, 2))
    assert undo_of(without) == "image"
    back = view_history.undone(without)
    assert (back.pending, undo_of(back)) == (1, "layer")


def test_removing_the_image_on_screen_leaves_the_steps_before_in_reach(start: LensState) -> None:
    there = step(start, transitions.choose_layer(start, "res2b_relu"))
    asked = step(there, transitions.ask_for(there, 2))
    assert start.shown is not None
    there = step(asked, replace(asked, pending=None, shown=replace(start.shown, number=2)))
    removed = step(there, transitions.remove_entry(there, 2))
    beside = step(removed, transitions.ask_for(removed, 1))
    assert undo_of(beside) == "layer"
    assert view_history.undone(beside).layer == "res2a_relu"


def test_an_image_that_could_not_be_had_leaves_no_step(start: LensState) -> None:
    asked = step(start, transitions.ask_for(start, 2))
    failed = step(asked, transitions.fail_entry(asked, 2, "torn"))
    assert undo_of(failed) == ""


def test_another_model_begins_anew(start: LensState) -> None:
    assert start.provider is not None
    there = step(start, transitions.choose_layer(start, "res2b_relu"))
    other = transitions.open_model(there, model_of(name="other"), start.provider)
    assert undo_of(step(there, other)) == ""


def test_no_more_than_so_many_steps_are_kept(start: LensState) -> None:
    state = start
    for index in range(view_history.STEPS_KEPT + 5):
        state = step(state, transitions.choose_channel(state, index % 2))
    assert state.history is not None
    assert len(state.history.past) == view_history.STEPS_KEPT


def test_undo_and_redo_without_steps_change_nothing(start: LensState) -> None:
    assert view_history.undone(start) is start
    assert view_history.redone(start) is start
