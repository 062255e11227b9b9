"""Which images the proof runs on, and that it says so."""

from pathlib import Path

import pytest

from model_export.datasets import DataSetError, read_data_set
from model_export.proof_images import MADE, made_images, proof_images
from tests.small_training import write_folders


def test_images_of_a_data_set_are_spread_over_its_best_split(tmp_path: Path) -> None:
    data_set = read_data_set(write_folders(tmp_path / "shade"))
    proof = proof_images(data_set, 4)
    assert proof.origin == "shade/val"
    assert [image.name for image in proof.images] == ["0.png", "3.png", "1.png", "5.png"]


def test_without_a_data_set_pictures_are_made(tmp_path: Path) -> None:
    proof = proof_images(None)
    assert proof.origin == MADE
    assert len(proof.images) == len(made_images()) == 8


def test_unreadable_images_are_left_out(tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "shade", splits=("test",), count=2)
    (folder / "test" / "dark" / "0.png").write_bytes(b"broken")
    assert len(proof_images(read_data_set(folder)).images) == 3


@pytest.mark.parametrize("what", ["all broken", "all gone"])
def test_a_data_set_without_a_readable_image_is_an_error(tmp_path: Path, what: str) -> None:
    data_set = read_data_set(write_folders(tmp_path / "shade", splits=("test",), count=2))
    for path in (tmp_path / "shade").rglob("*.png"):
        path.write_bytes(b"broken")
        if what == "all gone":
            path.unlink()
    with pytest.raises(DataSetError, match="none of its 4 images can be read"):
        proof_images(data_set)


def test_an_empty_split_gives_way_to_one_with_images(tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "shade")
    for path in (folder / "val").rglob("*.png"):
        path.unlink()
    assert proof_images(read_data_set(folder)).origin == "shade/train"


def test_a_data_set_without_an_image_is_an_error(tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "shade", splits=("test",), count=0)
    with pytest.raises(DataSetError, match="there is no image in it"):
        proof_images(read_data_set(folder))
