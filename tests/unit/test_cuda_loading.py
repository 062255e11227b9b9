"""Opening CUDA's libraries: from the first place that can, and what is said when none can."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from desktop_app.core.cuda_libraries import (
    CudaFolders,
    Library,
    Place,
    places_to_look,
    wanted_libraries,
)
from desktop_app.core.cuda_loading import CudaLibraries, load_libraries, lying_in
from tests.pretended_gpu import COMPILER, build_library

LINUX = wanted_libraries("linux")
NEEDED = [library.name for library in LINUX if library.needed]
Load = Callable[[str], object]


def opens(*names: str) -> Load:
    """A loader that opens files, and these by their bare names."""

    def load(name: str) -> object:
        if "/" not in name and name not in names:
            raise OSError(f"{name}: cannot open shared object file")
        return name

    return load


def fill(folder: Path, names: Iterable[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def search(*folders: Path, load: Load | None = None) -> CudaLibraries:
    places = [Place(f"place {number}", (folder,)) for number, folder in enumerate(folders)]
    return load_libraries(LINUX, [*places, Place("the system", (), by_name=True)], load or opens())


def test_all_come_from_the_first_place_that_has_them(tmp_path: Path) -> None:
    one, two = fill(tmp_path / "one", NEEDED), fill(tmp_path / "two", NEEDED)
    libraries = search(one, two, load=opens(*NEEDED))
    assert libraries.sources == (str(one),)
    assert libraries.obstacle() == ""
    assert [found.library.name for found in libraries.found] == NEEDED


def test_what_one_place_lacks_comes_from_the_next(tmp_path: Path) -> None:
    cudnn = fill(tmp_path / "cudnn", ["libcudnn.so.9"])
    libraries = search(cudnn, load=opens(*NEEDED[:-1]))
    assert libraries.sources == ("the system", str(cudnn))
    assert libraries.missing == ()


def test_a_library_that_runs_no_convolution_may_be_missing(tmp_path: Path) -> None:
    assert "libcufft.so.12" not in NEEDED
    assert search(fill(tmp_path, NEEDED)).obstacle() == ""


def test_folders_of_wheels_are_named_as_a_person_would(tmp_path: Path) -> None:
    fill(tmp_path / "nvidia" / "cu13" / "lib", NEEDED[:-1])
    fill(tmp_path / "nvidia" / "cudnn" / "lib", NEEDED[-1:])
    places = places_to_look(CudaFolders(chosen=tmp_path), platform="linux", environment={})
    libraries = load_libraries(LINUX, places, opens())
    assert libraries.sources == (str(tmp_path),)


@pytest.mark.parametrize(
    ("there", "says"),
    [
        ([], "CUDA's libraries are not"),
        (NEEDED[:-1], "libcudnn.so.9 is not"),
        (NEEDED[:1], "CUDA's libraries are not"),
        (["libcudnn.so.9"], "CUDA's libraries are not"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, there: list[str], says: str) -> None:
    assert search(fill(tmp_path, there)).obstacle() == says


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (["libcudart.so.12", "libcublas.so.12.8.4"], "its libraries are of CUDA 12, not CUDA 13"),
        ([*NEEDED[:-1], "libcudnn.so.8"], "its libraries are of cuDNN 8, not cuDNN 9"),
        (["libcudart.so.12.8.90", "libcudnn.so.9"], "its libraries are of CUDA 12, not CUDA 13"),
    ],
)
def test_another_version_is_recognised(tmp_path: Path, there: list[str], says: str) -> None:
    libraries = search(fill(tmp_path, there))
    assert libraries.obstacle() == says
    assert {path.name for path in libraries.others} <= set(there)


def test_a_name_without_a_version_is_no_other_version(tmp_path: Path) -> None:
    assert search(fill(tmp_path, ["libcudart.so", "libcudart.so.old"])).others == ()


def test_a_file_that_cannot_be_opened_gives_way_to_the_next_place(tmp_path: Path) -> None:
    bad, good = fill(tmp_path / "bad", NEEDED[-1:]), fill(tmp_path / "good", NEEDED)

    def load(name: str) -> object:
        if str(bad) in name:
            raise OSError("file too short")
        return opens()(name)

    libraries = search(bad, good, load=load)
    assert libraries.missing == ()
    assert [(each.path.parent, each.why) for each in libraries.refused] == [(bad, "file too short")]


def test_a_file_that_cannot_be_opened_anywhere_is_named(tmp_path: Path) -> None:
    def load(name: str) -> object:
        raise OSError("invalid ELF header")

    assert (
        search(fill(tmp_path, NEEDED), load=load).obstacle() == "libcudart.so.13 cannot be loaded"
    )


def test_windows_libraries_of_another_cuda_are_recognised(tmp_path: Path) -> None:
    folder = fill(tmp_path, ["cublas64_12.dll", "cublasLt64_12.dll", "cudnn64_9.dll"])
    libraries = load_libraries(wanted_libraries("win32"), [Place("here", (folder,))], opens())
    assert libraries.obstacle() == "its libraries are of CUDA 12, not CUDA 13"


def test_looking_without_opening(tmp_path: Path) -> None:
    place = Place("here", (tmp_path / "gone", fill(tmp_path, ["libcudnn.so.9", "other.so"])))
    assert lying_in(place, LINUX) == ("libcudnn.so.9",)


@pytest.mark.skipif(
    COMPILER is None or sys.platform != "linux", reason="needs a C compiler on Linux"
)
def test_the_systems_loader_then_knows_them_by_name(tmp_path: Path) -> None:
    """What matters to ONNX Runtime: a library opened by its path is found by its name later."""
    cuda = tmp_path / "nvidia" / "cu13" / "lib"
    lt = build_library(cuda / "libcublasLt.so.13")
    blas = build_library(cuda / "libcublas.so.13", needs=[lt])
    cudnn = build_library(tmp_path / "nvidia" / "cudnn" / "lib" / "libcudnn.so.9", needs=[blas])
    for name in ("libcudart.so.13", "libcurand.so.10"):
        build_library(cuda / name)
    script = (
        "import ctypes, pathlib, sys\n"
        "from desktop_app.core.cuda_libraries import *\n"
        "from desktop_app.core.cuda_loading import load_libraries\n"
        "try:\n"
        "    ctypes.CDLL(sys.argv[2])\n"
        "except OSError:\n"
        "    print('alone: no')\n"
        "places = places_to_look(CudaFolders(chosen=pathlib.Path(sys.argv[1])), environment={})\n"
        "print(load_libraries(wanted_libraries(), places[:1]).sources)\n"
        "ctypes.CDLL('libcudnn.so.9')\n"
        "print('by name: yes')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(cudnn)],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines() == ["alone: no", f"('{tmp_path}',)", "by name: yes"]


def test_every_library_has_a_pattern_for_its_other_versions() -> None:
    for library in (*LINUX, *wanted_libraries("win32")):
        assert Path(library.name).match(library.pattern), library
    assert isinstance(LINUX[0], Library)
