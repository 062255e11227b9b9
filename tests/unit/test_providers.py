"""Why CUDA does not run, answered on any machine by pretending to be another."""

import ctypes
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from desktop_app.core import providers

GPU_BUILD = [providers.CUDA, providers.CPU]


def driver(*, initialised: int = 0, gpus: int = 1) -> Callable[[str], ctypes.CDLL]:
    def count(pointer: object) -> int:
        pointer._obj.value = gpus  # type: ignore[attr-defined]
        return 0

    def load(_: str) -> ctypes.CDLL:
        return SimpleNamespace(  # type: ignore[return-value]
            cuInit=lambda _flags: initialised, cuDeviceGetCount=count
        )

    return load


def nothing(name: str) -> ctypes.CDLL:
    raise OSError(name)


def test_a_cpu_build_says_so() -> None:
    why = providers.cuda_obstacle([providers.CPU], driver())
    assert why == "this build of ONNX Runtime has no CUDA support"


def test_a_machine_without_a_driver_says_so() -> None:
    assert providers.cuda_obstacle(GPU_BUILD, nothing) == "no NVIDIA driver found"


@pytest.mark.parametrize(
    ("load", "why"),
    [
        (driver(initialised=100), "no NVIDIA GPU found"),
        (driver(initialised=999), "the NVIDIA driver does not answer"),
        (driver(gpus=0), "no NVIDIA GPU found"),
        (driver(), None),
    ],
)
def test_a_driver_is_asked_for_its_gpus(
    load: Callable[[str], ctypes.CDLL], why: str | None
) -> None:
    assert providers.cuda_obstacle(GPU_BUILD, load) == why


def test_the_first_missing_library_is_named() -> None:
    def all_but_cudnn(name: str) -> ctypes.CDLL:
        if "cudnn" in name:
            raise OSError(name)
        return SimpleNamespace()  # type: ignore[return-value]

    missing = providers.missing_library(all_but_cudnn)
    assert missing is not None
    assert "cudnn" in missing
    assert providers.missing_library(lambda _: SimpleNamespace()) is None  # type: ignore[arg-type,return-value]


def test_a_missing_driver_has_no_device_name() -> None:
    assert providers.device_name(nothing) == ""
