"""The explanation follows picture, class, method and layer while somebody looks at it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app import transitions, view_history
from desktop_app.controllers.attribution import AttributionController
from desktop_app.conversation import Conversation
from desktop_app.core.attributions import Attribution, Question
from desktop_app.core.errors import AttributionError
from desktop_app.core.records import (
    Classification,
    Image,
    Layer,
    Model,
    Preprocessing,
    Provider,
    Timing,
)
from desktop_app.messages import Crashed
from desktop_app.messages.attribution import (
    ClassExplained,
    ExplainClass,
    ExplainingAdvanced,
    ExplainingFailed,
)
from desktop_app.state import ImageEntry, LensState, Shown
from tests.paper import Paper

CPU = Provider(name="cpu", reason="asked for")
LAYERS = (("first", (2, 8, 8)), ("second", (4, 4, 4)), ("flat", (4,)))


def model_of(name: str, labels: tuple[str, ...] = ("zero", "one", "two")) -> Model:
    return Model(
        name=name,
        path=Path(f"/models/{name}.onnx"),
        title=name,
        labels=labels,
        preprocessing=Preprocessing(height=8, width=8),
        layers=tuple(
            Layer(name=layer, kind="relu", stage=2, block=None, role="stem", shape=shape)
            for layer, shape in LAYERS
        ),
        input_name="image",
        output_name="probabilities",
        logits_name="logits",
        output_is_probabilities=True,
    )


def shown(number: int, *probabilities: float) -> Shown:
    image = Image(np.zeros((2, 2, 3), np.uint8), f"{number}.png", (2, 2))
    classification = Classification(
        probabilities=np.array(probabilities, np.float32),
        provider=CPU,
        timing=Timing(decode_ms=1, preprocess_ms=1, run_ms=1),
    )
    return Shown(number, image, classification=classification)


def found(question: Question) -> Attribution:
    return Attribution(
        question=question,
        values=np.ones((4, 4), np.float32),
        layer=question.layer or "",
        score=1.0,
        completeness=None,
        runs=1,
        run_ms=1,
        total_ms=1,
    )


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def conversation(paper: Paper) -> Conversation:
    state = LensState(
        model=model_of("tiny"),
        entries=(ImageEntry(1, None), ImageEntry(2, None)),  # type: ignore[arg-type]
        shown=shown(1, 0.2, 0.7, 0.1),
        layer="first",
    )
    return Conversation(paper, paper, state)


@pytest.fixture
def controller(conversation: Conversation) -> AttributionController:
    return AttributionController(conversation)


def options(conversation: Conversation, **changed: Any) -> None:
    state = conversation.state
    conversation.become(transitions.change_options(state, replace(state.options, **changed)))


def answer(conversation: Conversation, request: ExplainClass) -> None:
    conversation.receive(ClassExplained(request.number, found(request.question)))


def result(conversation: Conversation) -> Attribution | None:
    explanation = conversation.state.attribution
    return None if explanation is None else explanation.result


@pytest.mark.usefixtures("controller")
def test_nothing_is_asked_until_somebody_looks(conversation: Conversation, paper: Paper) -> None:
    conversation.become(transitions.choose_class(conversation.state, 2))
    assert not paper.requests
    options(conversation, channel_tab="why")
    assert paper.last(ExplainClass).question == Question(method="gradcam", class_index=2)
    assert paper.last(ExplainClass).model == Path("/models/tiny.onnx")
    answer(conversation, paper.last(ExplainClass))
    explanation = conversation.state.attribution
    assert explanation is not None
    assert (explanation.image, explanation.asked) == (1, None)
    options(conversation, channel_tab="channel")
    options(conversation, channel_tab="why")
    assert len(paper.requests) == 1  # what is known is not asked again


@pytest.mark.parametrize(
    ("change", "question"),
    [
        ({"chosen_class": 0}, Question(method="gradcam", class_index=0)),
        ({"against_class": 2}, Question(method="gradcam", class_index=1, against=2)),
        ({"against_class": 1}, None),  # the explained class itself
        ({"layer": "second"}, None),  # the last maps are looked at
        ({"shown": shown(2, 0.9, 0.1, 0)}, Question(method="gradcam", class_index=0)),
        ({"shown": Shown(2, shown(2, 1).image)}, None),  # its classes are not there yet
        ({"model": None}, None),
    ],
)
@pytest.mark.usefixtures("controller")
def test_it_is_asked_again_where_something_else_is_meant(
    change: dict[str, Any], question: Question | None, conversation: Conversation, paper: Paper
) -> None:
    options(conversation, channel_tab="why")
    answer(conversation, paper.last(ExplainClass))
    conversation.become(replace(conversation.state, **change))
    asked = [request.question for request in paper.asked(ExplainClass)[1:]]
    assert asked == ([] if question is None else [question])


@pytest.mark.usefixtures("controller")
def test_the_chosen_layer_is_looked_at_on_wish(conversation: Conversation, paper: Paper) -> None:
    options(conversation, channel_tab="why", explain_at_chosen=True)
    assert paper.last(ExplainClass).question.layer == "first"
    conversation.become(transitions.choose_layer(conversation.state, "second"))
    assert paper.last(ExplainClass).question.layer == "second"
    conversation.become(transitions.choose_layer(conversation.state, "flat"))
    assert paper.last(ExplainClass).question.layer is None  # it has no maps
    options(conversation, method="gradient")
    assert paper.last(ExplainClass).question == Question(method="gradient", class_index=1)


@pytest.mark.usefixtures("controller")
def test_the_newest_question_counts_and_the_last_map_stays_meanwhile(
    conversation: Conversation, paper: Paper
) -> None:
    options(conversation, channel_tab="why")
    first = paper.last(ExplainClass)
    answer(conversation, first)
    options(conversation, method="occlusion")
    second = paper.last(ExplainClass)
    before = result(conversation)
    assert before is not None
    assert before.question == first.question
    conversation.receive(ExplainingAdvanced(second.number, 16, 196))
    explanation = conversation.state.attribution
    assert explanation is not None
    assert (explanation.asked, explanation.done, explanation.total) == (second.question, 16, 196)
    options(conversation, method="cam")
    assert paper.cancelled == [ExplainClass]
    answer(conversation, second)  # came all the same
    conversation.receive(ExplainingAdvanced(second.number, 32, 196))
    assert result(conversation) is before
    answer(conversation, paper.last(ExplainClass))
    after = result(conversation)
    assert after is not None
    assert after.question.method == "cam"


@pytest.mark.usefixtures("controller")
def test_a_failure_is_said_once_and_the_last_map_stays(
    conversation: Conversation, paper: Paper
) -> None:
    options(conversation, channel_tab="why")
    answer(conversation, paper.last(ExplainClass))
    before = result(conversation)
    options(conversation, method="cam")
    error = AttributionError("cannot draw a class activation map", why="no", remedy="Use another.")
    conversation.receive(ExplainingFailed(paper.last(ExplainClass).number, error))
    conversation.become(replace(conversation.state, layer="second"))
    assert [notice.what for notice in conversation.state.notices] == [
        "Cannot draw a class activation map"
    ]
    assert result(conversation) is before
    assert len(paper.requests) == 2


@pytest.mark.usefixtures("controller")
def test_a_crash_is_not_waited_for_and_not_asked_again(
    conversation: Conversation, paper: Paper
) -> None:
    options(conversation, channel_tab="why")
    conversation.receive(Crashed(paper.last(ExplainClass).number, "ExplainClass", "it burst"))
    assert conversation.state.attribution is not None
    assert conversation.state.attribution.asked is None
    assert len(paper.requests) == 1


def test_what_is_stopped_stays_stopped_until_it_is_wanted(
    controller: AttributionController, conversation: Conversation, paper: Paper
) -> None:
    options(conversation, channel_tab="why", method="occlusion")
    controller.stop()
    explanation = conversation.state.attribution
    assert explanation is not None
    assert (explanation.stopped, explanation.asked) == (True, None)
    assert paper.cancelled == [ExplainClass]
    controller.stop()  # nothing runs
    assert paper.cancelled == [ExplainClass]
    conversation.become(replace(conversation.state, layer="second"))
    assert len(paper.requests) == 1
    controller.explain_again()
    assert len(paper.requests) == 2
    assert conversation.state.attribution is not None
    assert not conversation.state.attribution.stopped


@pytest.mark.parametrize("urgent", [{"pending": 2}, {"loading_model": "other"}])
@pytest.mark.usefixtures("controller")
def test_what_is_slow_gives_way_to_what_is_opened_and_is_asked_again(
    urgent: dict[str, Any], conversation: Conversation, paper: Paper
) -> None:
    options(conversation, channel_tab="why", method="occlusion")
    conversation.become(replace(conversation.state, **urgent))
    assert paper.cancelled == [ExplainClass]
    conversation.become(replace(conversation.state, pending=None, loading_model=""))
    assert [request.question for request in paper.asked(ExplainClass)] == [
        paper.last(ExplainClass).question
    ] * 2


@pytest.mark.usefixtures("controller")
def test_another_class_held_against_is_a_step_that_can_be_undone(
    conversation: Conversation,
) -> None:
    conversation.become(transitions.hold_against(conversation.state, 2))
    assert conversation.state.against_class == 2
    conversation.become(transitions.hold_against(conversation.state, 3))  # there is none
    assert conversation.state.against_class == 2
    assert conversation.state.history is not None
    assert conversation.state.history.undo == "class held against"
    back = view_history.undone(conversation.state)
    assert back.against_class is None


@pytest.mark.parametrize(("labels", "kept"), [(("zero", "one", "two"), 2), (("a", "b"), None)])
def test_another_model_keeps_the_classes_where_they_are_the_same(
    labels: tuple[str, ...], kept: int | None, conversation: Conversation
) -> None:
    state = replace(conversation.state, chosen_class=2, against_class=2)
    opened = transitions.open_model(state, model_of("other", labels), CPU)
    assert (opened.chosen_class, opened.against_class) == (kept, kept)
    assert opened.attribution is None
