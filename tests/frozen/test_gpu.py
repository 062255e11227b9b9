"""The frozen program beside a GPU whose libraries are missing, or lie where it has to find them.

The driver and the libraries are real files of a few lines: all but the device is as it will be.
cuDNN is always left out, so that nothing ever runs on them.
"""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.frozen.no_skips import CUDNN_IS_THERE, NO_LIBRARIES
from tests.frozen.program import run
from tests.frozen.test_places import linked_copy
from tests.pretended_gpu import COMPILER, build_driver, build_library

pytestmark = [
    pytest.mark.frozen,
    pytest.mark.skipif(
        COMPILER is None or sys.platform != "linux", reason="needs a C compiler on Linux"
    ),
]
CUDA = ("libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10")
CUDNN = "libcudnn.so.9"
Doctor = Callable[..., dict[str, Any]]


@pytest.fixture
def doctor(program: Path, home: Path, tmp_path: Path) -> Doctor:
    """What ``doctor`` finds with a pretended driver, of this program or of a copy."""
    driver = build_driver(tmp_path / "driver")

    def doctor(*words: str | Path, program: Path = program, **more: str) -> dict[str, Any]:
        variables = {"HOME": str(home), "LD_LIBRARY_PATH": str(driver), **more}
        found: dict[str, Any] = run(
            program, "doctor", "--format", "json", *words, variables=variables
        ).json()
        return found

    places = doctor()["cuda_libraries"]["searched"]
    if any(CUDNN in place["found"] for place in places):
        pytest.skip(CUDNN_IS_THERE)
    return doctor


@pytest.fixture
def gpu_doctor(doctor: Doctor) -> Doctor:
    """The same, of the GPU flavour."""
    if doctor()["flavour"] != "gpu":
        pytest.skip(NO_LIBRARIES)
    return doctor


def fill(folder: Path) -> Path:
    for name in CUDA:
        build_library(folder / name)
    return folder


def found_in(findings: dict[str, Any]) -> dict[str, set[str]]:
    places = findings["cuda_libraries"]["searched"]
    return {place["place"]: set(place["found"]) for place in places}


def test_a_gpu_that_cannot_be_used_comes_with_what_to_do(doctor: Doctor, home: Path) -> None:
    findings = doctor()
    assert findings["gpu"]["name"] == "Pretended GPU"
    cuda = findings["providers"]["cuda"]
    if findings["flavour"] == "cpu":
        assert "runs on the CPU only" in cuda["why"]
        assert "residual-lens-gpu" in cuda["what_to_do"]
        return
    assert cuda["why"].startswith("a GPU is there, but")
    words = shlex.split(cuda["command"])
    own = home / ".local" / "share" / "residual-lens" / "cuda"
    assert Path(words[words.index("--target") + 1]) == own
    assert findings["paths"]["own CUDA libraries"] == str(own)
    wheels = {word.split("~=")[0] for word in words if word.startswith("nvidia-")}
    assert {"nvidia-cublas", "nvidia-curand", "nvidia-cuda-runtime", "nvidia-cudnn-cu13"} <= wheels


def test_libraries_are_found_in_a_chosen_folder(gpu_doctor: Doctor, tmp_path: Path) -> None:
    folder = fill(tmp_path / "my libraries")
    for findings in (
        gpu_doctor("--cuda-folder", folder),
        gpu_doctor(RESIDUAL_LENS_CUDA=str(folder)),
    ):
        assert found_in(findings)["the chosen folder"] == set(CUDA)
        assert findings["cuda_libraries"]["missing"] == [CUDNN]
        assert findings["providers"]["cuda"]["why"] == f"a GPU is there, but {CUDNN} is not"


def test_libraries_are_found_where_pip_puts_them(gpu_doctor: Doctor) -> None:
    words = shlex.split(gpu_doctor()["providers"]["cuda"]["command"])
    own = Path(words[words.index("--target") + 1])
    fill(own / "nvidia" / "cu13" / "lib")
    findings = gpu_doctor()
    assert found_in(findings)["your own folder"] == set(CUDA)
    assert findings["cuda_libraries"]["missing"] == [CUDNN]


def test_libraries_are_found_beside_the_program(
    gpu_doctor: Doctor, folder: Path, tmp_path: Path
) -> None:
    copy = linked_copy(folder, tmp_path / "program")
    fill(copy.parent / "cuda")
    started = tmp_path / "started"
    started.symlink_to(copy)
    findings = gpu_doctor(program=started)
    assert found_in(findings)["the folder beside the program"] == set(CUDA)
    assert findings["cuda_libraries"]["missing"] == [CUDNN]
