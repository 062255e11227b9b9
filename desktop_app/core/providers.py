"""Which execution provider can run here, and why not the other.

ONNX Runtime lists CUDA wherever its GPU build is installed and falls back in silence, which is
how a GPU goes unused for months. So the obstacles are looked for one by one, from the build to
the driver to the GPU, and the first is said in words, with what mends it; those of the libraries
follow in :mod:`desktop_app.core.cuda_loading`. Pure but for the library loader, which is an
argument, so that every answer is tested on a machine without a GPU.
"""

import ctypes
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from desktop_app.core import cuda_remedies
from desktop_app.core.cuda_libraries import CUDA_MAJOR
from desktop_app.core.cuda_loading import LibraryLoader
from desktop_app.core.records import Provider, Remedy

CUDA: Final = "CUDAExecutionProvider"
CPU: Final = "CPUExecutionProvider"

_DRIVER: Final = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_MANAGEMENT: Final = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_NAME_BYTES: Final = 96
_NO_DEVICE: Final = 100  # CUDA driver API, CUresult: CUDA_ERROR_NO_DEVICE
_CAPABILITY_MAJOR: Final = 75  # CUdevice_attribute: COMPUTE_CAPABILITY_MAJOR; MINOR is the next
_LEAST_CAPABILITY: Final = (7, 5)
"""Of CUDA 13, whose release notes drop Maxwell, Pascal and Volta: Turing and later."""
_PCI_DEVICES: Final = Path("/sys/bus/pci/devices")
_NVIDIA: Final = "0x10de"
_DISPLAY: Final = "0x03"
"""PCI base class of display controllers, which a GPU without screens has too."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps CUDA from being tried.

    Attributes:
        reason: A phrase.
        remedy: What mends it; None where nothing does.
        gpu_unused: Whether an NVIDIA GPU stands by that would run but for this.
    """

    reason: str
    remedy: Remedy | None = None
    gpu_unused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """The first GPU, as the driver tells.

    Attributes:
        name: "NVIDIA H200".
        cuda: The newest CUDA that the driver knows, (13, 0).
        capability: Compute capability, (9, 0).
        driver: The driver's version, "580.65.06"; empty where it cannot be asked.
    """

    name: str
    cuda: tuple[int, int]
    capability: tuple[int, int]
    driver: str = ""


def preferred(provider: Provider) -> tuple[str, ...]:
    """ONNX Runtime's names of what a session is to run on, the first where it can."""
    return (CUDA, CPU) if provider.name == "cuda" else (CPU,)


def cuda_obstacle(
    available: Sequence[str],
    load: LibraryLoader = ctypes.CDLL,
    *,
    pci_devices: Path = _PCI_DEVICES,
) -> Obstacle | None:
    """The first thing that keeps CUDA from being tried, or None.

    Args:
        available: ONNX Runtime's list of providers in this build.
        load: Opens a shared library or raises OSError.
        pci_devices: Linux's listing of the devices, for a GPU whose driver is not installed.
    """
    obstacle = _driver_obstacle(load, pci_devices)
    if CUDA not in available and (obstacle is None or obstacle.gpu_unused):
        return Obstacle(
            "an NVIDIA GPU is there, but this build runs on the CPU only",
            cuda_remedies.gpu_build(),
            gpu_unused=True,
        )
    return obstacle


def first_gpu(load: LibraryLoader = ctypes.CDLL) -> Gpu | None:
    """What the driver tells of the first GPU; None without driver or GPU."""
    try:
        driver = load(_DRIVER)
    except OSError:
        return None
    device = ctypes.c_int(0)
    name = ctypes.create_string_buffer(_NAME_BYTES)
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(device), 0):
        return None
    if driver.cuDeviceGetName(name, _NAME_BYTES, device):
        return None
    return Gpu(
        name=name.value.decode(errors="replace"),
        cuda=_known_cuda(driver),
        capability=_capability(driver, device),
        driver=_driver_version(load),
    )


def _driver_obstacle(load: LibraryLoader, pci_devices: Path) -> Obstacle | None:
    try:
        driver = load(_DRIVER)
    except OSError:
        if has_nvidia_gpu(pci_devices):
            return Obstacle(
                "an NVIDIA GPU is there, but not its driver", cuda_remedies.driver(is_there=False)
            )
        return Obstacle("no NVIDIA driver found", cuda_remedies.if_there_is_a_gpu())
    count = ctypes.c_int(0)
    answer = driver.cuInit(0)
    if answer == 0:
        answer = driver.cuDeviceGetCount(ctypes.byref(count))
    if answer == _NO_DEVICE or (answer == 0 and count.value < 1):
        return Obstacle("no NVIDIA GPU found")
    gpu = first_gpu(load) if answer == 0 else None
    if gpu is None:
        return Obstacle("the NVIDIA driver does not answer", cuda_remedies.silent_driver())
    return _age_obstacle(gpu)


def _age_obstacle(gpu: Gpu) -> Obstacle | None:
    if gpu.capability < _LEAST_CAPABILITY:
        return Obstacle(
            f"{gpu.name} is too old for CUDA {CUDA_MAJOR}",
            cuda_remedies.old_gpu(gpu.capability, _LEAST_CAPABILITY),
        )
    if gpu.cuda < (CUDA_MAJOR, 0):
        return Obstacle(
            f"a GPU is there, but its driver is too old for CUDA {CUDA_MAJOR}",
            cuda_remedies.driver(is_there=True),
            gpu_unused=True,
        )
    return None


def has_nvidia_gpu(pci_devices: Path = _PCI_DEVICES) -> bool:
    """Whether Linux lists an NVIDIA display controller, with or without a driver for it."""
    for device in pci_devices.glob("*"):
        try:
            vendor = (device / "vendor").read_text("ascii").strip()
            kind = (device / "class").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if vendor == _NVIDIA and kind.startswith(_DISPLAY):
            return True
    return False


def _known_cuda(driver: Any) -> tuple[int, int]:  # noqa: ANN401 - a shared library has no types
    """(13, 0) of the driver's 13000."""
    number = ctypes.c_int(0)
    if driver.cuDriverGetVersion(ctypes.byref(number)):
        return 0, 0
    return number.value // 1000, number.value % 1000 // 10


def _capability(driver: Any, device: ctypes.c_int) -> tuple[int, int]:  # noqa: ANN401 - as above
    parts = [ctypes.c_int(0), ctypes.c_int(0)]
    for offset, part in enumerate(parts):
        if driver.cuDeviceGetAttribute(ctypes.byref(part), _CAPABILITY_MAJOR + offset, device):
            return 0, 0
    return parts[0].value, parts[1].value


def _driver_version(load: LibraryLoader) -> str:
    """From NVIDIA's management library, which comes with the driver; empty without it."""
    version = ctypes.create_string_buffer(_NAME_BYTES)
    try:
        management = load(_MANAGEMENT)
    except OSError:
        return ""
    if management.nvmlInit_v2():
        return ""
    failed = management.nvmlSystemGetDriverVersion(version, _NAME_BYTES)
    management.nvmlShutdown()
    return "" if failed else version.value.decode(errors="replace")
