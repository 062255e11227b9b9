"""Images prepared by two processes, of which the other is played here."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core.errors import OutputError
from model_export.datasets import Split, read_data_set
from model_export.prepared_images import fill, prepare
from model_export.presets import find_preset
from tests.small_training import write_folders

torch = pytest.importorskip("torch")

from model_export.ranks import PeerLostError, Ranks  # noqa: E402
from model_export.shared_preparation import prepare_together  # noqa: E402

pytestmark = pytest.mark.torch

PREPROCESSING = find_preset("lesson", image_size=32).preprocessing()


class WithAnother(Ranks):
    """The first of two processes; whenever it waits, the second one does its part."""

    def __init__(self, split: Split, *, dies: bool = False) -> None:
        super().__init__(world_size=2, local_world_size=2)
        object.__setattr__(self, "split", split)
        object.__setattr__(self, "dies", dies)

    def told(self, message: str) -> list[str]:
        if message == "mapped" and self.dies:
            raise PeerLostError("-", why="-", remedy="-")
        if message == "prepared":
            fill(self.pixels, self.split, PREPROCESSING, indices=range(1, len(self.split), 2))
        elif message != "mapped":  # the file
            shape = (len(self.split), 3, 32, 32)
            object.__setattr__(self, "pixels", np.memmap(message, np.uint8, "r+", shape=shape))
        return [message, ""]


@pytest.fixture
def split(tmp_path: Path) -> Split:
    return read_data_set(write_folders(tmp_path / "shades", count=7)).split("train")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_each_prepares_its_share_and_waits_for_the_other(split: Split, scratch: Path) -> None:
    together = prepare_together(split, PREPROCESSING, ranks=WithAnother(split), scratch=scratch)
    alone = prepare(split, PREPROCESSING)
    np.testing.assert_array_equal(together.pixels, alone.pixels)
    np.testing.assert_array_equal(together.targets, alone.targets)
    assert isinstance(together.pixels, np.memmap)
    assert not together.pixels.flags.writeable
    assert list(scratch.iterdir()) == []


def test_the_file_goes_when_the_other_dies_before_it_has_it(split: Split, scratch: Path) -> None:
    with pytest.raises(PeerLostError):
        prepare_together(split, PREPROCESSING, ranks=WithAnother(split, dies=True), scratch=scratch)
    assert list(scratch.iterdir()) == []


def test_no_images_need_no_file_and_no_bar(
    split: Split, scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = split.select(np.arange(0), name="val")
    nothing = prepare_together(none, PREPROCESSING, ranks=WithAnother(none), scratch=scratch)
    assert nothing.pixels.shape == (0, 3, 32, 32)
    assert not isinstance(nothing.pixels, np.memmap)
    assert capsys.readouterr().err == ""


def test_a_full_disk_is_said_before_anything_is_written(
    split: Split, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(scratch)._replace(free=0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(OutputError, match=r"has room for 0\.0"):
        prepare_together(split, PREPROCESSING, ranks=WithAnother(split), scratch=scratch)
    assert list(scratch.iterdir()) == []


def test_a_folder_that_takes_no_file_is_named(split: Split, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        prepare_together(
            split, PREPROCESSING, ranks=WithAnother(split), scratch=tmp_path / "nowhere"
        )


def test_a_process_alone_needs_no_file(split: Split, scratch: Path) -> None:
    alone = prepare_together(split, PREPROCESSING, ranks=Ranks(), scratch=scratch)
    assert not isinstance(alone.pixels, np.memmap)
