"""Changes of the network as part of the snapshot, and the runs that they make necessary."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app import transitions, view_history
from desktop_app.controllers.interventions import InterventionController
from desktop_app.conversation import Conversation
from desktop_app.core.errors import InterventionError
from desktop_app.core.interventions import Intervention, InterventionOutcome
from desktop_app.core.records import Classification, FileSource, Image, Model, Timing, read_only
from desktop_app.intervening import (
    changed_by,
    show_outcome,
    shown_outcome,
    with_change,
    with_changes,
)
from desktop_app.messages import Crashed
from desktop_app.messages.base import Request
from desktop_app.messages.interventions import Intervene, Intervened, InterventionFailed
from desktop_app.state import ImageEntry, LensState, Shown
from tests.paper import Paper
from tests.unit.test_controller import CPU, MODEL

OFF = Intervention("channel", "conv1", 2, 0.0)
HALF = Intervention("branch", "2a", None, 0.5)


def outcome(change: float = 0.3) -> InterventionOutcome:
    before = read_only(np.array([0.5, 0.5], np.float32))
    after = read_only(np.array([0.5 + change, 0.5 - change], np.float32))
    return InterventionOutcome(
        probabilities=after,
        logits=after,
        untouched_probabilities=before,
        untouched_logits=before,
        provider=CPU,
    )


def shown(number: int) -> Shown:
    scores = Classification(
        probabilities=read_only(np.array([0.5, 0.5], np.float32)),
        provider=CPU,
        timing=Timing(decode_ms=1, preprocess_ms=1, run_ms=1),
    )
    image = Image(read_only(np.zeros((4, 4, 3), np.uint8)), "x.png", (4, 4))
    return Shown(number, image, classification=scores)


@pytest.fixture
def state() -> LensState:
    entries = tuple(ImageEntry(number, FileSource(Path(f"{number}.png"))) for number in (1, 2))
    return LensState(
        model=MODEL, provider=CPU, entries=entries, shown=shown(1), layer="conv1", channel=2
    )


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def conversation(paper: Paper, state: LensState) -> Conversation:
    return Conversation(paper, paper, state)


@pytest.fixture
def controller(conversation: Conversation) -> InterventionController:
    return InterventionController(conversation)


# --- the snapshot ------------------------------------------------------------------------------


def test_a_second_factor_at_a_place_replaces_the_first(state: LensState) -> None:
    state = with_change(with_change(state, OFF), HALF)
    state = with_change(state, replace(OFF, factor=0.7))
    assert changed_by(state).active == (replace(OFF, factor=0.7), HALF)
    assert changed_by(state).factor("channel", "conv1", 2) == 0.7
    assert changed_by(state).factor("channel", "conv1", 3) == 1
    assert changed_by(state).channels("conv1") == {2: 0.7}


def test_a_factor_of_one_takes_the_change_back(state: LensState) -> None:
    changed = with_change(with_change(state, OFF), HALF)
    assert changed_by(with_change(changed, replace(OFF, factor=1.0))).active == (HALF,)


def test_changes_that_change_nothing_keep_the_snapshot(state: LensState) -> None:
    assert with_changes(state, ()) is state


def test_undo_takes_a_change_back_and_redo_makes_it_again(state: LensState) -> None:
    changed = view_history.recorded(state, with_change(state, OFF))
    back = view_history.undone(changed)
    assert changed_by(back).active == ()
    assert changed_by(view_history.redone(back)).active == (OFF,)
    assert changed.history is not None
    assert changed.history.undo == "change of the network"


def test_a_slider_s_way_is_one_step_of_undo(state: LensState) -> None:
    for factor in (0.95, 0.9, 0.85):
        state = view_history.recorded(state, with_change(state, replace(OFF, factor=factor)))
    state = view_history.recorded(state, with_change(state, HALF))
    state = view_history.undone(state)
    assert changed_by(state).active == (replace(OFF, factor=0.85),)
    assert changed_by(view_history.undone(state)).active == ()


# --- the controller ----------------------------------------------------------------------------


def test_switching_off_asks_for_a_run_and_shows_its_outcome(
    controller: InterventionController, conversation: Conversation, paper: Paper
) -> None:
    controller.toggle_channel()
    (request,) = paper.asked(Intervene)
    assert (request.entry, request.interventions) == (1, (OFF,))
    assert shown_outcome(conversation.state) is None
    conversation.receive(Intervened(request.number, 1, outcome()))
    found = shown_outcome(conversation.state)
    assert found is not None
    assert found.probability_changes.tolist() == pytest.approx([0.3, -0.3])
    assert len(paper.asked(Intervene)) == 1


def test_toggling_twice_leaves_nothing_changed(
    controller: InterventionController, conversation: Conversation, paper: Paper
) -> None:
    controller.toggle_channel()
    controller.toggle_channel()
    assert changed_by(conversation.state).active == ()
    assert Intervene in paper.cancelled


def test_an_outcome_of_older_changes_is_dropped(
    controller: InterventionController, conversation: Conversation, paper: Paper
) -> None:
    controller.scale_channel("conv1", 2, 0.5)
    controller.scale_channel("conv1", 2, 0.4)
    first, second = paper.asked(Intervene)
    conversation.receive(Intervened(first.number, 1, outcome()))
    assert shown_outcome(conversation.state) is None
    conversation.receive(Intervened(second.number, 1, outcome()))
    assert changed_by(conversation.state).ran == (replace(OFF, factor=0.4),)


def test_changes_hold_for_the_next_picture(
    controller: InterventionController, conversation: Conversation, paper: Paper
) -> None:
    controller.toggle_channel()
    conversation.receive(Intervened(paper.asked(Intervene)[0].number, 1, outcome()))
    conversation.become(replace(conversation.state, shown=shown(2)))
    assert paper.asked(Intervene)[1].entry == 2
    assert shown_outcome(conversation.state) is None  # that of the first picture is not shown here


def test_a_failed_change_is_taken_back_and_said(
    controller: InterventionController, conversation: Conversation, paper: Paper
) -> None:
    controller.scale_branch("2a", 0.5)
    conversation.receive(Intervened(paper.asked(Intervene)[0].number, 1, outcome()))
    controller.toggle_channel()
    error = InterventionError("cannot change it", why="no axis", remedy="Choose another.")
    conversation.receive(InterventionFailed(paper.asked(Intervene)[1].number, error))
    assert changed_by(conversation.state).active == (HALF,)
    assert conversation.state.notices[-1].why == "no axis"


def test_changes_that_fail_on_another_picture_are_all_taken_back(
    controller: InterventionController, conversation: Conversation, paper: Paper
) -> None:
    controller.toggle_channel()
    conversation.receive(Intervened(paper.asked(Intervene)[0].number, 1, outcome()))
    conversation.become(replace(conversation.state, shown=shown(2)))
    conversation.receive(Crashed(paper.asked(Intervene)[1].number, "Intervene", "broken"))
    assert changed_by(conversation.state).active == ()


def test_another_model_has_no_changes_but_another_provider_keeps_them(state: LensState) -> None:
    changed = show_outcome(with_changes(state, (OFF,)), 1, (OFF,), outcome())
    reopened = transitions.open_model(changed, MODEL, CPU)
    assert changed_by(reopened).active == (OFF,)
    assert changed_by(reopened).outcome is None  # of the provider before
    other: Model = replace(MODEL, path=Path("/models/other.onnx"))
    assert transitions.open_model(changed, other, CPU).interventions is None


def test_changes_that_end_with_their_model_are_no_step_of_undo(
    controller: InterventionController, conversation: Conversation
) -> None:
    controller.toggle_channel()
    other: Model = replace(MODEL, path=Path("/models/other.onnx"))
    conversation.become(transitions.open_model(conversation.state, other, CPU))
    assert conversation.state.history is None


def test_a_change_that_failed_is_no_step_of_undo(
    controller: InterventionController, conversation: Conversation, paper: Paper
) -> None:
    controller.toggle_channel()
    error = InterventionError("cannot change it", why="no axis", remedy="Choose another.")
    conversation.receive(InterventionFailed(paper.asked(Intervene)[0].number, error))
    history = conversation.state.history
    assert history is not None
    assert (history.past, history.undo) == ((), "")


def test_reset_takes_everything_back(
    controller: InterventionController, conversation: Conversation
) -> None:
    controller.toggle_channel()
    controller.scale_branch("2a", 0.5)
    controller.take_back(HALF)
    assert changed_by(conversation.state).active == (OFF,)
    controller.reset()
    assert changed_by(conversation.state).active == ()


def test_the_newest_run_stops_the_one_before() -> None:
    kind: type[Request] = Intervene
    assert kind.supersedes
