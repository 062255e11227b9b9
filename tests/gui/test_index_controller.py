"""The index's controller against a display and a worker that only write down what they are told."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from desktop_app.controllers.index import IndexController
from desktop_app.conversation import Conversation
from desktop_app.core.errors import ModelMissingError
from desktop_app.core.patches import PatchPicture
from desktop_app.messages import Crashed, ModelOpened
from desktop_app.messages.index import (
    FindStrongest,
    ForgetImages,
    IndexImages,
    SetIndexing,
    StrongestFailed,
    StrongestFound,
    StrongestPictured,
    Surveyed,
)
from desktop_app.parts.survey import IndexProgress, StrongestImage
from desktop_app.state import ViewOptions
from tests.gui.window_states import CPU, ready, shown_state
from tests.paper import Paper

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def talk(paper: Paper) -> Conversation:
    state = shown_state(count=12)
    entries = tuple(ready(entry, "goldfish", 0.5) for entry in state.entries)
    options = ViewOptions(channel_tab="strongest")
    return Conversation(paper, paper, replace(state, entries=entries, options=options))


@pytest.fixture
def index(talk: Conversation) -> Any:
    index = IndexController(talk)
    yield index
    index.close()


def surveyed(images: int, progress: IndexProgress | None = None) -> Surveyed:
    return Surveyed(images, {"res2a_relu": (0.0, 4.5)}, progress)


def picture() -> PatchPicture:
    pixels = np.zeros((4, 4, 3), np.uint8)
    whole = (0.0, 0.0, 1.0, 1.0)
    return PatchPicture(
        photo=pixels, outline=whole, patch=pixels, inset=whole, shape=1.0, centre=None
    )


def strongest(*entries: int) -> tuple[StrongestImage, ...]:
    return tuple(StrongestImage(entry, 10.0 - entry, 1, 2) for entry in entries)


def test_what_the_worker_tells_is_in_the_snapshot(talk: Conversation, index: Any) -> None:
    talk.receive(surveyed(5, IndexProgress(5, 12)))
    assert talk.state.survey is not None
    assert talk.state.survey.images == 5
    assert talk.state.survey.ranges["res2a_relu"] == (0.0, 4.5)


def test_the_chosen_channel_is_asked_about_and_every_other_one_after_it(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.receive(surveyed(5))
    first = paper.take(FindStrongest)
    assert (first.layer, first.channel) == ("res2a_relu", 0)
    talk.become(replace(talk.state, channel=3))
    assert paper.take(FindStrongest).channel == 3
    talk.become(replace(talk.state, layer="conv1"))
    assert paper.take(FindStrongest).layer == "conv1"
    talk.receive(surveyed(6))
    assert paper.take(FindStrongest).layer == "conv1"
    talk.receive(surveyed(6))
    assert paper.requests == []


def test_as_many_other_images_are_asked_about_anew(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.receive(surveyed(5))
    paper.take(FindStrongest)
    hidden = replace(talk.state, options=ViewOptions(channel_tab="channel"))
    (*rest, last) = hidden.entries
    talk.become(replace(hidden, entries=tuple(rest)))
    talk.become(replace(talk.state, entries=(*rest, replace(last, number=last.number + 1))))
    talk.become(replace(talk.state, options=ViewOptions(channel_tab="strongest")))
    paper.take(FindStrongest)
    talk.become(replace(talk.state, entries=(*rest, replace(last, number=last.number + 1))))
    assert paper.requests == []


def test_nothing_is_asked_while_the_tab_is_hidden(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.become(replace(talk.state, options=ViewOptions(channel_tab="channel")))
    talk.receive(surveyed(5))
    assert not any(isinstance(request, FindStrongest) for request in paper.requests)
    talk.become(replace(talk.state, options=ViewOptions(channel_tab="strongest")))
    paper.take(FindStrongest)


@pytest.mark.parametrize("reply", ["crash", "failure"])
def test_strongest_images_that_cannot_be_found_are_not_waited_for(
    reply: str, talk: Conversation, index: Any, paper: Paper
) -> None:
    error = ModelMissingError("cannot open tiny", why="it burst", remedy="Look.")
    talk.receive(surveyed(5))
    for times, channel in enumerate((1, 2), 1):
        talk.become(replace(talk.state, channel=channel))
        number = [one for one in paper.requests if isinstance(one, FindStrongest)][-1].number
        if reply == "crash":
            talk.receive(Crashed(number, "FindStrongest", "it burst"))
        else:
            talk.receive(StrongestFailed(number, error))
            assert len(talk.state.notices) == 1  # not once for each channel
        assert talk.state.survey is not None
        assert (talk.state.survey.strongest, talk.state.survey.trouble) == (None, "it burst")
        assert times == channel
    talk.become(replace(talk.state, channel=3))
    assert talk.state.survey.trouble == ""


def test_an_index_that_begins_anew_is_filled_at_once_also_with_what_was_tried(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.receive(surveyed(5))
    assert not paper.take(FindStrongest).is_settled  # seven are to be indexed yet
    index.index_left_out()
    paper.take(IndexImages)
    talk.receive(surveyed(12, IndexProgress(12, 12)))
    assert not paper.take(FindStrongest).is_settled
    talk.receive(surveyed(12))
    asked = paper.take(FindStrongest)
    assert asked.is_settled
    talk.receive(StrongestFound(asked.number, strongest(1), begins_anew=True))
    talk.receive(surveyed(0))
    assert not paper.take(FindStrongest).is_settled
    index.index_left_out()
    assert len(paper.take(IndexImages).items) == 12


def test_answers_that_come_too_late_are_dropped(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.receive(surveyed(5))
    first = paper.take(FindStrongest)
    talk.become(replace(talk.state, channel=3))
    second = paper.take(FindStrongest)
    talk.receive(StrongestFound(first.number, strongest(1, 2)))
    talk.receive(StrongestPictured(first.number, 1, picture()))
    assert talk.state.survey is not None
    assert talk.state.survey.strongest is None
    talk.receive(StrongestFound(second.number, strongest(2, 4)))
    shown = talk.state.survey.strongest
    assert shown is not None
    assert (shown.layer, shown.channel, shown.images) == ("res2a_relu", 3, strongest(2, 4))


def test_pictures_that_are_at_hand_are_not_asked_for_again(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.receive(surveyed(5))
    number = paper.take(FindStrongest).number
    talk.receive(StrongestFound(number, strongest(1, 2)))
    made = picture()
    talk.receive(StrongestPictured(number, 1, made))
    talk.receive(surveyed(6))
    again = paper.take(FindStrongest)
    assert again.pictured == {(1, 1, 2)}
    talk.receive(StrongestFound(again.number, strongest(3, 1)))
    assert talk.state.survey is not None
    assert talk.state.survey.strongest is not None
    assert dict(talk.state.survey.strongest.pictures) == {1: made}
    # In another layer the same place is another patch.
    talk.become(replace(talk.state, layer="conv1"))
    assert paper.take(FindStrongest).pictured == frozenset()


def test_images_that_leave_the_list_are_forgotten(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.become(replace(talk.state, entries=talk.state.entries[:9]))
    assert paper.take(ForgetImages).entries == {10, 11, 12}


def test_another_model_begins_without_a_survey(talk: Conversation, index: Any) -> None:
    talk.receive(surveyed(5))
    assert talk.state.model is not None
    talk.receive(ModelOpened(1, talk.state.model, CPU))
    assert talk.state.survey is None


def test_the_switch_reaches_the_worker(talk: Conversation, index: Any, paper: Paper) -> None:
    assert not any(isinstance(request, SetIndexing) for request in paper.requests)
    talk.become(replace(talk.state, options=ViewOptions(index_folders=False)))
    assert paper.take(SetIndexing).wanted is False
    talk.become(replace(talk.state, options=ViewOptions()))
    assert paper.take(SetIndexing).wanted is True


def test_what_is_left_out_is_indexed_once(talk: Conversation, index: Any, paper: Paper) -> None:
    talk.receive(surveyed(10))
    paper.requests.clear()
    index.index_left_out()
    assert [entry for entry, _ in paper.take(IndexImages).items] == list(range(1, 13))
    index.index_left_out()
    assert paper.requests == []


def test_nothing_is_left_out_while_a_run_goes_on_or_all_is_indexed(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    for told in (surveyed(3, IndexProgress(3, 12)), surveyed(12)):
        talk.receive(told)
        paper.requests.clear()
        index.index_left_out()
        assert paper.requests == []


def test_cancelling_leaves_what_is_there_alone(
    talk: Conversation, index: Any, paper: Paper
) -> None:
    talk.receive(surveyed(3))
    index.cancel()
    assert paper.cancelled == [IndexImages]
    paper.requests.clear()
    index.index_left_out()
    assert paper.requests == []
