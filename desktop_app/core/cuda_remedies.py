"""What to do about a GPU that stands unused, for this very installation.

A frozen program has no Python of its own to install into: its advice fills a folder that it looks
in, with anybody's pip. From source the advice is for the Python that runs. Where there is neither
pip nor Python, NVIDIA's own packages for the system do as well.
"""

import re
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from desktop_app.core.cuda_libraries import CUDA_MAJOR, CUDNN_MAJOR
from desktop_app.core.installation import is_frozen
from desktop_app.core.records import Remedy

LEAST_DRIVER: Final = 580
"""The first driver branch that knows CUDA 13 (CUDA 13.0 release notes, table 3)."""
_GPU_WHEEL: Final = "onnxruntime-gpu"
_RECORDED: Final = (
    "nvidia-cuda-nvrtc~=13.0",
    "nvidia-cuda-runtime~=13.0",
    "nvidia-cufft~=12.0",
    "nvidia-curand~=10.0",
    "nvidia-cudnn-cu13~=9.0",
)
"""The extras ``cuda`` and ``cudnn`` of onnxruntime-gpu 1.31, for a program without its metadata."""
_BOUND_TOO: Final = (f"nvidia-cublas~={CUDA_MAJOR}.0", f"nvidia-nvjitlink~={CUDA_MAJOR}.0")
"""cuDNN's and cuFFT's wheels ask for these in any version, cuBLAS 14 included."""
_EXTRAS: Final = re.compile(r"""^(nvidia-[^;]+?)\s*;\s*extra\s*==\s*["'](?:cuda|cudnn)["']$""")


def libraries(own: Path | None, *, frozen: bool, platform: str = sys.platform) -> Remedy:
    """For a GPU whose libraries are missing.

    Args:
        own: The person's own folder, which the search looks in.
        frozen: Whether this is the packaged program.
        platform: As ``sys.platform``.
    """
    if frozen and own is not None:
        python = ["py"] if platform == "win32" else ["python3"]
        words = [*python, "-m", "pip", "install", "--upgrade", "--target", str(own)]
        command = _command([*words, *distributions()], platform)
    else:
        extras = f"{_GPU_WHEEL}[cuda,cudnn]"
        command = _command([sys.executable, "-m", "pip", "install", extras], platform)
    return Remedy(
        what=f"Install NVIDIA's CUDA {CUDA_MAJOR} and cuDNN {CUDNN_MAJOR} libraries "
        "(1.3 GB to download), or choose a folder that holds them",
        command=command,
        otherwise=_without_pip(platform),
    )


def gpu_build(*, frozen: bool | None = None, platform: str = sys.platform) -> Remedy:
    """For a GPU and a build that knows only the CPU."""
    if is_frozen() if frozen is None else frozen:
        return Remedy(what="Install the package residual-lens-gpu in place of residual-lens")
    python = [sys.executable, "-m", "pip"]
    commands = (
        [*python, "uninstall", "--yes", "onnxruntime"],
        [*python, "install", f"{_GPU_WHEEL}[cuda,cudnn]"],
    )
    return Remedy(
        what="Install ONNX Runtime's GPU build in place of the CPU build",
        command=" && ".join(_command(words, platform) for words in commands),
    )


def driver(*, is_there: bool) -> Remedy:
    """For a GPU without a driver, or with one that is too old."""
    verb = "Update NVIDIA's driver to" if is_there else "Install NVIDIA's driver,"
    return Remedy(what=f"{verb} version {LEAST_DRIVER} or later")


def if_there_is_a_gpu() -> Remedy:
    """For a machine of which nothing is known."""
    return Remedy(what="Install NVIDIA's driver, if this machine has an NVIDIA GPU")


def silent_driver() -> Remedy:
    """For a driver that refuses to start."""
    return Remedy(what="Restart the machine: the driver may have been updated underneath it")


def old_gpu(has: tuple[int, int], least: tuple[int, int]) -> Remedy:
    """For a GPU that CUDA has left behind: nothing to install, and that is said."""
    return Remedy(
        what=f"Nothing can be installed for it: CUDA {CUDA_MAJOR} needs compute capability "
        f"{least[0]}.{least[1]} (Turing, 2018, or later), and this GPU has {has[0]}.{has[1]}"
    )


def distributions() -> tuple[str, ...]:
    """NVIDIA's wheels that the installed GPU build asks for, each with its version.

    Read from the build's own metadata, which the frozen program carries with it.
    """
    try:
        required = metadata.requires(_GPU_WHEEL) or ()
    except metadata.PackageNotFoundError:
        required = ()
    extras = tuple(match[1] for line in required if (match := _EXTRAS.match(line)))
    return (*(extras or _RECORDED), *_BOUND_TOO)


def _without_pip(platform: str) -> str:
    site = "https://developer.nvidia.com"
    packages = f"{site}/cuda-downloads and {site}/cudnn-downloads"
    if platform == "win32":
        return f"Without Python: NVIDIA's own installers from {packages}"
    return (
        f"Without Python: NVIDIA's own packages, as {packages} tell; on Debian and Ubuntu then: "
        f"sudo apt install cuda-toolkit-{CUDA_MAJOR} cudnn{CUDNN_MAJOR}-cuda-{CUDA_MAJOR}"
    )


def _command(words: list[str], platform: str) -> str:
    """One line for the platform's shell."""
    return subprocess.list2cmdline(words) if platform == "win32" else shlex.join(words)
