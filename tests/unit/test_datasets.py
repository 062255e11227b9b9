"""Reading data sets: folders of classes and the lesson's HDF5 pair."""

import shutil
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core.errors import ImageUnreadableError, OutputError
from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import FileSource, PixelsSource
from model_export.datasets import DataSetError, WrongDataSetError, hold_out, read_data_set
from model_export.prepared_images import fill, prepare
from model_export.presets import find_preset
from tests.small_training import write_folders


def write_pair(folder: Path, *, images: int = 20, labels: tuple[object, ...] = (0, 1)) -> Path:
    h5py = pytest.importorskip("h5py")
    generator = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for split, count in (("train", images), ("test", 4)):
        with h5py.File(folder / f"{split}_signs.h5", "w") as file:
            file[f"{split}_set_x"] = generator.integers(0, 256, (count, 64, 64, 3), np.uint8)
            file[f"{split}_set_y"] = np.arange(count) % len(labels)
            file["list_classes"] = np.array(labels)
    return folder


def test_folders_give_labels_and_targets(tmp_path: Path) -> None:
    data_set = read_data_set(write_folders(tmp_path / "shade"))
    assert (data_set.name, data_set.labels) == ("shade", ("bright", "dark"))
    assert list(data_set.splits) == ["train", "val"]
    val = data_set.split("val")
    assert val.targets.tolist() == [0] * 6 + [1] * 6
    assert val.sources[7] == FileSource(tmp_path / "shade" / "val" / "dark" / "1.png")


NAMES = "dark\tdusk, gloaming\nbright\tnoon, midday\nother\tnobody's\nno tab\n\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_classes_are_called_by_the_first_of_their_names(tmp_path: Path, encoding: str) -> None:
    folder = write_folders(tmp_path)
    (folder / "classes.tsv").write_text(NAMES, encoding)
    data_set = read_data_set(folder)
    assert data_set.labels == ("noon", "dusk")  # in the order of the folders
    assert data_set.split("val").targets.tolist() == [0] * 6 + [1] * 6


def test_classes_that_share_their_first_name_get_all_of_their_names(tmp_path: Path) -> None:
    folder = write_folders(tmp_path)
    (folder / "classes.tsv").write_text("dark\tcrane, bird\nbright\tcrane, machine\n")
    assert read_data_set(folder).labels == ("crane, machine", "crane, bird")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"dark\tdusk\n", "it has no name for 'bright'"),
        (b"dark\tdusk\nbright\t \n", "it has no name for 'bright'"),
        (b"dark\tcrane\nbright\tcrane\n", "it calls two classes 'crane'"),
        (b"dark\tcr\xe9puscule\nbright\tmidi\n", "it is not UTF-8"),
    ],
)
def test_unusable_names_are_errors_that_say_what_to_write(
    tmp_path: Path, content: bytes, why: str
) -> None:
    folder = write_folders(tmp_path)
    (folder / "classes.tsv").write_bytes(content)
    with pytest.raises(DataSetError, match=f"{why}.*its folder, a tab and a name"):
        read_data_set(folder)


def test_hidden_folders_are_no_classes(tmp_path: Path) -> None:
    folder = write_folders(tmp_path)
    for split in ("train", "val"):
        (folder / split / ".ipynb_checkpoints").mkdir()
    (folder / "val" / ".cache").mkdir()
    assert read_data_set(folder).labels == ("bright", "dark")


@pytest.mark.torch
def test_pair_gives_pixels_and_labels(tmp_path: Path) -> None:
    data_set = read_data_set(write_pair(tmp_path / "signs", labels=(b"zero", b"one")))
    assert data_set.labels == ("zero", "one")
    assert {name: len(split) for name, split in data_set.splits.items()} == {"train": 20, "test": 4}
    source = data_set.split("test").sources[3]
    assert isinstance(source, PixelsSource)
    assert source.name == "test_signs[3]"
    assert data_set.split("test").targets.tolist() == [0, 1, 0, 1]


def test_a_split_that_is_not_there_is_an_error_that_names_the_others(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="only: train, val"):
        read_data_set(write_folders(tmp_path)).split("test")


@pytest.mark.parametrize("what", ["nothing", "missing", "one class", "foreign class"])
def test_unusable_folders_are_errors(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "set"
    if what == "nothing":
        folder.mkdir()
    elif what == "one class":
        (folder / "train" / "only").mkdir(parents=True)
    elif what == "foreign class":
        write_folders(folder)
        (folder / "val" / "grey").mkdir()
    with pytest.raises(DataSetError, match="cannot use the data set"):
        read_data_set(folder)


@pytest.mark.torch
@pytest.mark.parametrize("what", ["html", "no labels", "wrong shape", "label outside"])
def test_unusable_pairs_are_errors(tmp_path: Path, what: str) -> None:
    import h5py

    path = write_pair(tmp_path) / "train_signs.h5"
    if what == "html":
        path.write_text("<html>404</html>")
    else:
        with h5py.File(path, "a") as file:
            if what == "no labels":
                del file["list_classes"]
            elif what == "wrong shape":
                del file["train_set_x"]
                file["train_set_x"] = np.zeros((20, 64, 64), np.uint8)
            else:
                file["train_set_y"][0] = 2
    with pytest.raises(DataSetError, match=r"train_signs\.h5"):
        read_data_set(tmp_path)


def test_holding_out_takes_the_same_share_of_every_class(tmp_path: Path) -> None:
    split = read_data_set(write_folders(tmp_path, count=20)).split("train")
    train, held_out = hold_out(split, 0.15)
    assert np.bincount(train.targets).tolist() == [17, 17]
    assert np.bincount(held_out.targets).tolist() == [3, 3]
    assert set(train.sources) | set(held_out.sources) == set(split.sources)
    assert set(train.sources).isdisjoint(held_out.sources)
    again = hold_out(split, 0.15)[1]
    assert again.sources == held_out.sources


@pytest.mark.parametrize("preset", ["lesson", "keras"])
def test_prepared_images_are_what_the_program_feeds_its_network(
    tmp_path: Path, preset: str
) -> None:
    split = read_data_set(write_folders(tmp_path)).split("train")
    preprocessing = find_preset(preset, image_size=32).preprocessing()
    prepared = prepare(split, preprocessing)
    assert prepared.pixels.shape == (12, 3, 32, 32)
    assert prepared.pixels.dtype == np.uint8
    order = slice(None, None, -1) if preprocessing.channel_order == "BGR" else slice(None)
    mean = np.array(preprocessing.mean)[:, None, None]
    for index, source in enumerate(split.sources):
        program = preprocess(load_image(source), preprocessing)[0]
        pixels = prepared.pixels[index].astype(np.float64)[order]
        np.testing.assert_allclose(pixels * preprocessing.scale - mean, program, atol=1e-5)


def test_more_images_than_memory_go_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = read_data_set(write_folders(tmp_path)).split("train")
    preprocessing = find_preset("lesson", image_size=32).preprocessing()
    in_memory = prepare(split, preprocessing)
    monkeypatch.setattr("model_export.prepared_images.MEMORY_LIMIT", 0)
    in_file = prepare(split, preprocessing, scratch=tmp_path)
    assert isinstance(in_file.pixels, np.memmap)
    np.testing.assert_array_equal(in_file.pixels, in_memory.pixels)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train", "val"]


def test_a_file_that_the_disk_cannot_hold_is_refused_before_it_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = read_data_set(write_folders(tmp_path)).split("train")
    preprocessing = find_preset("lesson", image_size=32).preprocessing()
    monkeypatch.setattr("model_export.prepared_images.MEMORY_LIMIT", 0)
    needed = 12 * 3 * 32 * 32
    for free in (needed, needed - 1):
        usage = shutil.disk_usage(tmp_path)._replace(free=free)
        monkeypatch.setattr("shutil.disk_usage", lambda _, usage=usage: usage)
        with nullcontext() if free == needed else pytest.raises(OutputError, match="has room for"):
            prepare(split, preprocessing, scratch=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train", "val"]


def test_every_image_is_prepared_however_many_a_thread_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = read_data_set(write_folders(tmp_path)).split("train")
    preprocessing = find_preset("lesson", image_size=32).preprocessing()
    whole = prepare(split, preprocessing).pixels
    monkeypatch.setattr("model_export.prepared_images._AT_A_TIME", 5)
    np.testing.assert_array_equal(prepare(split, preprocessing).pixels, whole)
    odd = np.zeros_like(whole)
    fill(odd, split, preprocessing, indices=range(1, 12, 2))
    np.testing.assert_array_equal(odd[1::2], whole[1::2])
    assert not odd[::2].any()


def test_an_unreadable_image_is_an_error(tmp_path: Path) -> None:
    write_folders(tmp_path)
    (tmp_path / "train" / "dark" / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    split = read_data_set(tmp_path).split("train")
    with pytest.raises(ImageUnreadableError):
        prepare(split, find_preset("lesson", image_size=32).preprocessing())


@pytest.mark.parametrize("name", ["my_notes.h5", "weights_final.h5"])
def test_a_stray_hdf5_file_does_not_hide_folders(tmp_path: Path, name: str) -> None:
    folder = write_folders(tmp_path / "shade")
    (folder / name).write_bytes(b"")
    assert list(read_data_set(folder).splits) == ["train", "val"]


@pytest.mark.parametrize("call", ["nowhere", "nothing there", "no such split"])
def test_what_a_call_names_wrongly_is_an_error_of_its_own(tmp_path: Path, call: str) -> None:
    folder = tmp_path / "set"
    if call == "nothing there":
        folder.mkdir()
    if call == "no such split":
        write_folders(folder)
    with pytest.raises(WrongDataSetError):
        read_data_set(folder).split("test")
