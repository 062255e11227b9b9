"""The build step where its libraries are not installed says so, and what to do, in one line."""

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from model_export.build_extra import LIBRARIES

ROOT = Path(__file__).resolve().parents[2]

WITHOUT = """
import sys
sys.modules[sys.argv.pop(1)] = None
from model_export.__main__ import main
sys.exit(main())
"""


def model_export(library: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, library, *words],
        check=False, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("describe", "--preset", "lesson"),
        ("train", "--data", "DATA", "--preset", "lesson", "--output", "OUTPUT"),
        ("evaluate", "OUTPUT.pt", "--data", "DATA"),
        ("export", "OUTPUT.pt", "--output", "OUTPUT.onnx"),
    ],
    ids=lambda words: words[0],
)
def test_without_torch_every_command_is_a_wrong_call(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    for place in ("train/one", "train/two", "val/one", "val/two"):
        (tmp_path / "data" / place).mkdir(parents=True)
        (tmp_path / "data" / place / "a.png").touch()
    (tmp_path / "run.pt").touch()
    places = {"DATA": str(tmp_path / "data"), "OUTPUT": str(tmp_path / "run")}
    for name, place in places.items():
        words = tuple(word.replace(name, place) for word in words)
    done = model_export("torch", *words)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("model-export: cannot go on without torch: ")
    assert done.stderr.endswith(f"{sys.executable} -m pip install -e '.[build]'\n")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_another_module_that_is_missing_is_a_fault_of_the_program() -> None:
    done = model_export("model_export.resnet", "describe", "--preset", "lesson")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_the_libraries_are_those_of_the_build_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {line.split("=")[0].rstrip(">") for line in project["optional-dependencies"]["build"]}
    assert named == LIBRARIES
    assert all(metadata.version(name) for name in LIBRARIES)
