"""The taken-apart logit follows picture, both classes and model; stale answers go unseen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app import transitions, view_history
from desktop_app.controllers.logit_evidence import LogitController
from desktop_app.conversation import Conversation
from desktop_app.core.errors import EvidenceError
from desktop_app.core.logit_evidence import LogitSum
from desktop_app.core.records import (
    Activations,
    Classification,
    Image,
    Layer,
    Model,
    Preprocessing,
    Provider,
    Timing,
    read_only,
)
from desktop_app.messages import Crashed
from desktop_app.messages.logit_evidence import LogitTakenApart, TakeLogitApart, TakingApartFailed
from desktop_app.state import ImageEntry, LensState, Shown
from tests.paper import Paper

CPU = Provider(name="cpu", reason="asked for")


def model_of(name: str, *labels: str) -> Model:
    layers = tuple(
        Layer(name=layer, kind="relu", stage=2, block=None, role="stem", shape=(4, 8, 8))
        for layer in ("first", "last")
    )
    return Model(
        name=name,
        path=Path(f"/models/{name}.onnx"),
        title=name,
        labels=labels,
        preprocessing=Preprocessing(height=8, width=8),
        layers=layers,
        input_name="image",
        output_name="probabilities",
        logits_name="logits",
        output_is_probabilities=True,
    )


def shown(number: int, *probabilities: float) -> Shown:
    image = Image(np.zeros((2, 2, 3), np.uint8), f"{number}.png", (2, 2))
    timing = Timing(decode_ms=1, preprocess_ms=1, run_ms=1)
    classification = Classification(
        probabilities=np.array(probabilities, np.float32), provider=CPU, timing=timing
    )
    maps = read_only(np.zeros((4, 8, 8), np.float32))
    activations = Activations(values={"first": maps, "last": maps}, run_ms=1)
    return Shown(number, image, classification=classification, activations=activations)


def logit_of(class_index: int, against: int | None = None) -> LogitSum:
    ones = read_only(np.ones(4))
    return LogitSum(
        layer="last", class_index=class_index, against=against, weights=ones, means=ones,
        contributions=ones, bias=0.5, logit=4.5,
    )  # fmt: skip


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def conversation(paper: Paper) -> Conversation:
    state = LensState(
        model=model_of("tiny", "zero", "one", "two"),
        entries=(ImageEntry(1, None), ImageEntry(2, None)),  # type: ignore[arg-type]
        layer="first",
    )
    return Conversation(paper, paper, state)


@pytest.fixture
def logit(conversation: Conversation) -> LogitController:
    controller = LogitController(conversation)
    conversation.become(replace(conversation.state, shown=shown(1, 0.2, 0.7, 0.1)))
    return controller


def questions(paper: Paper) -> list[tuple[int, int | None]]:
    return [(request.class_index, request.against) for request in paper.asked(TakeLogitApart)]


@pytest.mark.usefixtures("logit")
def test_it_is_asked_once_for_picture_and_classes(
    conversation: Conversation, paper: Paper, logit: LogitController
) -> None:
    assert questions(paper) == [(1, None)]
    conversation.become(transitions.choose_layer(conversation.state, "last"))
    assert len(paper.requests) == 1  # another layer asks nothing
    logit.hold_against(0)
    conversation.become(transitions.choose_class(conversation.state, 2))
    logit.hold_against(None)
    assert questions(paper) == [(1, None), (1, 0), (2, 0), (2, None)]
    conversation.become(replace(conversation.state, shown=shown(2, 0.9, 0.1, 0)))
    assert questions(paper)[-1] == (2, None)
    assert len(paper.requests) == 5


def test_a_class_is_never_held_against_itself(
    conversation: Conversation, paper: Paper, logit: LogitController
) -> None:
    logit.hold_against(0)
    conversation.become(transitions.choose_class(conversation.state, 0))
    assert conversation.state.opposed_class is None
    assert questions(paper)[-1] == (0, None)
    logit.hold_against(77)
    assert conversation.state.against_class == 0  # there is no such class


def test_the_answer_is_kept_with_its_question_and_a_stale_one_dropped(
    conversation: Conversation, paper: Paper, logit: LogitController
) -> None:
    stale = paper.last(TakeLogitApart).number
    logit.hold_against(0)
    conversation.receive(LogitTakenApart(stale, logit_of(1)))
    assert conversation.state.logit_evidence is None
    found = logit_of(1, 0)
    conversation.receive(LogitTakenApart(paper.last(TakeLogitApart).number, found))
    evidence = conversation.state.logit_evidence
    assert evidence is not None
    assert evidence.found is found
    assert (evidence.image, evidence.class_index, evidence.against) == (1, 1, 0)


@pytest.mark.usefixtures("logit")
def test_a_head_that_is_none_is_said_without_a_notice(
    conversation: Conversation, paper: Paper
) -> None:
    error = EvidenceError("cannot", why="this model's last layer is curved", remedy="Sort.")
    conversation.receive(TakingApartFailed(paper.last(TakeLogitApart).number, error))
    evidence = conversation.state.logit_evidence
    assert evidence is not None
    assert evidence.found is None
    assert (evidence.error, evidence.remedy) == ("This model's last layer is curved.", "Sort.")
    assert conversation.state.notices == ()


@pytest.mark.usefixtures("logit")
def test_a_crash_is_said_where_the_list_would_be(conversation: Conversation, paper: Paper) -> None:
    conversation.receive(Crashed(paper.last(TakeLogitApart).number, "TakeLogitApart", "it burst"))
    evidence = conversation.state.logit_evidence
    assert evidence is not None
    assert (evidence.found, evidence.error) == (None, "it burst")


@pytest.mark.usefixtures("logit")
def test_what_is_hidden_is_not_asked(conversation: Conversation, paper: Paper) -> None:
    hidden = replace(conversation.state.options, show_evidence=False)
    state = replace(conversation.state, options=hidden, chosen_class=0)
    conversation.become(state)
    assert len(paper.requests) == 1
    conversation.become(replace(state, options=replace(hidden, show_evidence=True)))
    assert questions(paper) == [(1, None), (0, None)]


def test_opening_a_channel_is_one_step_back(
    conversation: Conversation, logit: LogitController
) -> None:
    logit.open_channel("last", 3)
    assert (conversation.state.layer, conversation.state.channel) == ("last", 3)
    assert conversation.state.channel_chosen
    before = view_history.undone(conversation.state)
    assert before.layer == "first"
    logit.open_channel("missing", 1)
    assert (conversation.state.layer, conversation.state.channel) == ("last", 3)


def test_undo_takes_the_class_held_against_away(
    conversation: Conversation, logit: LogitController
) -> None:
    logit.hold_against(2)
    history = conversation.state.history
    assert history is not None
    assert history.undo == "class held against"
    assert view_history.undone(conversation.state).against_class is None


def test_another_model_with_the_same_classes_keeps_it(
    conversation: Conversation, logit: LogitController
) -> None:
    logit.hold_against(2)
    same = transitions.open_model(conversation.state, model_of("b", "zero", "one", "two"), CPU)
    other = transitions.open_model(conversation.state, model_of("c", "x", "y", "z"), CPU)
    assert (same.against_class, other.against_class) == (2, None)
    assert same.logit_evidence is None
