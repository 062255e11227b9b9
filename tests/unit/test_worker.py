"""The worker's thread with a real model: order, staleness, cancelling, ending."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.core import freed_memory
from desktop_app.core.records import FileSource, Image, PixelsSource
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    AnalysisFailed,
    BatchSettled,
    Classified,
    ClassifyMany,
    Crashed,
    Examine,
    Examined,
    ImagesListed,
    ListImages,
    ListModels,
    MakeThumbnails,
    ModelFailed,
    ModelOpened,
    ModelsListed,
    OpenModel,
    StepsPictured,
    ThumbnailsMade,
)
from desktop_app.messages.base import Reply
from desktop_app.messages.comparison import (
    AnalyseReference,
    CloseReference,
    OpenReference,
    ReferenceAnalysed,
    ReferenceFailed,
    ReferenceOpened,
)
from desktop_app.messages.evidence import ChannelsWeighed, WeighChannels, WeighingFailed
from desktop_app.messages.index import Surveyed
from desktop_app.messages.logit_evidence import LogitTakenApart, TakeLogitApart, TakingApartFailed
from desktop_app.worker import Worker

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
PATIENCE_S = 30


class Inbox:
    """Where the replies arrive; what the index tells in between has tests of its own."""

    def __init__(self) -> None:
        self.replies: queue.Queue[Reply] = queue.Queue()

    def next(self) -> Reply:
        while isinstance(reply := self.replies.get(timeout=PATIENCE_S), Surveyed):
            pass
        return reply

    def until(self, *kinds: type) -> list[Reply]:
        """Everything up to and including the first reply of one of these kinds."""
        got = [self.next()]
        while not isinstance(got[-1], kinds):
            got.append(self.next())
        return got


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def worker(inbox: Inbox, tiny_model: Path) -> Iterator[Worker]:
    worker = Worker(inbox.replies.put, model_folders=(tiny_model.parent,))
    worker.start()
    worker.submit(OpenModel(1, "tiny", "cpu"))
    opened = inbox.next()
    assert isinstance(opened, ModelOpened)
    yield worker
    assert worker.close(PATIENCE_S)


def plain(colour: str, size: tuple[int, int] = (48, 48)) -> PixelsSource:
    return PixelsSource(colour, np.full((*size, 3), COLOURS[colour], np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index in range(20):
        name = list(COLOURS)[index % 3]
        PillowImage.new("RGB", (40, 30), COLOURS[name]).save(tmp_path / f"{index:02}_{name}.png")
    (tmp_path / "07_green.png").write_bytes(b"torn")
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def test_a_model_comes_laid_out(worker: Worker, inbox: Inbox, plain_model: Path) -> None:
    for name in ("tiny", str(plain_model)):
        worker.submit(OpenModel(2, name, "cpu"))
        opened = inbox.next()
        assert isinstance(opened, ModelOpened)
        assert set(opened.model.plan.places) == {layer.name for layer in opened.model.layers}


def test_an_analysis_answers_in_three_steps(worker: Worker, inbox: Inbox) -> None:
    worker.submit(Analyse(2, 7, plain("green")))
    classified, pictured, activations = inbox.next(), inbox.next(), inbox.next()
    assert isinstance(classified, Classified)
    assert classified.image.size == (48, 48)
    assert classified.top.label == "green"
    assert isinstance(pictured, StepsPictured)
    assert pictured.steps[0].name == "decoded"
    assert classified.classification.timing.run_ms > 0
    assert isinstance(activations, ActivationsReady)
    assert activations.entry == 7
    assert "conv1" in activations.activations.values


def test_a_broken_picture_is_a_failure_of_that_picture_only(
    worker: Worker, inbox: Inbox, folder: Path
) -> None:
    worker.submit(Analyse(2, 1, FileSource(folder / "07_green.png")))
    failed = inbox.next()
    assert isinstance(failed, AnalysisFailed)
    assert failed.error.code == "image-unreadable"
    worker.submit(Analyse(3, 2, plain("red")))
    assert isinstance(inbox.until(ActivationsReady)[-1], ActivationsReady)


def test_a_folder_is_settled_in_batches_with_progress(
    worker: Worker, inbox: Inbox, folder: Path
) -> None:
    worker.submit(ListImages(2, (folder,)))
    listed = inbox.next()
    assert isinstance(listed, ImagesListed)
    assert len(listed.sources) == 20
    worker.submit(ClassifyMany(3, tuple(enumerate(listed.sources, 1))))
    batches: list[BatchSettled] = []
    while not batches or batches[-1].progress is not None:
        batch = inbox.next()
        assert isinstance(batch, BatchSettled)
        batches.append(batch)
    results = {number: (top, error) for b in batches for number, top, error in b.results}
    assert sorted(results) == list(range(1, 21))
    for number, source in enumerate(listed.sources, 1):
        top, error = results[number]
        if source.name == "07_green.png":
            assert top is None
            assert "07_green.png" in error
        else:
            assert top is not None
            assert top.label in source.name
    assert batches[-2].progress is not None
    assert batches[-2].progress.failed == 1
    assert sum(len(batch.thumbnails) for batch in batches) == 19


def test_a_picture_looked_at_goes_before_the_rest_of_a_folder(
    worker: Worker, inbox: Inbox, folder: Path
) -> None:
    sources = tuple((n, FileSource(folder / "00_red.png")) for n in range(1, 201))
    worker.submit(ClassifyMany(2, sources))
    assert isinstance(inbox.next(), BatchSettled)
    worker.submit(Analyse(3, 999, plain("blue")))
    replies = inbox.until(ActivationsReady)
    settled = [r for r in replies if isinstance(r, BatchSettled)]
    assert all(batch.progress is not None for batch in settled)
    assert len(settled) < 20


def test_a_cancelled_folder_run_ends(worker: Worker, inbox: Inbox, folder: Path) -> None:
    sources = tuple((n, FileSource(folder / "00_red.png")) for n in range(1, 2001))
    worker.submit(ClassifyMany(2, sources))
    assert isinstance(inbox.next(), BatchSettled)
    worker.cancel(ClassifyMany)
    worker.submit(Analyse(3, 9999, plain("blue")))
    inbox.until(ActivationsReady)
    worker.submit(ListModels(4))
    rest = inbox.until(ModelsListed)
    assert not any(isinstance(reply, BatchSettled) for reply in rest)


def test_a_model_that_cannot_be_opened_leaves_the_open_one(
    worker: Worker, inbox: Inbox, tmp_path: Path
) -> None:
    worker.submit(OpenModel(2, str(tmp_path / "none.onnx"), "auto"))
    assert isinstance(inbox.next(), ModelFailed)
    worker.submit(Analyse(3, 1, plain("red")))
    assert isinstance(inbox.until(ActivationsReady)[-1], ActivationsReady)


def test_models_are_listed(worker: Worker, inbox: Inbox) -> None:
    worker.submit(ListModels(2))
    listed = inbox.next()
    assert isinstance(listed, ModelsListed)
    assert [model.name for model in listed.models] == ["tiny"]


def test_thumbnails_leave_out_what_cannot_be_read(
    worker: Worker, inbox: Inbox, folder: Path
) -> None:
    items = (
        (1, FileSource(folder / "00_red.png")),
        (2, FileSource(folder / "07_green.png")),
        (3, plain("blue", (300, 200))),
    )
    worker.submit(MakeThumbnails(2, items))
    made = [inbox.next(), inbox.next()]
    assert all(isinstance(reply, ThumbnailsMade) for reply in made)
    (first,), (second,) = (reply.thumbnails for reply in made)  # type: ignore[union-attr]
    assert (first[0], second[0]) == (1, 3)
    assert max(second[1].shape[:2]) == 96


def test_a_picture_looked_at_goes_between_two_thumbnails(worker: Worker, inbox: Inbox) -> None:
    worker.submit(MakeThumbnails(2, tuple((n, plain("red", (900, 900))) for n in range(60))))
    assert isinstance(inbox.next(), ThumbnailsMade)
    worker.submit(Analyse(3, 99, plain("blue")))
    before = inbox.until(Classified)
    assert len(before) < 30


def test_closing_does_not_wait_for_thumbnails_nobody_will_see(
    inbox: Inbox, tiny_model: Path
) -> None:
    worker = Worker(inbox.replies.put, model_folders=(tiny_model.parent,))
    worker.start()
    worker.submit(MakeThumbnails(1, tuple((n, plain("red", (900, 900))) for n in range(500))))
    inbox.until(ThumbnailsMade)
    assert worker.close(PATIENCE_S)
    assert inbox.replies.qsize() < 400


def test_closing_stops_a_folder_run_in_the_middle(inbox: Inbox, tiny_model: Path) -> None:
    worker = Worker(inbox.replies.put, model_folders=(tiny_model.parent,))
    worker.start()
    worker.submit(OpenModel(1, "tiny", "cpu"))
    worker.submit(ClassifyMany(2, tuple((n, plain("red")) for n in range(5000))))
    inbox.until(BatchSettled)
    assert worker.close(PATIENCE_S)
    assert not any(t.name == "lens-worker" for t in threading.enumerate())


@pytest.mark.filterwarnings("ignore")
def test_a_programming_error_is_delivered_and_the_worker_goes_on(
    worker: Worker, inbox: Inbox
) -> None:
    worker.submit(Analyse(2, 1, "not a source"))  # type: ignore[arg-type]
    crashed = inbox.next()
    assert isinstance(crashed, Crashed)
    assert (crashed.number, crashed.request) == (2, "Analyse")
    worker.submit(Analyse(3, 2, plain("red")))
    assert isinstance(inbox.until(ActivationsReady)[-1], ActivationsReady)


def test_an_examination_tells_this_installation(worker: Worker, inbox: Inbox) -> None:
    worker.submit(Examine(7))
    (reply,) = inbox.until(Examined, Crashed)
    assert isinstance(reply, Examined)
    assert reply.number == 7
    assert reply.diagnosis.versions["residual-lens"]
    assert "settings" in reply.diagnosis.paths
    assert reply.diagnosis.paths["own CUDA libraries"].endswith("cuda")


def test_the_folder_of_a_request_is_searched_first(
    worker: Worker, inbox: Inbox, tmp_path: Path
) -> None:
    for number, folder in ((7, tmp_path), (8, None)):
        worker.submit(OpenModel(number, "tiny", "cpu", folder))
        inbox.until(ModelOpened)
        worker.submit(Examine(number))
        reply = inbox.until(Examined, Crashed)[-1]
        assert isinstance(reply, Examined)
        if reply.diagnosis.flavour == "gpu":
            first = reply.diagnosis.searched[0].folder
            assert (first == str(tmp_path)) is (folder is not None)


def test_channels_are_weighed_for_the_open_model_alone(
    worker: Worker, inbox: Inbox, tiny_model: Path
) -> None:
    worker.submit(Analyse(2, 7, plain("green")))
    image = next(r.image for r in inbox.until(ActivationsReady) if isinstance(r, Classified))
    worker.submit(WeighChannels(3, image, tiny_model.with_name("other.onnx"), 1))
    worker.submit(ListModels(4))
    assert isinstance(inbox.next(), ModelsListed)  # the other model's question was passed over
    worker.submit(WeighChannels(5, image, tiny_model, 1))
    reply = inbox.next()
    assert isinstance(reply, ChannelsWeighed)
    assert reply.number == 5
    scores = reply.evidence.scores["avg_pool"]
    assert int(scores.argmax()) == 1  # the network's second channel carries green


def test_a_logit_is_taken_apart_for_the_open_model_alone(
    worker: Worker, inbox: Inbox, tiny_model: Path
) -> None:
    worker.submit(Analyse(2, 7, plain("green")))
    ready = inbox.until(ActivationsReady)[-1]
    assert isinstance(ready, ActivationsReady)
    worker.submit(TakeLogitApart(3, ready.activations, tiny_model.with_name("other.onnx"), 1))
    worker.submit(ListModels(4))
    assert isinstance(inbox.next(), ModelsListed)  # the other model's question was passed over
    worker.submit(TakeLogitApart(5, ready.activations, tiny_model, 1, 2))
    reply = inbox.next()
    assert isinstance(reply, LogitTakenApart)
    assert (reply.number, reply.found.class_index, reply.found.against) == (5, 1, 2)
    assert reply.found.strongest(2)[0] == 1  # the network's second channel carries green


def test_a_last_layer_that_cannot_be_read_is_said_each_time(
    inbox: Inbox, tmp_path: Path, tiny_model: Path
) -> None:
    path = tmp_path / "gone.onnx"
    path.write_bytes(tiny_model.read_bytes())
    worker = Worker(inbox.replies.put, model_folders=(tmp_path,))
    worker.start()
    try:
        worker.submit(OpenModel(1, "gone", "cpu"))
        worker.submit(Analyse(2, 1, plain("red")))
        ready = inbox.until(ActivationsReady)[-1]
        assert isinstance(ready, ActivationsReady)
        path.unlink()
        for number in (3, 4):
            worker.submit(TakeLogitApart(number, ready.activations, path, 0))
            reply = inbox.next()
            assert isinstance(reply, TakingApartFailed)
            assert reply.number == number
            assert "there is no file" in reply.error.why
    finally:
        assert worker.close(PATIENCE_S)


def test_channels_cannot_be_weighed_without_a_model(inbox: Inbox, tmp_path: Path) -> None:
    worker = Worker(inbox.replies.put, model_folders=(tmp_path,))
    worker.start()
    try:
        image = Image(np.zeros((4, 4, 3), np.uint8), "nothing", (4, 4))
        worker.submit(WeighChannels(1, image, tmp_path / "none.onnx", 0))
        reply = inbox.next()
        assert isinstance(reply, WeighingFailed)
        assert reply.error.why == "no model is open"
    finally:
        assert worker.close(PATIENCE_S)


def test_a_second_model_works_beside_the_open_one(
    worker: Worker, inbox: Inbox, tiny_model: Path, plain_model: Path
) -> None:
    worker.submit(OpenReference(2, str(plain_model), "cpu"))
    opened = inbox.next()
    assert isinstance(opened, ReferenceOpened)
    worker.submit(AnalyseReference(3, 7, plain("green"), by_second_model=True))
    second = inbox.next()
    assert isinstance(second, ReferenceAnalysed)
    assert second.reference.number == 7
    assert second.reference.activations is not None
    assert set(second.reference.activations.values) == {layer.name for layer in opened.model.layers}
    worker.submit(AnalyseReference(4, 7, plain("green"), by_second_model=False))
    first = inbox.next()
    assert isinstance(first, ReferenceAnalysed)
    worker.submit(Analyse(5, 7, plain("green")))
    looked_at = inbox.until(ActivationsReady)[-1]
    assert isinstance(looked_at, ActivationsReady)
    assert first.reference.activations is not None
    for name, maps in looked_at.activations.values.items():
        np.testing.assert_array_equal(first.reference.activations.values[name], maps)


def test_a_second_model_that_is_missing_leaves_the_earlier_second_one(
    worker: Worker, inbox: Inbox, plain_model: Path, tmp_path: Path
) -> None:
    worker.submit(OpenReference(2, str(plain_model), "cpu"))
    inbox.next()
    worker.submit(OpenReference(3, str(tmp_path / "none.onnx"), "cpu"))
    assert isinstance(inbox.next(), ReferenceFailed)
    worker.submit(AnalyseReference(4, 7, plain("red"), by_second_model=True))
    assert isinstance(inbox.next(), ReferenceAnalysed)


def test_a_second_model_that_was_let_go_answers_nothing(
    worker: Worker, inbox: Inbox, plain_model: Path
) -> None:
    worker.submit(OpenReference(2, str(plain_model), "cpu"))
    inbox.next()
    worker.submit(CloseReference(3))
    worker.submit(AnalyseReference(4, 7, plain("red"), by_second_model=True))
    worker.submit(ListModels(5))
    assert isinstance(inbox.next(), ModelsListed)


def test_memory_is_given_back_when_nothing_is_asked(
    inbox: Inbox, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back = threading.Event()
    monkeypatch.setattr(freed_memory, "give_back", given_back.set)
    worker = Worker(inbox.replies.put, model_folders=(tiny_model.parent,))
    worker.start()
    worker.submit(OpenModel(1, "tiny", "cpu"))
    assert given_back.wait(PATIENCE_S)
    assert isinstance(inbox.next(), ModelOpened)
    assert worker.close()
