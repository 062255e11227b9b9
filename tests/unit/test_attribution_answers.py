"""A slow explanation goes step by step, and lets what is asked meanwhile go in between."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core.attributions import Question
from desktop_app.core.images import load_image
from desktop_app.core.records import Image, PixelsSource
from desktop_app.messages import ModelOpened, OpenModel
from desktop_app.messages.attribution import (
    ClassExplained,
    ExplainClass,
    ExplainingAdvanced,
    ExplainingFailed,
)
from desktop_app.messages.base import Reply
from desktop_app.messages.evidence import ChannelsWeighed, WeighChannels
from desktop_app.worker import Worker
from tests.unit.test_worker import Inbox

SLOW = Question(method="occlusion", class_index=1)


class Asking(Inbox):
    """Asks for more as soon as the first step is done, from the worker's own thread."""

    def __init__(self) -> None:
        super().__init__()
        self.then: list[Callable[[], None]] = []

    def put(self, reply: Reply) -> None:
        self.replies.put(reply)
        while isinstance(reply, ExplainingAdvanced) and self.then:
            self.then.pop()()


@pytest.fixture
def inbox() -> Asking:
    return Asking()


@pytest.fixture
def worker(inbox: Asking, tiny_model: Path) -> Iterator[Worker]:
    worker = Worker(inbox.put, model_folders=(tiny_model.parent,))
    worker.start()
    worker.submit(OpenModel(1, "tiny", "cpu"))
    assert isinstance(inbox.next(), ModelOpened)
    yield worker
    assert worker.close()


@pytest.fixture(scope="module")
def image() -> Image:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    return load_image(PixelsSource("noise", noise))


def test_what_is_asked_meanwhile_is_answered_after_a_step(
    worker: Worker, inbox: Asking, tiny_model: Path, image: Image
) -> None:
    inbox.then = [lambda: worker.submit(WeighChannels(3, image, tiny_model, 1))]
    worker.submit(ExplainClass(2, image, tiny_model, SLOW))
    kinds = [type(reply) for reply in inbox.until(ClassExplained)]
    assert kinds[:2] == [ExplainingAdvanced, ChannelsWeighed]
    assert len(kinds) > 5


def test_it_ends_at_the_next_step_when_it_is_stopped(
    worker: Worker, inbox: Asking, tiny_model: Path, image: Image
) -> None:
    inbox.then = [
        lambda: worker.cancel(ExplainClass),
        lambda: worker.submit(WeighChannels(3, image, tiny_model, 1)),
    ]
    worker.submit(ExplainClass(2, image, tiny_model, SLOW))
    replies = inbox.until(ChannelsWeighed)
    assert [type(reply) for reply in replies] == [ExplainingAdvanced, ChannelsWeighed]


def test_a_model_that_is_opened_meanwhile_leaves_the_answer_what_it_was(
    worker: Worker, inbox: Asking, tiny_model: Path, image: Image
) -> None:
    worker.submit(ExplainClass(2, image, tiny_model, SLOW))
    before = inbox.until(ClassExplained)[-1]
    inbox.then = [lambda: worker.submit(OpenModel(4, "tiny", "cpu"))]
    worker.submit(ExplainClass(3, image, tiny_model, SLOW))
    replies = inbox.until(ClassExplained)
    assert isinstance(replies[1], ModelOpened)
    assert isinstance(before, ClassExplained)
    assert isinstance(replies[-1], ClassExplained)
    np.testing.assert_array_equal(replies[-1].attribution.values, before.attribution.values)


def test_what_cannot_be_explained_is_said(
    worker: Worker, inbox: Asking, tiny_model: Path, image: Image
) -> None:
    itself = Question(method="gradcam", class_index=1, against=1)
    worker.submit(ExplainClass(2, image, tiny_model, itself))
    assert isinstance(inbox.next(), ExplainingFailed)
