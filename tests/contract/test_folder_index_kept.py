"""A dropped folder is indexed while it is classified, kept, and reopened without another run."""

import queue
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app import paths
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.image_index_file import index_file, model_digest
from desktop_app.core.images import load_image
from desktop_app.core.index_table import SHOWN
from desktop_app.core.model_file import load_model
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import FileSource, PixelsSource, Tensor
from desktop_app.core.sessions import ModelSessions
from desktop_app.messages import (
    BatchSettled,
    ClassifyMany,
    Crashed,
    ImagesListed,
    ListImages,
    ModelOpened,
    OpenModel,
)
from desktop_app.messages.base import Reply
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
from desktop_app.messages.similarity import PlaceImages, SimilarityFailed
from desktop_app.worker import Worker

PATIENCE_S = 30
IMAGES = 21


class Desk:
    """A worker with the tiny model open, and what it has said."""

    def __init__(self, worker: Worker, replies: "queue.Queue[Reply]") -> None:
        self.worker = worker
        self._replies = replies

    def until(self, ended: Callable[[Reply], bool]) -> list[Reply]:
        got = [self._replies.get(timeout=PATIENCE_S)]
        while not ended(got[-1]):
            got.append(self._replies.get(timeout=PATIENCE_S))
        return got

    def drop(self, folder: Path, first: int = 1) -> list[Reply]:
        """All replies to a folder that is dropped and classified."""
        self.worker.submit(ListImages(2, (folder,)))
        (*_, listed) = self.until(lambda reply: isinstance(reply, ImagesListed))
        assert isinstance(listed, ImagesListed)
        self.worker.submit(ClassifyMany(3, tuple(enumerate(listed.sources, first))))
        return self.until(is_last_survey)

    def strongest(self, layer: str, channel: int, *, is_settled: bool = False) -> StrongestFound:
        self.worker.submit(FindStrongest(9, layer, channel, is_settled=is_settled))
        (*_, found) = self.until(lambda reply: isinstance(reply, StrongestFound))
        assert isinstance(found, StrongestFound)
        return found


def is_last_survey(reply: Reply) -> bool:
    return isinstance(reply, Surveyed) and reply.progress is None


@contextmanager
def desk(model: Path) -> Iterator[Desk]:
    replies: queue.Queue[Reply] = queue.Queue()
    worker = Worker(replies.put, model_folders=(model.parent,))
    worker.start()
    worker.submit(OpenModel(1, str(model), "cpu"))
    assert isinstance(replies.get(timeout=PATIENCE_S), ModelOpened)
    try:
        yield Desk(worker, replies)
    finally:
        assert worker.close(PATIENCE_S)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    random = np.random.default_rng(5)
    for index in range(IMAGES):
        pixels = random.integers(0, 256, (24, 30, 3), dtype=np.uint8)
        PillowImage.fromarray(pixels).save(folder / f"{index:02}.png")
    (folder / "09.png").write_bytes(b"torn")
    return folder


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Grows by one with every image that goes through the tapped session."""
    counted: list[float] = []
    real = ModelSessions.activations_of_each

    def activations_of_each(
        self: ModelSessions, batch: Tensor, cancellation: Cancellation | None = None
    ) -> tuple[Mapping[str, Tensor], ...]:
        counted.extend([time.perf_counter()] * len(batch))
        return real(self, batch, cancellation)

    monkeypatch.setattr(ModelSessions, "activations_of_each", activations_of_each)
    return counted


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    yield
    for path in paths.index_folder().glob("*"):
        path.unlink()


def by_force(model: Path, folder: Path, layer: str, channel: int) -> list[float]:
    return sorted(peaks_of(model, folder, layer, channel).values(), reverse=True)[:SHOWN]


def peaks_of(model: Path, folder: Path, layer: str, channel: int) -> dict[str, float]:
    """The greatest value of each image that can be read, by its name."""
    sessions = ModelSessions(load_model(model), "cpu")
    values = {}
    for path in sorted(folder.glob("*.png")):
        if path.name == "09.png":
            continue
        tensor = preprocess(load_image(FileSource(path)), sessions.model.preprocessing)
        maps = sessions.activations(tensor).values[layer]
        values[path.name] = float(maps[channel].max())
    return values


@pytest.mark.parametrize(("layer", "channel"), [("res2a", 5), ("res2a_relu", 5), ("avg_pool", 3)])
def test_a_folder_tells_its_strongest_images(
    tiny_model: Path, folder: Path, layer: str, channel: int
) -> None:
    expected = by_force(tiny_model, folder, layer, channel)
    with desk(tiny_model) as lens:
        replies = lens.drop(folder)
        found = lens.strongest(layer, channel)
        pictured = lens.until(
            lambda reply: (
                isinstance(reply, StrongestPictured) and reply.entry == found.images[-1].entry
            )
        )
    assert [one.value for one in found.images] == pytest.approx(expected, rel=1e-5)
    assert [p.entry for p in pictured] == [one.entry for one in found.images]  # type: ignore[attr-defined]
    survey = replies[-1]
    assert isinstance(survey, Surveyed)
    assert survey.images == IMAGES - 1
    assert survey.ranges[layer][1] >= expected[0] - 1e-6
    settled = [reply for reply in replies if isinstance(reply, BatchSettled)]
    assert [reply.progress is None for reply in settled] == [False] * (len(settled) - 1) + [True]


def test_a_model_whose_file_has_gone_still_classifies_and_is_indexed_once_it_is_back(
    tiny_model: Path, folder: Path, tmp_path: Path
) -> None:
    model = tmp_path / "gone.onnx"
    shutil.copyfile(tiny_model, model)
    elsewhere = tmp_path / "elsewhere.onnx"

    def answered(lens: Desk, reply_type: type[Reply]) -> list[Reply]:
        return lens.until(lambda reply: isinstance(reply, (reply_type, Crashed)))

    with desk(model) as lens:
        model.rename(elsewhere)
        lens.worker.submit(ListImages(2, (folder,)))
        listed = answered(lens, ImagesListed)[-1]
        assert isinstance(listed, ImagesListed)
        items = tuple(enumerate(listed.sources, 1))
        lens.worker.submit(ClassifyMany(3, items))
        settled = lens.until(
            lambda reply: (
                isinstance(reply, Crashed)
                or (isinstance(reply, BatchSettled) and reply.progress is None)
            )
        )
        for _ in range(2):  # not for the first time alone
            lens.worker.submit(ForgetImages(6, frozenset({1})))
            lens.worker.submit(FindStrongest(4, "res2a", 5))
            failed = answered(lens, StrongestFailed)
            lens.worker.submit(PlaceImages(5))
            failed += answered(lens, SimilarityFailed)
            assert not [reply for reply in (*settled, *failed) if isinstance(reply, Crashed)]
        elsewhere.rename(model)
        lens.worker.submit(IndexImages(7, items))
        lens.until(lambda reply: isinstance(reply, Surveyed) and reply.progress is None)
        assert len(lens.strongest("res2a", 5).images) == SHOWN


def test_classes_come_before_their_images_are_indexed(
    tiny_model: Path, folder: Path, runs: list[float]
) -> None:
    with desk(tiny_model) as lens:
        replies = lens.drop(folder)
    first = next(reply for reply in replies if isinstance(reply, BatchSettled))
    before = replies[: replies.index(first)]
    assert all(reply.images == 0 for reply in before if isinstance(reply, Surveyed))
    assert len(runs) == IMAGES - 1


def test_a_folder_dropped_again_is_known_at_once_and_runs_nothing_again(
    tiny_model: Path, folder: Path, runs: list[float]
) -> None:
    with desk(tiny_model) as lens:
        lens.drop(folder)
        told = lens.strongest("res3a", 2).images
    runs.clear()
    with desk(tiny_model) as lens:
        replies = lens.drop(folder)
        first = next(reply for reply in replies if isinstance(reply, Surveyed))
        assert first.images == IMAGES - 1
        assert lens.strongest("res3a", 2).images == told
    assert runs == []


def test_what_is_new_or_changed_alone_runs_again(
    tiny_model: Path, folder: Path, runs: list[float]
) -> None:
    with desk(tiny_model) as lens:
        lens.drop(folder)
    runs.clear()
    (folder / "03.png").unlink()
    PillowImage.new("RGB", (9, 9), (255, 0, 0)).save(folder / "05.png")
    PillowImage.new("RGB", (9, 9), (0, 0, 255)).save(folder / "new.png")
    with desk(tiny_model) as lens:
        lens.drop(folder)
        found = lens.strongest("res2a", 5).images
    assert len(runs) == 2
    expected = by_force(tiny_model, folder, "res2a", 5)
    assert [one.value for one in found] == pytest.approx(expected, rel=1e-5)


def test_the_same_folder_dropped_twice_counts_each_image_once(
    tiny_model: Path, folder: Path, runs: list[float]
) -> None:
    with desk(tiny_model) as lens:
        lens.drop(folder)
        lens.drop(folder, first=101)
        found = lens.strongest("res2a", 5).images
    assert len(runs) == IMAGES - 1
    assert len({one.entry % 100 for one in found}) == SHOWN


def test_another_model_has_an_index_of_its_own(
    tiny_model: Path, plain_model: Path, folder: Path, runs: list[float]
) -> None:
    with desk(tiny_model) as lens:
        lens.drop(folder)
        runs.clear()
        assert lens.strongest("res2a", 5).images
        lens.worker.submit(OpenModel(5, str(plain_model), "cpu"))
        assert lens.strongest("res2a", 5).images == ()  # what was indexed is another model's
        lens.drop(folder)
        assert len(runs) == IMAGES - 1
    assert len(list(paths.index_folder().iterdir())) == 2


def test_a_run_of_the_model_before_indexes_nothing_for_the_next_one(
    tiny_model: Path, plain_model: Path, folder: Path
) -> None:
    with desk(tiny_model) as lens:
        lens.worker.submit(ListImages(2, (folder,)))
        (*_, listed) = lens.until(lambda reply: isinstance(reply, ImagesListed))
        assert isinstance(listed, ImagesListed)
        lens.worker.submit(ClassifyMany(3, tuple(enumerate(listed.sources * 10, 1))))
        lens.until(lambda reply: isinstance(reply, Surveyed) and reply.progress is not None)
        lens.worker.submit(OpenModel(5, str(plain_model), "cpu"))
        lens.until(is_last_survey)
        lens.worker.submit(FindStrongest(9, "res2a", 5))
        (*before, found) = lens.until(lambda reply: isinstance(reply, StrongestFound))
        assert not any(isinstance(reply, Crashed) for reply in before)
        assert isinstance(found, StrongestFound)
        assert found.images == ()
    other = model_digest(load_model(plain_model))
    assert not index_file(paths.index_folder(), folder, other).exists()


def test_a_cancelled_run_keeps_what_it_has(
    tiny_model: Path, folder: Path, runs: list[float]
) -> None:
    with desk(tiny_model) as lens:
        lens.worker.submit(ListImages(2, (folder,)))
        (*_, listed) = lens.until(lambda reply: isinstance(reply, ImagesListed))
        assert isinstance(listed, ImagesListed)
        many = tuple(enumerate(listed.sources * 200, 1))
        lens.worker.submit(ClassifyMany(3, many))
        lens.until(lambda reply: isinstance(reply, Surveyed) and reply.images > 0)
        lens.worker.cancel(ClassifyMany)
        (*_, last) = lens.until(is_last_survey)
    assert isinstance(last, Surveyed)
    assert 0 < last.images < len(many)
    assert len(list(paths.index_folder().iterdir())) == 1


def test_nothing_is_indexed_where_that_is_not_wanted(
    tiny_model: Path, folder: Path, runs: list[float]
) -> None:
    with desk(tiny_model) as lens:
        lens.worker.submit(SetIndexing(2, wanted=False))
        lens.drop(folder)
        assert runs == []
        assert lens.strongest("res2a", 5).images == ()
        lens.worker.submit(SetIndexing(2, wanted=True))
        items = tuple((n, FileSource(folder / f"{n:02}.png")) for n in range(12))
        lens.worker.submit(IndexImages(4, items))
        (*_, last) = lens.until(is_last_survey)
    assert isinstance(last, Surveyed)
    assert last.images == 11
    assert len(runs) == 11


def test_pictures_without_a_file_are_indexed_too_and_leave_with_their_rows(
    tiny_model: Path, runs: list[float]
) -> None:
    random = np.random.default_rng(0)
    items = tuple(
        (entry, PixelsSource("bitmap", random.integers(0, 256, (40, 40, 3), dtype=np.uint8)))
        for entry in (7, 8)
    )
    with desk(tiny_model) as lens:
        lens.worker.submit(IndexImages(4, items))
        (*_, survey) = lens.until(is_last_survey)
        assert isinstance(survey, Surveyed)
        assert survey.images == 2
        assert {one.entry for one in lens.strongest("res2a", 5).images} == {7, 8}
        lens.worker.submit(ForgetImages(10, frozenset({7})))
        (*_, survey) = lens.until(lambda reply: isinstance(reply, Surveyed))
        assert isinstance(survey, Surveyed)
        assert survey.images == 1
        assert [one.entry for one in lens.strongest("res2a", 5).images] == [8]
        lens.worker.submit(IndexImages(4, items))
        (*_, survey) = lens.until(is_last_survey)
        assert isinstance(survey, Surveyed)
        assert survey.images == 1  # a row that is gone does not come back
    assert len(runs) == 2
    assert list(paths.index_folder().glob("*")) == []


@pytest.mark.parametrize("as_folder", [True, False])
def test_images_that_are_left_are_indexed_anew_where_those_that_went_hide_them(
    tiny_model: Path, folder: Path, runs: list[float], *, as_folder: bool
) -> None:
    peaks = peaks_of(tiny_model, folder, "res2a", 5)
    weak = set(sorted(peaks, key=lambda name: peaks[name])[:SHOWN])
    weakest = sorted((peaks[name] for name in weak), reverse=True)
    runs.clear()
    with desk(tiny_model) as lens:
        sources = tuple(FileSource(path) for path in sorted(folder.glob("*.png")))
        if as_folder:
            lens.drop(folder)
        else:
            lens.worker.submit(ClassifyMany(3, tuple(enumerate(sources, 1))))
            lens.until(is_last_survey)
        left = tuple(
            (entry, source) for entry, source in enumerate(sources, 1) if source.name in weak
        )
        gone = frozenset(range(1, IMAGES + 1)) - {entry for entry, _ in left}
        lens.worker.submit(ForgetImages(10, gone))
        lens.until(is_last_survey)
        found = lens.strongest("res2a", 5)
        assert len(found.images) < SHOWN
        assert not found.begins_anew  # more may come by itself
        found = lens.strongest("res2a", 5, is_settled=True)
        assert found.begins_anew
        (*_, told) = lens.until(is_last_survey)
        assert isinstance(told, Surveyed)
        assert told.images == 0
        lens.worker.submit(IndexImages(11, left))
        lens.until(lambda reply: isinstance(reply, Surveyed) and reply.images == SHOWN)
        found = lens.strongest("res2a", 5, is_settled=True)
    assert not found.begins_anew
    assert [one.value for one in found.images] == pytest.approx(weakest, rel=1e-5)
    assert len(runs) == IMAGES - 1 + SHOWN
    if as_folder:  # what is kept of the whole folder is as good as before
        runs.clear()
        with desk(tiny_model) as lens:
            lens.drop(folder)
        assert runs == []
