"""Which shared libraries CUDA needs here, and where they are looked for.

The official GPU build of ONNX Runtime brings everything but NVIDIA's own libraries: 1.3 GB that
a person installs once. They may lie in a chosen folder, beside the program, in the person's own
place, among Python's packages or in the system, flat or as NVIDIA's wheels lay them out
(``nvidia/cu13/lib``, ``nvidia/cudnn/lib``). ``onnxruntime.preload_dlls`` knows a flat folder or
its own site-packages only, and does not say what it took; so the search is ours. Opening what was
found is the business of :mod:`desktop_app.core.cuda_loading`.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CUDA_MAJOR: Final = 13
CUDNN_MAJOR: Final = 9
"""What ONNX Runtime 1.31 is built with: ``build_and_package_info.cuda_version`` and the wheel's
extra ``cudnn``."""


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library.

    Attributes:
        name: Of the file, as the loader is asked for it.
        family: "CUDA" or "cuDNN", where ``major`` is that product's version; else empty.
        major: As named.
        pattern: A glob for the same library in any version.
        needed: Whether a convolutional network cannot run without it.
    """

    name: str
    family: str
    major: int
    pattern: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class CudaFolders:
    """The folders that belong to a person or an installation.

    Attributes:
        chosen: Named in the window, on the command line or in ``RESIDUAL_LENS_CUDA``.
        own: Where the program's own advice puts them: ``cuda`` in the user's data folder.
    """

    chosen: Path | None = None
    own: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One step of the search.

    Attributes:
        name: For people ("the chosen folder").
        folders: Searched in order; those that are not there count for nothing.
        by_name: Whether the system's loader is asked first, by the bare name.
        root: The folder that a person would name; None where there are many.
    """

    name: str
    folders: tuple[Path, ...]
    by_name: bool = False
    root: Path | None = None


# In the order they load: a library's own dependencies stand above it. Linked by the CUDA provider
# or opened by it at the first convolution are the needed ones; FFT nodes alone want cuFFT.
_LINUX: Final = (
    Library("libcudart.so.13", "CUDA", CUDA_MAJOR, "libcudart.so.*"),
    Library("libnvrtc.so.13", "CUDA", CUDA_MAJOR, "libnvrtc.so.*", needed=False),
    Library("libnvJitLink.so.13", "CUDA", CUDA_MAJOR, "libnvJitLink.so.*", needed=False),
    Library("libcublasLt.so.13", "CUDA", CUDA_MAJOR, "libcublasLt.so.*"),
    Library("libcublas.so.13", "CUDA", CUDA_MAJOR, "libcublas.so.*"),
    Library("libcurand.so.10", "", 10, "libcurand.so.*"),
    Library("libcufft.so.12", "", 12, "libcufft.so.*", needed=False),
    Library("libcudnn.so.9", "cuDNN", CUDNN_MAJOR, "libcudnn.so.*"),
)
# The Windows build links the CUDA runtime into itself, and cuDNN's parts are not found by their
# path relative to cudnn64_9.dll: whichever is there is opened beforehand.
_CUDNN_PARTS: Final = (
    "ops",
    "graph",
    "heuristic",
    "engines_precompiled",
    "engines_runtime_compiled",
    "engines_tensor_ir",
    "cnn",
    "adv",
    "ext",
)
_WINDOWS: Final = (
    Library("cudart64_13.dll", "CUDA", CUDA_MAJOR, "cudart64_*.dll", needed=False),
    Library("nvrtc64_130_0.dll", "", 13, "nvrtc64_*_0.dll", needed=False),
    Library("nvJitLink_130_0.dll", "", 13, "nvJitLink_*_0.dll", needed=False),
    Library("cublasLt64_13.dll", "CUDA", CUDA_MAJOR, "cublasLt64_*.dll"),
    Library("cublas64_13.dll", "CUDA", CUDA_MAJOR, "cublas64_*.dll"),
    Library("curand64_10.dll", "", 10, "curand64_*.dll", needed=False),
    Library("cufft64_12.dll", "", 12, "cufft64_*.dll", needed=False),
    *(
        Library(f"cudnn_{part}64_9.dll", "", CUDNN_MAJOR, f"cudnn_{part}64_*.dll", needed=False)
        for part in _CUDNN_PARTS
    ),
    Library("cudnn64_9.dll", "cuDNN", CUDNN_MAJOR, "cudnn64_*.dll"),
)


def wanted_libraries(platform: str = sys.platform) -> tuple[Library, ...]:
    """What is opened before the CUDA provider, in this order."""
    return _WINDOWS if platform == "win32" else _LINUX


def places_to_look(
    folders: CudaFolders,
    *,
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    frozen_at: Path | None = None,
) -> tuple[Place, ...]:
    """Where the libraries are looked for, the first place first.

    Args:
        folders: What was chosen, and the person's own place.
        platform: As ``sys.platform``.
        environment: Names of the system's folders.
        frozen_at: The folder of the frozen program; None when it runs from source.
    """
    return tuple(_places(folders, platform, environment, frozen_at))


def _places(
    folders: CudaFolders, platform: str, environment: Mapping[str, str], frozen_at: Path | None
) -> Iterator[Place]:
    named = (
        ("the chosen folder", folders.chosen),
        ("the folder beside the program", None if frozen_at is None else frozen_at / "cuda"),
        ("your own folder", folders.own),
    )
    for name, root in named:
        if root is not None:
            yield Place(name, tuple(_inside(root)), root=root)
    if frozen_at is None:
        wheels = (Path(entry) / "nvidia" for entry in sys.path if entry)
        yield Place(
            "Python's packages", tuple(found for wheel in wheels for found in _wheels(wheel))
        )
    system = _windows_folders(environment) if platform == "win32" else _unix_folders(environment)
    yield Place("the system", tuple(system), by_name=True)


def _inside(folder: Path) -> Iterator[Path]:
    """Where libraries may lie in a folder that a person names, however they filled it."""
    yield folder
    for part in ("lib", "lib64", "bin", "bin/x64", "bin/x86_64"):
        yield folder / part
    yield from _wheels(folder / "nvidia")
    if folder.name == "nvidia":
        yield from _wheels(folder)


def _wheels(nvidia: Path) -> Iterator[Path]:
    """The folders of NVIDIA's wheels: CUDA 13 shares ``cu13``, cuDNN and CUDA 12 have their own."""
    for pattern in ("*/lib", "*/bin", "*/bin/x86_64"):
        yield from sorted(nvidia.glob(pattern))


def _unix_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where distributions and NVIDIA's installers put them, often unknown to the loader."""
    yield from _entries(environment.get("LD_LIBRARY_PATH", ""), ":")
    local = Path("/usr/local")
    yield from (cuda / "lib64" for cuda in sorted(local.glob("cuda*"), reverse=True))
    for folder in ("/opt/cuda/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"):
        yield Path(folder)


def _windows_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """``PATH`` counts here too: Python's loader leaves it out."""
    for name in sorted(environment, reverse=True):
        if name.upper().startswith("CUDA_PATH"):
            yield from _inside(Path(environment[name]))
    programs = environment.get("PROGRAMFILES", "C:/Program Files")
    yield from sorted(Path(programs, "NVIDIA", "CUDNN").glob("v9*/bin/13*"), reverse=True)
    yield from sorted(Path(programs, "NVIDIA", "CUDNN").glob("v9*/bin/13*/x64"), reverse=True)
    yield from _entries(environment.get("PATH", ""), ";")


def _entries(value: str, separator: str) -> Iterator[Path]:
    yield from (Path(entry) for entry in value.split(separator) if entry)
