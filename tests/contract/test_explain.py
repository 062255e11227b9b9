"""``explain`` writes a picture or numbers, says what it asked, and refuses what cannot be meant."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.__main__ import main
from desktop_app.core.map_names import Method
from desktop_app.core.picture_drawing import SCALE


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Grey, 80 × 60, with a green square in its upper left."""
    pixels = np.full((60, 80, 3), 60, np.uint8)
    pixels[5:30, 5:35] = (0, 255, 0)
    path = tmp_path / "square.png"
    PillowImage.fromarray(pixels).save(path)
    return path


def explained(photo: Path, model: Path, output: Path, *words: str) -> int:
    return main(["explain", str(photo), "--model", str(model), "--output", str(output), *words])


@pytest.mark.parametrize("method", ["gradcam", "integrated-gradients"])
def test_the_picture_tells_what_it_shows(
    photo: Path,
    tiny_model: Path,
    tmp_path: Path,
    method: Method,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "why.png"
    assert explained(photo, tiny_model, output, "--method", method, "--against", "red") == 0
    with PillowImage.open(output) as picture:
        said = picture.info
        assert picture.width >= 460 * SCALE
    assert (said["class"], said["against"], said["method"]) == ("green", "red", method)
    assert (said["image"], said["model"]) == ("square.png", "tiny")
    assert said.get("layer") == ("res3a_relu" if method == "gradcam" else None)
    assert float(said["low"]) < float(said["high"])
    assert ("completeness_error" in said) == (method == "integrated-gradients")
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "green and not red" in streams.err
    assert str(output) in streams.err


def test_the_picture_is_the_same_every_time(photo: Path, tiny_model: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    for output in (first, second):
        assert explained(photo, tiny_model, output, "--method", "smoothgrad") == 0
    assert first.read_bytes() == second.read_bytes()


def test_numbers_say_what_they_are(photo: Path, tiny_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "why.npz"
    words = ["--method", "layercam", "--layer", "conv1_relu", "--class", "2"]
    assert explained(photo, tiny_model, output, *words) == 0
    with np.load(output, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    assert found["values"].shape == (16, 16)
    assert found["values"].dtype == np.float32
    assert (str(found["method"]), str(found["layer"])) == ("layercam", "conv1_relu")
    assert (str(found["class"]), int(found["class_index"])) == ("blue", 2)
    assert (str(found["against"]), int(found["against_index"])) == ("", -1)
    assert found["rectangle"].tolist() == [0, 0, 80, 60]
    assert np.isnan(found["completeness_error"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--class", "purple"], "no class of that name"),
        (["--class", "green", "--against", "1"], "the same class"),
        (["--layer", "res9z"], "no layer of that name"),
        (["--method", "gradient", "--layer", "conv1"], "Leave --layer out"),
        (["--method", "cam", "--layer", "conv1"], "Leave --layer out"),
    ],
)
def test_a_wrong_call_ends_with_2_and_writes_nothing(
    photo: Path, tiny_model: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = photo.with_name("why.png")
    assert explained(photo, tiny_model, output, *words) == 2
    assert said in capsys.readouterr().err
    assert not output.exists()


def test_an_ending_that_says_nothing_is_a_wrong_call(
    photo: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explained(photo, tiny_model, tmp_path / "why.txt") == 2
    assert ".png or .npz" in capsys.readouterr().err


def test_a_layer_without_maps_ends_with_1(
    photo: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explained(photo, tiny_model, tmp_path / "why.png", "--layer", "fc3") == 1
    assert "single numbers" in capsys.readouterr().err
