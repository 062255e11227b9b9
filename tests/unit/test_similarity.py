"""What is asked about images that are alike, and when; and what the worker answers."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from desktop_app.answering.bench import Bench
from desktop_app.answering.similarity import SimilarityAnswers
from desktop_app.controller import Controller
from desktop_app.controllers.similarity import SimilarityController
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled, ModelMissingError
from desktop_app.messages import Crashed, ModelOpened
from desktop_app.messages.base import Reply, Request
from desktop_app.messages.similarity import (
    FindSimilar,
    ImagesPlaced,
    PlaceImages,
    SimilarFound,
    SimilarityFailed,
)
from desktop_app.parts.similarity import ImagePlane, SimilarImage, SimilarImages
from desktop_app.state import ImagesTab, LensState
from tests.paper import Paper
from tests.unit.test_comparing import answer
from tests.unit.test_controller import CPU, MODEL, list_files, open_tiny

FEATURES = np.array([[1, 0], [0, 1], [1, 0.1], [np.nan, 1]], np.float32)
ENTRIES = (3, 4, 8, 9)
BURST = ModelMissingError("cannot open tiny", why="it burst", remedy="Look.")


class Found:
    """A bench that only writes down what is delivered."""

    def __init__(self, features: np.ndarray = FEATURES, entries: tuple[int, ...] = ENTRIES) -> None:
        self.replies: list[Reply] = []
        self.deliver = self.replies.append
        self.answers = SimilarityAnswers(cast("Bench", self), lambda: (entries, features))

    def ask(self, request: Request, switch: Cancellation | None = None) -> Any:
        self.answers.table[type(request)](request, switch or Cancellation())
        return self.replies[-1]


def test_similar_images_are_told_by_their_entries() -> None:
    reply = Found().ask(FindSimilar(5, 3, 10))
    assert isinstance(reply, SimilarFound)
    assert reply.number == 5
    assert reply.nearest.is_indexed
    assert reply.nearest.among == 4
    assert [image.entry for image in reply.nearest.images] == [8, 4]


def test_an_image_that_is_not_indexed_has_nothing_similar() -> None:
    reply = Found().ask(FindSimilar(5, 77, 10))
    assert not reply.nearest.is_indexed
    assert reply.nearest.images == ()


def test_images_are_placed_by_their_entries_those_without_a_place_left_out() -> None:
    reply = Found().ask(PlaceImages(6))
    assert isinstance(reply, ImagesPlaced)
    assert reply.plane.entries == (3, 4, 8)
    assert reply.plane.points.shape == (3, 2)
    assert sum(reply.plane.explained) == pytest.approx(1)


def test_no_index_places_nothing() -> None:
    reply = Found(np.empty((0, 0), np.float32), ()).ask(PlaceImages(6))
    assert reply.plane.entries == ()


def test_placing_can_be_stopped() -> None:
    switch = Cancellation()
    switch.cancel()
    with pytest.raises(Cancelled):
        Found(np.ones((9, 2), np.float32), tuple(range(9))).ask(PlaceImages(6), switch)


# --- when it is asked ----------------------------------------------------------------------------


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def controller(paper: Paper) -> Controller:
    controller = Controller(paper, paper, LensState(), samples=Path("/samples"))
    controller.start((), None)
    SimilarityController(controller)
    open_tiny(controller, paper)
    list_files(controller, paper, "1.png", "2.png", "3.png")
    answer(controller, paper)
    return controller


def look_at(controller: Controller, tab: ImagesTab) -> None:
    controller.change_options(replace(controller.state.options, images_tab=tab))


def count(paper: Paper, kind: type) -> int:
    return sum(isinstance(request, kind) for request in paper.requests)


def test_nothing_is_asked_while_nobody_looks(controller: Controller, paper: Paper) -> None:
    controller.choose_image(2)
    answer(controller, paper)
    assert count(paper, FindSimilar) == count(paper, PlaceImages) == 0


def test_the_nearest_are_asked_for_the_image_on_screen(
    controller: Controller, paper: Paper
) -> None:
    look_at(controller, "similar")
    assert paper.last(FindSimilar).entry == 1
    controller.choose_layer("pool1")
    assert count(paper, FindSimilar) == 1
    controller.choose_image(2)
    answer(controller, paper)
    assert paper.last(FindSimilar).entry == 2
    assert count(paper, PlaceImages) == 0


def test_only_the_newest_answer_counts(controller: Controller, paper: Paper) -> None:
    look_at(controller, "similar")
    first = paper.last(FindSimilar).number
    controller.choose_image(2)
    answer(controller, paper)
    of_one = SimilarImages(1, is_indexed=True, images=(SimilarImage(2, 0.5),), among=3)
    of_two = replace(of_one, entry=2)
    controller.receive(SimilarFound(first, of_one))
    assert controller.state.similarity is None
    controller.receive(SimilarFound(paper.last(FindSimilar).number, of_two))
    assert controller.state.similarity is not None
    assert controller.state.similarity.nearest is of_two


def test_the_map_is_asked_anew_when_images_come_or_go(controller: Controller, paper: Paper) -> None:
    look_at(controller, "map")
    assert count(paper, PlaceImages) == 1
    controller.choose_image(2)
    assert count(paper, PlaceImages) == 1
    controller.remove_image(3)
    assert count(paper, PlaceImages) == 2
    list_files(controller, paper, "4.png")
    assert count(paper, PlaceImages) == 3


def test_a_tab_that_was_left_and_is_seen_again_asks_only_for_news(
    controller: Controller, paper: Paper
) -> None:
    look_at(controller, "map")
    look_at(controller, "list")
    controller.choose_image(2)
    answer(controller, paper)
    look_at(controller, "map")
    assert count(paper, PlaceImages) == 1
    look_at(controller, "list")
    controller.remove_image(3)
    assert count(paper, PlaceImages) == 1
    look_at(controller, "map")
    assert count(paper, PlaceImages) == 2


def test_another_model_forgets_both_and_asks_anew(controller: Controller, paper: Paper) -> None:
    look_at(controller, "map")
    plane = ImagePlane((1,), np.zeros((1, 2), np.float32), (0.0, 0.0))
    controller.receive(ImagesPlaced(paper.last(PlaceImages).number, plane))
    assert controller.state.similarity is not None
    other = replace(MODEL, name="other")
    controller.receive(ModelOpened(0, other, CPU))
    assert controller.state.similarity is None
    assert count(paper, PlaceImages) == 2


@pytest.mark.parametrize(("tab", "kind"), [("map", PlaceImages), ("similar", FindSimilar)])
def test_the_same_model_opened_again_is_asked_anew(
    tab: ImagesTab, kind: type, controller: Controller, paper: Paper
) -> None:
    look_at(controller, tab)
    controller.receive(ModelOpened(0, replace(MODEL), CPU))  # on another provider
    assert controller.state.similarity is None
    assert count(paper, kind) == 2


@pytest.mark.parametrize(("tab", "kind"), [("map", PlaceImages), ("similar", FindSimilar)])
def test_as_many_other_images_are_news_as_well(
    tab: ImagesTab, kind: type, controller: Controller, paper: Paper
) -> None:
    look_at(controller, tab)
    look_at(controller, "list")
    controller.remove_image(3)
    list_files(controller, paper, "4.png")
    controller.choose_image(1)
    answer(controller, paper)
    assert count(paper, kind) == 1
    look_at(controller, tab)
    assert count(paper, kind) == 2
    controller.choose_layer("pool1")
    assert count(paper, kind) == 2


@pytest.mark.parametrize("reply", ["crash", "failure"])
def test_what_cannot_be_found_is_told_and_not_waited_for(
    reply: str, controller: Controller, paper: Paper
) -> None:
    for tab, kind in (("similar", FindSimilar), ("map", PlaceImages)):
        look_at(controller, cast("ImagesTab", tab))
        number = paper.last(kind).number
        if reply == "crash":
            controller.receive(Crashed(number, kind.__name__, "it burst"))
        else:
            controller.receive(SimilarityFailed(number, BURST))
    found = controller.state.similarity
    assert found is not None
    assert (found.nearest, found.nearest_error) == (None, "it burst")
    assert (found.plane, found.plane_error) == (None, "it burst")
    assert controller.state.notices[-1].why == "it burst"
    controller.choose_layer("pool1")
    assert count(paper, PlaceImages) == 1
    controller.remove_image(3)
    assert count(paper, PlaceImages) == 2
    assert controller.state.similarity is not None
    assert controller.state.similarity.plane_error == ""


@pytest.mark.parametrize("request_", [FindSimilar(4, 1, 3), PlaceImages(4)])
def test_a_model_that_is_gone_is_a_failure_and_no_crash(request_: Request) -> None:
    def features() -> tuple[tuple[int, ...], np.ndarray]:
        raise BURST

    replies: list[Reply] = []
    bench = SimpleNamespace(deliver=replies.append)
    answers = SimilarityAnswers(cast("Bench", bench), features)
    answers.table[type(request_)](request_, Cancellation())
    assert replies == [SimilarityFailed(4, BURST)]
