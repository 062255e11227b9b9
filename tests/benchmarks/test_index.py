"""What the index of the strongest images adds to a folder run, and its share of a tapped run."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from skimage import data

from desktop_app import paths
from desktop_app.answering.answers import Answers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.graph.rectified import rectified_tensors
from desktop_app.core.image_index import ImageIndex
from desktop_app.core.image_peaks import IndexLayout, image_peaks
from desktop_app.core.index_table import PLACES
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.records import FileSource
from desktop_app.core.sessions import ModelSessions
from desktop_app.messages import ClassifyMany, ListImages, OpenModel
from desktop_app.messages.base import Request
from desktop_app.messages.index import SetIndexing
from tests.benchmarks.measure import compare, report

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

IMAGES = 24
MODEL = paths.bundled_models() / "everyday.onnx"


class Folders:
    """Answers requests in this thread; every run gets a folder of its own."""

    def __init__(self, place: Path) -> None:
        self.answers = Answers(lambda _: None, (MODEL.parent,))
        self._place = place
        self._numbers = itertools.count()
        self._entries = itertools.count(1)
        self._jpegs = [_jpeg(number) for number in range(IMAGES)]
        self.ask(OpenModel(1, str(MODEL), "cpu"))

    def ask(self, request: Request) -> None:
        for _ in self.answers.answer(request, Cancellation()) or ():
            pass

    def folder(self) -> Path:
        folder = self._place / str(next(self._numbers))
        folder.mkdir()
        for number, content in enumerate(self._jpegs):
            (folder / f"{number}.jpg").write_bytes(content)
        return folder

    def classify(self, folder: Path) -> None:
        self.ask(ListImages(2, (folder,)))
        sources = [FileSource(path) for path in sorted(folder.iterdir())]
        self.ask(ClassifyMany(3, tuple((next(self._entries), source) for source in sources)))


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    yield Folders(tmp_path)
    for path in paths.index_folder().glob("*"):
        path.unlink()


def _jpeg(number: int) -> bytes:
    """A photograph of 500×375, each another crop."""
    picture = PillowImage.fromarray(data.astronaut()).crop((0, number, 512, 384 + number))
    content = io.BytesIO()
    picture.resize((500, 375)).save(content, "JPEG", quality=90)
    return content.getvalue()


def test_a_folder_with_the_index_against_without(folders: Folders) -> None:
    ready = [folders.folder() for _ in range(16)]
    fresh = iter(ready)

    def indexed() -> None:
        folders.ask(SetIndexing(4, wanted=True))
        folders.classify(next(fresh))

    def plain() -> None:
        folders.ask(SetIndexing(4, wanted=False))
        folders.classify(ready[0])

    ratio = compare(indexed, plain, rounds=7)
    report(f"classify and index {IMAGES} photos / classify them alone", ratio, goal=3.0)


def test_a_folder_whose_index_was_kept_against_without(folders: Folders) -> None:
    folder = folders.folder()
    folders.classify(folder)

    def reopened() -> None:
        folders.ask(SetIndexing(4, wanted=True))
        folders.classify(folder)

    def plain() -> None:
        folders.ask(SetIndexing(4, wanted=False))
        folders.classify(folder)

    ratio = compare(reopened, plain, rounds=7)
    report(f"classify {IMAGES} photos whose index was kept / classify alone", ratio, goal=1.1)


@pytest.mark.parametrize("sharing", [True, False], ids=["ReLU shared", "every layer"])
def test_indexing_an_image_against_its_tapped_run(sharing: bool) -> None:
    sessions = ModelSessions(load_model(MODEL), "cpu")
    names = [layer.name for layer in sessions.model.layers]
    rectified = rectified_tensors(read_onnx(MODEL), names) if sharing else {}
    layout = IndexLayout(sessions.model.layers, rectified)
    index = ImageIndex(layout)
    spec = sessions.model.preprocessing
    shape = (PLACES + 60, 1, 3, spec.height, spec.width)
    tensors = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    runs = [sessions.activations(tensor, exact=True).values for tensor in tensors[: PLACES + 8]]
    for values in runs[:PLACES]:
        index.add(image_peaks(values, layout))
    turns = itertools.cycle(runs)
    ratio = compare(
        lambda: index.add(image_peaks(next(turns), layout)),
        lambda: sessions.activations(tensors[-1], exact=True),
    )
    kind = "ReLU shared" if sharing else "every layer looked at"
    report(f"indexing one image ({kind}) / its tapped run", ratio, goal=0.3)
    assert len(index) > PLACES
