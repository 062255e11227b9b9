"""Why CUDA does not run, answered on any machine by pretending to be another."""

# ruff: noqa: N802 - the driver's own names
import ctypes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desktop_app.core import providers
from desktop_app.core.providers import Gpu, Obstacle, cuda_obstacle, first_gpu, has_nvidia_gpu

GPU_BUILD = [providers.CUDA, providers.CPU]
NOWHERE = Path("/no/such/folder")


class Driver:
    """NVIDIA's driver and its management library, as far as they are asked."""

    def __init__(
        self,
        *,
        initialised: int = 0,
        gpus: int = 1,
        cuda: int = 13000,
        capability: tuple[int, int] = (9, 0),
        version: bytes | None = b"580.65.06",
    ) -> None:
        self.initialised = initialised
        self.gpus = gpus
        self.cuda = cuda
        self.capability = capability
        self.version = version

    def __call__(self, name: str) -> Any:
        if "cuda" not in name and self.version is None:
            raise OSError(name)
        return self

    def cuInit(self, _flags: int) -> int:
        return self.initialised

    def cuDeviceGetCount(self, count: Any) -> int:
        count._obj.value = self.gpus
        return 0

    def cuDeviceGet(self, device: Any, _ordinal: int) -> int:
        device._obj.value = 0
        return 0

    def cuDeviceGetName(self, name: Any, _length: int, _device: ctypes.c_int) -> int:
        name.value = b"NVIDIA H200"
        return 0

    def cuDriverGetVersion(self, version: Any) -> int:
        version._obj.value = self.cuda
        return 0

    def cuDeviceGetAttribute(self, value: Any, attribute: int, _device: ctypes.c_int) -> int:
        value._obj.value = self.capability[attribute - 75]
        return 0

    def nvmlInit_v2(self) -> int:
        return 0

    def nvmlShutdown(self) -> int:
        return 0

    def nvmlSystemGetDriverVersion(self, version: Any, _length: int) -> int:
        version.value = self.version
        return 0


def nothing(name: str) -> Any:
    raise OSError(name)


def obstacle(load: Any, available: list[str] = GPU_BUILD, pci: Path = NOWHERE) -> Obstacle:
    found = cuda_obstacle(available, load, pci_devices=pci)
    assert found is not None
    return found


def test_a_machine_without_a_driver_does_not_shout() -> None:
    found = obstacle(nothing)
    assert found.reason == "no NVIDIA driver found"
    assert not found.gpu_unused


@pytest.mark.parametrize(
    ("load", "why"),
    [
        (Driver(initialised=100), "no NVIDIA GPU found"),
        (Driver(initialised=999), "the NVIDIA driver does not answer"),
        (Driver(gpus=0), "no NVIDIA GPU found"),
    ],
)
def test_a_driver_is_asked_for_its_gpus(load: Driver, why: str) -> None:
    found = obstacle(load)
    assert found.reason == why
    assert not found.gpu_unused


def test_a_gpu_and_a_new_driver_are_no_obstacle() -> None:
    assert cuda_obstacle(GPU_BUILD, Driver(), pci_devices=NOWHERE) is None


@pytest.mark.parametrize("driver", [Driver(), Driver(cuda=12080)])
def test_a_cpu_build_beside_a_gpu_says_what_to_install(driver: Driver) -> None:
    found = obstacle(driver, available=[providers.CPU])
    assert found.reason == "an NVIDIA GPU is there, but this build runs on the CPU only"
    assert found.gpu_unused
    assert found.remedy is not None
    assert "onnxruntime-gpu" in found.remedy.command


def test_a_cpu_build_without_a_gpu_does_not_shout() -> None:
    assert not obstacle(nothing, available=[providers.CPU]).gpu_unused


def test_an_old_driver_is_told_to_be_updated() -> None:
    found = obstacle(Driver(cuda=12080))
    assert found.reason == "a GPU is there, but its driver is too old for CUDA 13"
    assert found.gpu_unused
    assert found.remedy is not None
    assert "580" in found.remedy.what


def test_an_old_gpu_is_not_told_to_install_anything() -> None:
    found = obstacle(Driver(capability=(6, 1)))
    assert found.reason == "NVIDIA H200 is too old for CUDA 13"
    assert not found.gpu_unused
    assert found.remedy is not None
    assert "6.1" in found.remedy.what
    assert found.remedy.command == ""


def test_the_oldest_gpu_that_cuda_13_knows_is_none() -> None:
    assert cuda_obstacle(GPU_BUILD, Driver(capability=(7, 5)), pci_devices=NOWHERE) is None


def test_a_gpu_without_a_driver_is_seen_among_the_devices(tmp_path: Path) -> None:
    def device(name: str, vendor: str, kind: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "vendor").write_text(f"{vendor}\n", "ascii")
        (folder / "class").write_text(f"{kind}\n", "ascii")

    device("0000:00:02.0", "0x8086", "0x030000")
    device("0000:01:00.1", "0x10de", "0x040300")  # its sound
    (tmp_path / "0000:09:00.0").mkdir()
    assert not has_nvidia_gpu(tmp_path)
    assert obstacle(nothing, pci=tmp_path).reason == "no NVIDIA driver found"
    device("0000:01:00.0", "0x10de", "0x030200")
    assert has_nvidia_gpu(tmp_path)
    found = obstacle(nothing, pci=tmp_path)
    assert found.reason == "an NVIDIA GPU is there, but not its driver"
    assert not found.gpu_unused


def test_the_driver_tells_of_its_gpu() -> None:
    assert first_gpu(Driver(cuda=13010)) == Gpu(
        name="NVIDIA H200", cuda=(13, 1), capability=(9, 0), driver="580.65.06"
    )


def test_a_driver_without_its_management_library_has_no_version() -> None:
    gpu = first_gpu(Driver(version=None))
    assert gpu is not None
    assert gpu.driver == ""


def test_a_missing_driver_has_no_gpu() -> None:
    assert first_gpu(nothing) is None
    assert first_gpu(lambda _: SimpleNamespace(cuInit=lambda _flags: 999)) is None
