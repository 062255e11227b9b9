"""An index on disk: it comes back as it was, and nothing of what has changed since is shown."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core import image_index_file
from desktop_app.core.file_stamp import FileStamp, stamp_of
from desktop_app.core.folder_index import FolderIndex, innermost
from desktop_app.core.image_index_file import (
    SUFFIX,
    index_file,
    model_digest,
    read_index,
)
from desktop_app.core.image_peaks import ImagePeaks, IndexLayout, image_peaks
from desktop_app.core.index_table import PLACES, SPARE
from desktop_app.core.model_file import load_model
from desktop_app.core.records import Layer

MODEL = "m" * 64
LAYOUT = IndexLayout(
    [Layer(name="maps", kind="conv", stage=None, block=None, role="branch", shape=(2, 3, 3))]
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with twenty files, one of them deeper."""
    root = tmp_path / "photos"
    (root / "more").mkdir(parents=True)
    for number in range(19):
        (root / f"{number}.png").write_bytes(b"x" * number)
    (root / "more" / "deep.png").write_bytes(b"deep")
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def peaks(value: float) -> ImagePeaks:
    maps = np.zeros((2, 3, 3), np.float32)
    maps[0, 1, 2], maps[1, 2, 0] = value, -value
    return image_peaks({"maps": maps}, LAYOUT)


def files_of(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def opened(root: Path, cache: Path) -> FolderIndex:
    folder = FolderIndex(LAYOUT, root=root, cache=cache, model=MODEL)
    for _ in folder.check():
        pass
    return folder


def put(folder: FolderIndex, path: Path, value: float) -> int:
    name, stamp = folder.name_of(path), stamp_of(path)
    assert name is not None
    assert stamp is not None
    return folder.add(name, stamp, peaks(value))


@pytest.fixture
def kept(root: Path, cache: Path) -> list[Path]:
    """The files, indexed in their order with rising values, and kept."""
    files = files_of(root)
    folder = opened(root, cache)
    for value, path in enumerate(files, 1):
        put(folder, path, value)
    folder.keep()
    return files


def known(folder: FolderIndex, path: Path) -> bool:
    name, stamp = folder.name_of(path), stamp_of(path)
    return name is not None and stamp is not None and folder.number(name, stamp) is not None


def values(folder: FolderIndex) -> list[float]:
    return [one.value for one in folder.index.strongest("maps", 0)]


def test_an_index_comes_back_as_it_was(root: Path, cache: Path, kept: list[Path]) -> None:
    folder = opened(root, cache)
    assert all(known(folder, path) for path in kept)
    assert values(folder) == [20, 19, 18, 17, 16, 15, 14, 13, 12]
    first = folder.index.strongest("maps", 0)[0]
    assert (first.x, first.y) == (2, 1)
    assert folder.index.ranges()["maps"][0] == -20
    assert folder.index.features()[1].shape == (20, 2)


def test_what_is_new_is_added_to_what_was_kept(root: Path, cache: Path, kept: list[Path]) -> None:
    new = root / "new.png"
    new.write_bytes(b"new")
    folder = opened(root, cache)
    assert not known(folder, new)
    put(folder, new, 99)
    folder.keep()
    assert values(opened(root, cache))[:2] == [99, 20]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"another picture"),
        lambda path: os.utime(path, ns=(1, 1)),
    ],
    ids=["vanished", "changed", "same size at another time"],
)
def test_an_image_that_is_not_the_same_any_more_is_not_shown(
    root: Path, cache: Path, kept: list[Path], change: Callable[[Path], object]
) -> None:
    change(kept[-1])
    folder = opened(root, cache)
    assert not known(folder, kept[-1])
    assert values(folder) == [19, 18, 17, 16, 15, 14, 13, 12, 11]
    assert folder.index.ranges()["maps"][1] == 19
    folder.keep()
    assert values(opened(root, cache)) == values(folder)


def test_a_folder_that_has_changed_too_much_is_indexed_anew(
    root: Path, cache: Path, kept: list[Path]
) -> None:
    for path in kept[: SPARE + 1]:
        path.unlink()
    folder = opened(root, cache)
    assert len(folder.index) == 0
    assert not any(known(folder, path) for path in kept)


def test_a_small_folder_is_exact_whatever_has_changed(root: Path, cache: Path) -> None:
    files = files_of(root)[:PLACES]
    folder = opened(root, cache)
    for value, path in enumerate(files, 1):
        put(folder, path, value)
    folder.keep()
    for path in files[:6]:
        path.unlink()
    assert len(values(opened(root, cache))) == PLACES - 6


def test_an_image_analysed_again_takes_no_second_place(root: Path, cache: Path) -> None:
    folder = opened(root, cache)
    path = files_of(root)[3]
    put(folder, path, 5)
    put(folder, path, 7)
    assert values(folder) == [7]


@pytest.mark.parametrize("where", [0, 40, 0.2, 0.5, 0.9, -30])
def test_a_damaged_file_is_built_anew(
    root: Path, cache: Path, kept: list[Path], where: float
) -> None:
    path = index_file(cache, root, MODEL)
    content = bytearray(path.read_bytes())
    at = int(where * len(content)) if isinstance(where, float) else where
    content[at] ^= 0xFF
    content[at + 1 : at + 9] = os.urandom(8)
    path.write_bytes(content)
    folder = opened(root, cache)
    # Whatever was hit: all is as it was, or nothing is taken over.
    assert values(folder) in ([], [20, 19, 18, 17, 16, 15, 14, 13, 12])


@pytest.mark.parametrize("length", [0, 1, 500, -1])
def test_a_torn_file_is_built_anew(root: Path, cache: Path, kept: list[Path], length: int) -> None:
    path = index_file(cache, root, MODEL)
    path.write_bytes(path.read_bytes()[:length])
    assert len(opened(root, cache).index) == 0
    put(folder := opened(root, cache), kept[0], 3)
    folder.keep()
    assert values(opened(root, cache)) == [3]


def test_a_file_of_another_schema_folder_or_model_is_passed_over(
    root: Path, cache: Path, kept: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = index_file(cache, root, MODEL)
    other = index_file(cache, root.parent, MODEL)
    other.write_bytes(path.read_bytes())
    assert read_index(cache, root.parent, MODEL, LAYOUT) is None
    stranger = Layer(name="x", kind="conv", stage=None, block=None, role="branch", shape=(2, 3, 3))
    assert read_index(cache, root, MODEL, IndexLayout([stranger])) is None
    assert read_index(cache, root, MODEL, LAYOUT) is not None
    monkeypatch.setattr(image_index_file, "SCHEMA", 2)
    assert read_index(cache, root, MODEL, LAYOUT) is None


def test_what_cannot_be_written_is_no_error(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    folder = opened(root, blocked)
    put(folder, files_of(root)[0], 1)
    folder.keep()
    assert values(folder) == [1]
    assert "cannot be kept" in caplog.text


def test_the_indexes_used_longest_ago_go_first(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep(name: str) -> Path:
        path = index_file(cache, root / name, MODEL)
        folder = FolderIndex(LAYOUT, root=root / name, cache=cache, model=MODEL)
        folder.add("a", FileStamp(1, 1), peaks(1))
        folder.keep()
        return path

    old, older, newest = keep("old"), keep("older"), index_file(cache, root / "new", MODEL)
    os.utime(older, (1, 1))
    os.utime(old, (2, 2))
    assert read_index(cache, root / "older", MODEL, LAYOUT) is not None  # used just now
    size = old.stat().st_size
    monkeypatch.setattr(image_index_file, "BYTES_KEPT", 5 * size // 2)
    keep("new")
    assert [path.exists() for path in (old, older, newest)] == [False, True, True]
    assert all(path.name.endswith(SUFFIX) for path in cache.iterdir())


def test_images_without_a_folder_are_kept_nowhere(root: Path, cache: Path) -> None:
    folder = FolderIndex(LAYOUT, cache=cache)
    put(folder, files_of(root)[0], 4)
    folder.keep()
    assert values(folder) == [4]
    assert not cache.exists()


def test_an_image_belongs_to_the_innermost_folder_that_was_dropped(tmp_path: Path) -> None:
    outer, inner, beside = tmp_path / "a", tmp_path / "a" / "b", tmp_path / "ab"
    assert innermost((outer, inner), inner / "x.png") == inner
    assert innermost((outer, inner), outer / "x.png") == outer
    assert innermost((outer, inner), beside / "x.png") is None


def test_the_digest_tells_models_and_preprocessing_apart(
    tiny_model: Path, plain_model: Path
) -> None:
    digests = {model_digest(load_model(path)) for path in (tiny_model, plain_model)}
    assert len(digests) == 2
    assert model_digest(load_model(tiny_model)) in digests


def test_an_image_that_is_forgotten_hides_no_other_and_the_last_one_leaves_a_new_index() -> None:
    folder = FolderIndex(LAYOUT)
    stamp = FileStamp(0, 0)
    for value in range(1, PLACES + 5):
        folder.add(f"entry {value}", stamp, peaks(value))
    folder.forget(f"entry {PLACES + 4}")
    folder.forget("nobody")
    assert values(folder) == [15, 14, 13, 12, 11, 10, 9, 8, 7]
    assert folder.current(f"entry {PLACES + 4}") is None
    for value in range(1, PLACES + 4):
        folder.forget(f"entry {value}")
    assert not folder.index.is_worn
    folder.add("entry 99", stamp, peaks(99))
    assert values(folder) == [99]
