"""The whole program beside an NVIDIA driver that answers, without a GPU and without CUDA.

The driver is a real shared library of a few lines, so everything but the device is as it will be.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.pretended_gpu import COMPILER, build_driver, build_library

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    COMPILER is None or sys.platform != "linux", reason="needs a C compiler on Linux"
)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_driver(tmp_path_factory.mktemp("driver"))


@pytest.fixture
def run(tmp_path: Path, driver: Path) -> Run:
    """The command line in a home of its own; ``driver`` may name another one."""
    home = tmp_path / "home"
    home.mkdir()

    def run(*words: object, driver: Path = driver, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "desktop_app", *map(str, words)],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "LC_ALL": "C.UTF-8",
                "LD_LIBRARY_PATH": str(driver),
                **more,
            },
        )

    searched = findings_of(run("doctor", "--format", "json"))["cuda_libraries"]["searched"]
    if any("libcudnn.so.9" in place["found"] for place in searched):
        pytest.skip("this machine has CUDA's libraries, which would run on the pretended driver")
    return run


def findings_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_doctor_sees_the_gpu_and_gives_the_command(run: Run) -> None:
    findings = findings_of(run("doctor", "--format", "json"))
    assert findings["gpu"]["name"] == "Pretended GPU"
    assert findings["gpu"]["driver"] == "580.65.06"
    cuda = findings["providers"]["cuda"]
    assert cuda["why"].startswith("a GPU is there, but")
    assert "onnxruntime-gpu[cuda,cudnn]" in cuda["command"]
    assert sys.executable in cuda["command"]
    assert cuda["command"] in run("doctor").stdout


def test_doctor_sees_an_old_driver(run: Run, tmp_path: Path) -> None:
    old = build_driver(tmp_path / "old", cuda=12080)
    cuda = findings_of(run("doctor", "--format", "json", driver=old))["providers"]["cuda"]
    assert cuda["why"] == "a GPU is there, but its driver is too old for CUDA 13"
    assert "580" in cuda["what_to_do"]


def test_the_chosen_folder_is_searched_whoever_chose_it(run: Run, tmp_path: Path) -> None:
    names = ("libcudart.so.12", "libcublasLt.so.12", "libcublas.so.12")
    folder = tmp_path / "CUDA 12"
    for name in names:
        build_library(folder / "nvidia" / "x" / "lib" / name)
    settings = tmp_path / "home" / ".config" / "residual-lens" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"cuda_folder": str(folder), "unknown": 1}), "utf-8")
    elsewhere = {"RESIDUAL_LENS_CUDA": str(tmp_path / "elsewhere")}
    for done in (
        run("doctor", "--format", "json"),
        run("doctor", "--format", "json", "--cuda-folder", folder, **elsewhere),
        run("doctor", "--format", "json", RESIDUAL_LENS_CUDA=str(folder)),
    ):
        findings = findings_of(done)
        first = findings["cuda_libraries"]["searched"][0]
        assert (first["place"], first["folder"]) == ("the chosen folder", str(folder))
        why = findings["providers"]["cuda"]["why"]
        assert why == "a GPU is there, but its libraries are of CUDA 12, not CUDA 13"
    findings = findings_of(run("doctor", "--format", "json", **elsewhere))
    assert findings["cuda_libraries"]["searched"][0]["folder"] == str(tmp_path / "elsewhere")


def test_classify_goes_on_without_it_unless_it_was_asked_for(
    run: Run, tmp_path: Path, tiny_model: Path
) -> None:
    picture = tmp_path / "red.png"
    Image.fromarray(np.full((32, 32, 3), (255, 0, 0), np.uint8)).save(picture)
    words = ("classify", picture, "--model", tiny_model, "--format", "json")
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["provider"] == "cpu"
    done = run(*words, "--provider", "cuda")
    assert done.returncode == 1
    assert "pip install" in done.stderr
