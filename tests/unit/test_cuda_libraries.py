"""Where CUDA's libraries are looked for, in which order, and that they are the right ones."""

import mmap
import sys
from pathlib import Path

import onnxruntime
import pytest

from desktop_app.core.cuda_libraries import (
    CUDA_MAJOR,
    CudaFolders,
    Place,
    places_to_look,
    wanted_libraries,
)


def names(places: tuple[Place, ...]) -> list[str]:
    return [place.name for place in places]


def test_a_frozen_program_looks_in_what_was_chosen_then_beside_itself_then_at_home() -> None:
    folders = CudaFolders(chosen=Path("/chosen"), own=Path("/home/me/cuda"))
    places = places_to_look(folders, platform="linux", environment={}, frozen_at=Path("/opt/rl"))
    assert [place.root for place in places[:3]] == [
        Path("/chosen"),
        Path("/opt/rl/cuda"),
        Path("/home/me/cuda"),
    ]
    assert names(places)[3:] == ["the system"]
    assert places[-1].by_name


def test_from_source_pythons_own_packages_come_before_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "nvidia" / "cu13" / "lib"
    wheel.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path)])
    places = places_to_look(CudaFolders(), platform="linux", environment={})
    assert names(places) == ["Python's packages", "the system"]
    assert places[0].folders == (wheel,)


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "lib",
        "lib64",
        "bin/x64",
        "nvidia/cu13/lib",
        "nvidia/cudnn/bin",
        "nvidia/cu13/bin/x86_64",
    ],
)
def test_a_chosen_folder_is_searched_however_it_was_filled(tmp_path: Path, inner: str) -> None:
    (tmp_path / inner).mkdir(parents=True, exist_ok=True)
    place = places_to_look(CudaFolders(chosen=tmp_path), platform="linux", environment={})[0]
    assert tmp_path / inner in place.folders


def test_the_nvidia_folder_of_the_wheels_may_be_chosen_itself(tmp_path: Path) -> None:
    lib = tmp_path / "nvidia" / "cudnn" / "lib"
    lib.mkdir(parents=True)
    chosen = CudaFolders(chosen=tmp_path / "nvidia")
    assert lib in places_to_look(chosen, platform="linux", environment={})[0].folders


def test_the_loaders_variable_counts_before_the_usual_folders() -> None:
    environment = {"LD_LIBRARY_PATH": "/first::/second"}
    system = places_to_look(CudaFolders(), platform="linux", environment=environment)[-1]
    assert system.folders[:2] == (Path("/first"), Path("/second"))
    assert Path("/usr/lib64") in system.folders


def test_on_windows_the_toolkit_and_the_path_count(tmp_path: Path) -> None:
    cudnn = tmp_path / "NVIDIA" / "CUDNN" / "v9.14" / "bin" / "13.0"
    cudnn.mkdir(parents=True)
    toolkit = tmp_path / "CUDA" / "v13.0"
    environment = {
        "CUDA_PATH": str(toolkit),
        "PROGRAMFILES": str(tmp_path),
        "PATH": f"{tmp_path / 'one'};{tmp_path / 'two'}",
    }
    system = places_to_look(CudaFolders(), platform="win32", environment=environment)[-1]
    for folder in (toolkit / "bin" / "x64", cudnn, tmp_path / "two"):
        assert folder in system.folders


@pytest.mark.parametrize(
    ("platform", "lower", "upper", "last"),
    [
        ("linux", "libcublasLt.so.13", "libcublas.so.13", "libcudnn.so.9"),
        ("win32", "cublasLt64_13.dll", "cublas64_13.dll", "cudnn64_9.dll"),
    ],
)
def test_a_library_stands_below_what_it_links(
    platform: str, lower: str, upper: str, last: str
) -> None:
    order = [library.name for library in wanted_libraries(platform)]
    assert order.index(lower) < order.index(upper)
    assert order[-1] == last


def test_the_libraries_are_those_of_the_installed_cuda_provider() -> None:
    provider = Path(onnxruntime.__file__).parent / "capi" / "libonnxruntime_providers_cuda.so"
    if not provider.is_file():
        pytest.skip("this ONNX Runtime has no CUDA provider for Linux")
    from onnxruntime.capi import build_and_package_info

    assert build_and_package_info.cuda_version.split(".")[0] == str(CUDA_MAJOR)
    # cuDNN is opened later, by a name that the compiler has taken to pieces.
    linked = [each.name for each in wanted_libraries("linux") if each.needed][:-1]
    with provider.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        missing = [name for name in linked if text.find(f"\0{name}\0".encode()) < 0]
    assert missing == []
