"""Every command of the frozen program answers as the one from source does, with nothing set."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.frozen.pictures import LABEL
from tests.frozen.program import Words, predictions, run, run_from_source

pytestmark = pytest.mark.frozen


def test_photos_of_every_form_are_classified_as_from_source(
    program: Path, photos: list[Path]
) -> None:
    words: Words = ["classify", *photos, "--provider", "cpu", "--format", "json"]
    frozen = predictions(run(program, *words).json())
    source = predictions(run_from_source(*words).json())
    assert [name for name, _, _ in frozen] == [path.name for path in photos]
    for (name, labels, probabilities), (_, expected_labels, expected) in zip(
        frozen, source, strict=True
    ):
        assert labels == expected_labels, name
        assert labels[0] == LABEL, name
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-6, err_msg=name)


def test_a_damaged_tiff_is_refused_without_a_word_of_libtiff(program: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.tiff"
    Image.effect_noise((200, 200), 50).save(torn, compression="tiff_lzw")
    content = bytearray(torn.read_bytes())
    content[9000:9100] = bytes(100)
    torn.write_bytes(content)
    done = run(program, "classify", torn, "--format", "json", status=1)
    assert json.loads(done.out)[0]["error"]["code"] == "image-unreadable"
    assert "TIFF" not in done.err


def test_layers_are_listed_as_from_source(program: Path) -> None:
    words = ["layers", "--format", "json"]
    assert run(program, *words).json() == run_from_source(*words).json()


def test_models_are_listed_as_from_source(program: Path) -> None:
    words = ["models", "--format", "json"]
    frozen, source = run(program, *words).json(), run_from_source(*words).json()
    for listed in (*frozen, *source):
        listed["path"] = Path(listed["path"]).name
    assert frozen == source
    assert len(frozen) >= 2


def test_activations_are_those_from_source(program: Path, photo: Path, tmp_path: Path) -> None:
    words: Words = [
        "activations",
        photo,
        "--layer",
        "res4c_branch2b",
        "avg_pool",
        "--format",
        "npz",
    ]
    run(program, *words, "--output", tmp_path / "frozen")
    run_from_source(*words, "--output", tmp_path / "source")
    (frozen,), (source,) = (list((tmp_path / n).iterdir()) for n in ("frozen", "source"))
    with np.load(frozen) as arrays, np.load(source) as expected:
        assert arrays.files == expected.files
        assert len(arrays.files) == 2
        for name in arrays.files:
            np.testing.assert_allclose(arrays[name], expected[name], rtol=1e-4, atol=1e-4)


def test_activations_are_written_as_a_picture(program: Path, photo: Path, tmp_path: Path) -> None:
    words: Words = [
        "activations",
        photo,
        "--layer",
        "conv1",
        "--format",
        "png",
        "--output",
        tmp_path,
    ]
    run(program, *words)
    with Image.open(tmp_path / f"{photo.stem}-conv1.png") as picture:
        assert picture.info["layer"] == "conv1"
        assert len(picture.getcolors(maxcolors=2**24) or ()) > 100


def test_doctor_knows_every_version_and_shows_our_own_places(program: Path) -> None:
    frozen = run(program, "doctor", "--format", "json").json()
    source = run_from_source("doctor", "--format", "json").json()
    assert frozen["versions"].keys() == source["versions"].keys()
    assert all(version[0].isdigit() for version in frozen["versions"].values()), frozen["versions"]
    assert frozen["telemetry"] == "off"
    assert frozen["providers"]["cpu"]["usable"] is True
    assert Path(frozen["paths"]["resources"]).is_relative_to(program.parent)


@pytest.mark.parametrize(
    "command",
    ["classify", "layers", "activations", "explain", "render", "models", "doctor", None],
    ids=str,
)
def test_help_is_there(program: Path, command: str | None) -> None:
    done = run(program, *([command] if command else []), "--help")
    assert "usage: residual-lens" in done.out
    assert done.err == ""


def test_the_version_is_said(program: Path) -> None:
    assert run(program, "--version").out == run_from_source("--version").out


@pytest.mark.parametrize(
    "words",
    [["classify"], ["layers", "--format", "xml"], ["layers", "--model", "none"], ["--no-such"]],
    ids=" ".join,
)
def test_a_wrong_call_ends_with_2_and_a_sentence(program: Path, words: list[str]) -> None:
    done = run(program, *words, status=2)
    assert done.out == ""
    assert "residual-lens" in done.err
    assert "Traceback" not in done.err


def test_a_missing_display_is_said_in_one_sentence(program: Path) -> None:
    done = run(program, status=2)
    assert "no display" in done.err
    assert len(done.err.splitlines()) == 1
