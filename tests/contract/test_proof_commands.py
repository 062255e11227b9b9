"""``evaluate``, ``verify`` and ``export`` from the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.core.model_file import load_model
from model_export.__main__ import main

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("narrow")]


def write_pictures(folder: Path, labels: tuple[str, ...], *, per_class: int, seed: int) -> None:
    """Noisy pictures of one hue per class, as PNG."""
    random = np.random.default_rng(seed)
    for index, label in enumerate(labels):
        (folder / label).mkdir(parents=True)
        for number in range(per_class):
            pixels = random.integers(0, 90, (40, 50, 3))
            pixels[:, :, index % 3] += 150
            picture = PillowImage.fromarray(pixels.astype(np.uint8))
            picture.save(folder / label / f"{number}.png")


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Red, green and blue pictures for the tiny model, one of them broken."""
    write_pictures(tmp_path / "colours" / "train", ("red", "green", "blue"), per_class=1, seed=1)
    write_pictures(tmp_path / "colours" / "val", ("red", "green", "blue"), per_class=4, seed=2)
    return tmp_path / "colours"


@pytest.fixture
def six_classes(tmp_path: Path) -> Path:
    """Pictures for the untrained checkpoint."""
    labels = tuple(f"class {n}" for n in range(6))
    write_pictures(tmp_path / "six" / "train", labels, per_class=1, seed=3)
    write_pictures(tmp_path / "six" / "test", labels, per_class=2, seed=4)
    return tmp_path / "six"


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    status = main(["evaluate", *map(str, arguments), "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def test_model_file_is_evaluated(
    tiny_model: Path, colours: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, figures = evaluated(capsys, tiny_model, "--data", colours)
    assert status == 0
    assert figures["accuracy"] == {
        "name": "colours val", "images": 12, "top1": 1.0, "top5": None,
    }  # fmt: skip
    assert figures["confusion"] == [[4, 0, 0], [0, 4, 0], [0, 0, 4]]
    assert [c["label"] for c in figures["classes"]] == ["red", "green", "blue"]


def test_broken_images_are_reported(
    tiny_model: Path, colours: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (colours / "val" / "red" / "broken.png").write_bytes(b"broken")
    assert main(["evaluate", str(tiny_model), "--data", str(colours)]) == 1
    printed = capsys.readouterr()
    assert "colours val: top-1 100.00 % (12 of 12)" in printed.out
    assert "Could not be read and is not counted: 1" in printed.out
    assert "cannot open broken.png" in printed.err


def test_checkpoint_and_file_have_the_same_figures(
    checkpoint_file: Path,
    exported_file: Path,
    six_classes: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, of_checkpoint = evaluated(capsys, checkpoint_file, "--data", six_classes)
    assert status == 0
    assert of_checkpoint["accuracy"]["name"] == "six test"
    _, of_file = evaluated(capsys, exported_file, "--data", six_classes, "--batch-size", 5)
    errors = [figures.pop("calibration_error") for figures in (of_file, of_checkpoint)]
    assert errors[0] == pytest.approx(errors[1], abs=1e-5)  # as far as the probabilities agree
    assert of_file == of_checkpoint


def test_export_measures_and_verify_agrees(
    checkpoint_file: Path, six_classes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "six.onnx"
    arguments = ["--output", output, "--weights", "float16", "--data", six_classes]
    arguments += ["--title", "Six colours", "--licence", "CC0-1.0", "--source", "nowhere"]
    assert main(["export", *map(str, [checkpoint_file, *arguments])]) == 0
    printed = capsys.readouterr().out
    assert "175 named tensors agree on 12 images" in printed
    assert "model file: six test: top-1" in printed
    assert "answers changed by the file: 0 of 12" in printed
    assert "temperature: 1, none was fitted" in printed
    assert f"written: {output} ({output.stat().st_size / 1e6:.1f} MB)" in printed

    card = load_model(output).card
    assert card is not None
    assert (card.title, card.licence, card.source) == ("Six colours", "CC0-1.0", "nowhere")
    assert [a.name for a in card.accuracy] == ["six test"]
    _, figures = evaluated(capsys, output, "--data", six_classes)
    assert figures["accuracy"]["top1"] == card.accuracy[0].top1

    assert main(["verify", str(checkpoint_file), str(output), "--format", "json"]) == 0
    proof = json.loads(capsys.readouterr().out)
    assert (proof["images"], proof["layers"], proof["stored_as"]) == (8, 175, "float16")
    assert {d["kind"] for d in proof["differences"]} >= {"conv", "add", "softmax"}
    assert main(["verify", str(checkpoint_file), str(output), "--data", str(six_classes)]) == 0
    assert "worst relative difference" in capsys.readouterr().out


def test_export_says_when_no_temperature_helps(
    checkpoint_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tuple(f"class {n}" for n in range(6))
    write_pictures(tmp_path / "six" / "val", labels, per_class=9, seed=4)
    output = tmp_path / "six.onnx"
    arguments = [checkpoint_file, "--output", output, "--data", tmp_path / "six", "--calibrate"]
    assert main(["export", *map(str, arguments)]) == 0
    printed = capsys.readouterr().out
    assert "temperature: 1, a temperature fitted on one half of the images does not help" in printed
    card = load_model(output).card
    assert card is not None
    facts = card.training["calibration"]
    assert (card.temperature, facts["on"], facts["images"]) == (1, "six val", 54)


def test_a_foreign_file_is_no_proof(
    checkpoint_file: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(checkpoint_file), str(tiny_model)]) == 1
    assert "the file has no tensor of that name" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["gone.pt", "gone.onnx"])
def test_a_missing_file_is_said_to_be_missing(
    name: str, colours: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", name, "--data", str(colours)]) == 1
    assert name in capsys.readouterr().err
