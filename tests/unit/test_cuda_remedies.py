"""The exact command for this installation."""

import re
import shlex
import sys
from importlib import metadata
from pathlib import Path

import pytest

from desktop_app.core import cuda_remedies


def test_a_frozen_program_is_filled_from_outside() -> None:
    own = Path("/home/a person/.local/share/residual-lens/cuda")
    remedy = cuda_remedies.libraries(own, frozen=True, platform="linux")
    words = shlex.split(remedy.command)
    assert words[:4] == ["python3", "-m", "pip", "install"]
    assert words[words.index("--target") + 1] == str(own)
    assert any(word.startswith("nvidia-cudnn-cu13") for word in words)
    assert "apt install" in remedy.otherwise
    assert "https://developer.nvidia.com/cuda-downloads" in remedy.otherwise


def test_what_cudnn_needs_is_bound_to_the_same_cuda() -> None:
    """cuDNN's wheel asks for any cuBLAS, and --no-deps would leave it out altogether."""
    words = shlex.split(cuda_remedies.libraries(Path("/x"), frozen=True, platform="linux").command)
    assert "nvidia-cublas~=13.0" in words
    assert "nvidia-nvjitlink~=13.0" in words
    assert "--no-deps" not in words


def test_from_source_this_very_python_is_filled() -> None:
    words = shlex.split(cuda_remedies.libraries(Path("/x"), frozen=False).command)
    assert words == [sys.executable, "-m", "pip", "install", "onnxruntime-gpu[cuda,cudnn]"]


def test_windows_has_its_own_quotes_and_its_own_launcher() -> None:
    own = Path("C:/Users/A Person/AppData/Local/residual-lens/cuda")
    remedy = cuda_remedies.libraries(own, frozen=True, platform="win32")
    assert remedy.command.startswith("py -m pip install")
    assert f'"{own}"' in remedy.command
    assert "apt" not in remedy.otherwise


def test_the_cpu_build_is_replaced() -> None:
    assert "residual-lens-gpu" in cuda_remedies.gpu_build(frozen=True).what
    command = cuda_remedies.gpu_build(frozen=False, platform="linux").command
    first, second = command.split(" && ")
    assert shlex.split(first)[-1] == "onnxruntime"
    assert shlex.split(second)[-1] == "onnxruntime-gpu[cuda,cudnn]"


def test_the_recorded_wheels_are_those_of_the_installed_build(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
        metadata.version("onnxruntime-gpu")
    except metadata.PackageNotFoundError:
        pytest.skip("the GPU build is not installed")
    from_build = cuda_remedies.distributions()

    def not_there(_: str) -> list[str]:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "requires", not_there)
    assert cuda_remedies.distributions() == from_build


def test_wheels_are_read_from_the_builds_own_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "numpy>=1.21.6",
        'nvidia-cuda-runtime~=14.1; extra == "cuda"',
        "nvidia-cudnn-cu14~=9.0 ; extra == 'cudnn'",
        'sympy; extra == "symbolic"',
    ]
    monkeypatch.setattr(metadata, "requires", lambda _: lines)
    found = cuda_remedies.distributions()
    assert found[:2] == ("nvidia-cuda-runtime~=14.1", "nvidia-cudnn-cu14~=9.0")
    assert all(re.match(r"nvidia-", name) for name in found)
