"""Evidence follows picture, class, layer and model, and is asked for only while it is needed."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from desktop_app import transitions, view_history
from desktop_app.controllers.evidence import EvidenceController
from desktop_app.conversation import Conversation
from desktop_app.core.errors import GradientError, RunError
from desktop_app.core.evidence import ChannelEvidence
from desktop_app.core.map_names import Criterion
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
from desktop_app.messages.evidence import ChannelsWeighed, WeighChannels, WeighingFailed
from desktop_app.state import ImageEntry, LensState, Shown
from tests.paper import Paper

CPU = Provider(name="cpu", reason="asked for")
LATE = GradientError("cannot tell what late does", why="it comes too late", remedy="Go back.")


def model_of(name: str, labels: tuple[str, ...] = ("zero", "one")) -> Model:
    layers = tuple(
        Layer(name=layer, kind="relu", stage=2, block=None, role="stem", shape=(2, 8, 8))
        for layer in ("first", "second", "late")
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
    classification = Classification(
        probabilities=np.array(probabilities, np.float32),
        provider=CPU,
        timing=Timing(decode_ms=1, preprocess_ms=1, run_ms=1),
    )
    return Shown(number, image, classification=classification)


def weighed(number: int) -> ChannelsWeighed:
    scores = {
        name: np.array([number, -number], np.float32) * factor
        for name, factor in (("first", 1), ("second", 10))
    }
    refused = {"late": LATE}
    return ChannelsWeighed(
        number, ChannelEvidence(scores=MappingProxyType(scores), refused=refused, run_ms=1)
    )


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def conversation(paper: Paper) -> Conversation:
    state = LensState(
        model=model_of("tiny"),
        entries=(ImageEntry(1, None), ImageEntry(2, None)),  # type: ignore[arg-type]
        shown=shown(1, 0.2, 0.8),
        layer="first",
    )
    return Conversation(paper, paper, state)


@pytest.fixture
def evidence(conversation: Conversation) -> EvidenceController:
    return EvidenceController(conversation)


def sort_by(conversation: Conversation, criterion: Criterion) -> None:
    """Have the grid sorted; only the order by evidence needs any."""
    options = replace(conversation.state.options, sort=criterion)
    conversation.become(transitions.change_options(conversation.state, options))


def test_nobody_is_asked_while_nobody_needs_it(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    evidence.choose_class(0)
    conversation.become(replace(conversation.state, layer="second"))
    assert paper.requests == []
    assert conversation.state.evidence is None


def test_the_likeliest_class_is_asked_about_and_answered_for_the_chosen_layer(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    (asked,) = paper.asked(WeighChannels)
    assert (asked.class_index, asked.model.name, asked.image.name) == (1, "tiny.onnx", "1.png")
    conversation.receive(weighed(asked.number))
    found = conversation.state.evidence
    assert found is not None
    assert (found.image, found.layer, found.class_index) == (1, "first", 1)
    assert found.scores.tolist() == [asked.number, -asked.number]


def test_another_layer_asks_nothing(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    conversation.receive(weighed(paper.asked(WeighChannels)[0].number))
    conversation.become(transitions.choose_layer(conversation.state, "second"))
    found = conversation.state.evidence
    assert found is not None
    assert found.layer == "second"
    assert found.scores.tolist() == [
        10 * paper.asked(WeighChannels)[0].number,
        -10 * paper.asked(WeighChannels)[0].number,
    ]
    assert len(paper.requests) == 1


def test_a_layer_that_has_none_is_said_once(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    conversation.receive(weighed(paper.asked(WeighChannels)[0].number))
    for layer in ("late", "first", "late"):
        conversation.become(transitions.choose_layer(conversation.state, layer))
    assert conversation.state.evidence is None
    (notice,) = conversation.state.notices
    assert (notice.severity, notice.what) == ("information", "Cannot tell what late does")
    assert conversation.state.evidence_error == str(LATE)
    conversation.become(transitions.choose_layer(conversation.state, "second"))
    assert conversation.state.evidence_error == ""


def test_until_a_new_class_is_weighed_the_layers_old_scores_stay(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    conversation.receive(weighed(paper.asked(WeighChannels)[0].number))
    evidence.choose_class(0)
    found = conversation.state.evidence
    assert found is not None
    assert found.class_index == 1
    conversation.become(transitions.choose_layer(conversation.state, "second"))
    assert conversation.state.evidence is None  # never those of another layer
    conversation.receive(weighed(paper.asked(WeighChannels)[1].number))
    found = conversation.state.evidence
    assert found is not None
    assert (found.class_index, found.layer) == (0, "second")


def test_a_stale_answer_is_dropped(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    evidence.choose_class(0)
    assert [asked.class_index for asked in paper.asked(WeighChannels)] == [1, 0]
    conversation.receive(weighed(paper.asked(WeighChannels)[0].number))
    assert conversation.state.evidence is None


def test_it_follows_picture_and_model(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    conversation.become(replace(conversation.state, shown=shown(2, 0.9, 0.1)))
    assert (
        paper.last(WeighChannels).image.name,
        paper.last(WeighChannels).class_index,
    ) == ("2.png", 0)
    other = transitions.open_model(conversation.state, model_of("other"), CPU)
    conversation.become(other)
    assert len(paper.requests) == 2  # its scores of the picture come first
    conversation.become(replace(conversation.state, shown=shown(2, 0.1, 0.9)))
    assert (
        paper.last(WeighChannels).model.name,
        paper.last(WeighChannels).class_index,
    ) == ("other.onnx", 1)


def test_a_failure_is_told_and_not_repeated(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    error = RunError("cannot tell", why="no memory", remedy="Close something.")
    conversation.receive(WeighingFailed(paper.asked(WeighChannels)[0].number, error))
    assert [notice.what for notice in conversation.state.notices] == ["Cannot tell"]
    conversation.become(transitions.choose_layer(conversation.state, "second"))
    assert len(paper.requests) == 1
    assert conversation.state.evidence_error == str(error)
    evidence.choose_class(0)
    assert (len(paper.requests), conversation.state.evidence_error) == (2, "")


def test_a_crash_is_not_waited_for(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    conversation.receive(Crashed(77, "Examine", "of somebody else"))
    assert conversation.state.evidence_error == ""
    conversation.receive(
        Crashed(paper.asked(WeighChannels)[0].number, "WeighChannels", "KeyError: 'conv1'")
    )
    assert conversation.state.evidence_error == "KeyError: 'conv1'"
    conversation.become(transitions.choose_layer(conversation.state, "second"))
    assert (len(paper.requests), conversation.state.evidence_error) == (1, "KeyError: 'conv1'")
    evidence.choose_class(0)
    assert (len(paper.requests), conversation.state.evidence_error) == (2, "")
    conversation.receive(Crashed(paper.asked(WeighChannels)[0].number, "WeighChannels", "too late"))
    assert conversation.state.evidence_error == ""


def test_when_nobody_needs_it_any_more_it_goes_and_comes_back_unasked(
    evidence: EvidenceController, conversation: Conversation, paper: Paper
) -> None:
    sort_by(conversation, "evidence")
    conversation.receive(weighed(paper.asked(WeighChannels)[0].number))
    sort_by(conversation, "number")
    assert conversation.state.evidence is None
    sort_by(conversation, "evidence")
    assert conversation.state.evidence is not None
    assert len(paper.requests) == 1


# --- the chosen class ----------------------------------------------------------------------------


def test_choosing_a_class_again_returns_to_the_likeliest(
    evidence: EvidenceController, conversation: Conversation
) -> None:
    evidence.choose_class(0)
    assert (conversation.state.chosen_class, conversation.state.explained_class) == (0, 0)
    evidence.choose_class(0)
    assert (conversation.state.chosen_class, conversation.state.explained_class) == (None, 1)
    evidence.choose_class(1)
    evidence.choose_class(None)
    assert conversation.state.chosen_class is None
    evidence.choose_class(7)
    assert conversation.state.chosen_class is None


def test_choosing_a_class_can_be_undone(
    evidence: EvidenceController, conversation: Conversation
) -> None:
    evidence.choose_class(0)
    assert conversation.state.history is not None
    assert conversation.state.history.undo == "class"
    conversation.become(view_history.undone(conversation.state))
    assert conversation.state.chosen_class is None


@pytest.mark.parametrize(("labels", "kept"), [(("zero", "one"), 0), (("one", "zero"), None)])
def test_a_chosen_class_outlives_a_model_only_where_it_is_the_same_class(
    labels: tuple[str, ...],
    kept: int | None,
    evidence: EvidenceController,
    conversation: Conversation,
) -> None:
    evidence.choose_class(0)
    state = transitions.open_model(conversation.state, model_of("other", labels), CPU)
    assert state.chosen_class == kept
