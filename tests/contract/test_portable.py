"""``--portable``: the window and every command keep everything beside the program."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from desktop_app.__main__ import COMMANDS
from tests.example_view import write_example
from tests.unseen_window import ROOT, UnseenProgram, end

WORDS = {
    "classify": ["resources/samples/two-fingers.png", "--model", "tiny"],
    "layers": ["--model", "tiny"],
    "activations": [
        *("resources/samples/two-fingers.png", "--model", "tiny"),
        *("--layer", "conv1", "--output", "maps"),
    ],
    "explain": ["resources/samples/two-fingers.png", "--model", "tiny", "--output", "why.png"],
    "render": ["hand.lensview", "--output", "hand.png"],
    "models": [],
    "doctor": [],
}


@pytest.fixture
def program(tmp_path: Path) -> UnseenProgram:
    """A copy: beside the one that is tested nothing may be left."""
    home, root = tmp_path / "home", tmp_path / "stick"
    home.mkdir()
    shutil.copytree(
        ROOT / "desktop_app",
        root / "desktop_app",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (root / "resources").symlink_to(ROOT / "resources")
    return UnseenProgram(home, root)


@pytest.fixture
def data(program: UnseenProgram, tiny_model: Path) -> Path:
    """The portable folder, with a model of the person's own."""
    folder = program.root / "residual-lens-data"
    (folder / "models").mkdir(parents=True)
    shutil.copy(tiny_model, folder / "models" / "tiny.onnx")
    write_example(program.root / "hand.lensview", model="tiny")
    return folder


def test_every_command_is_tried() -> None:
    assert set(WORDS) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_finds_the_persons_models_there_and_keeps_out_of_the_home(
    command: str, program: UnseenProgram, data: Path
) -> None:
    before, after = ([command, *WORDS[command]], [])
    if command in ("models", "doctor"):  # anywhere: before the name or after the last word
        before, after = [command], ["--format", "json"]
        assert '"tiny"' in program.run("--portable", *before, *after).stdout
    done = program.run(*before, "--portable", *after)
    assert done.returncode == 0, done.stderr
    assert list(program.home.iterdir()) == []
    without = program.run(*before, *after)
    assert without.returncode == (0 if command in ("models", "doctor") else 2)
    assert '"tiny"' not in without.stdout


def test_doctor_shows_where_everything_is(program: UnseenProgram, data: Path) -> None:
    found = json.loads(program.run("doctor", "--format", "json", "--portable").stdout)
    for name in ("own models", "settings", "logs"):
        assert Path(found["paths"][name]).is_relative_to(data)


def test_a_command_keeps_nothing_and_leaves_no_folder_behind(program: UnseenProgram) -> None:
    found = json.loads(program.run("doctor", "--format", "json", "--portable").stdout)
    folder = program.root / "residual-lens-data"
    assert Path(found["paths"]["settings"]).is_relative_to(folder)
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the window is closed by a signal here")
def test_window_keeps_everything_there_and_meets_its_own_later_starts(
    program: UnseenProgram, data: Path
) -> None:
    with program.window("--portable", "--model", "tiny", "first.png") as process:
        assert program.run("later.png", "--portable").returncode == 0
        assert end(process)[0] == 0
    assert list(program.home.iterdir()) == []
    recent = json.loads((data / "settings.json").read_text("utf-8"))["recent"]
    assert {Path(name).name for name in recent} == {"first.png", "later.png"}


@pytest.mark.parametrize("words", [["models"], ["picture.png"]], ids=["command", "window"])
def test_place_that_cannot_be_written_is_a_wrong_call(
    words: list[str], program: UnseenProgram
) -> None:
    (program.root / "residual-lens-data").write_text("a file where the folder should be")
    done = program.run(*words, "--portable")
    assert done.returncode == 2
    assert "cannot keep anything in" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(program.home.iterdir()) == []


def test_a_file_of_that_name_is_still_a_file(program: UnseenProgram) -> None:
    done = program.run("classify", "--model", "signs", "--", "--portable")
    assert done.returncode == 1
    assert "--portable" in done.stdout + done.stderr
    assert not (program.root / "residual-lens-data").exists()
