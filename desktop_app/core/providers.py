"""Which execution provider can run here, and why not the other.

ONNX Runtime lists CUDA wherever its GPU build is installed and falls back in silence, which is
how a GPU goes unused for months. So the obstacles are looked for one by one, from the wheel to
the driver to the libraries, and the first is said in words. Pure but for the library loader,
which is an argument, so that every answer is tested on a machine without a GPU.
"""

import ctypes
import sys
from collections.abc import Callable, Sequence
from typing import Final

CUDA: Final = "CUDAExecutionProvider"
CPU: Final = "CPUExecutionProvider"

LibraryLoader = Callable[[str], ctypes.CDLL]

_DRIVER: Final = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
# What ONNX Runtime's CUDA provider links (CUDA 13, cuDNN 9), in the order they load.
_LIBRARIES: Final[tuple[str, ...]] = (
    ("cudart64_13.dll", "cublas64_13.dll", "cufft64_12.dll", "cudnn64_9.dll")
    if sys.platform == "win32"
    else ("libcudart.so.13", "libcublas.so.13", "libcufft.so.12", "libcudnn.so.9")
)
_NAME_BYTES: Final = 96
_NO_DEVICE: Final = 100  # CUDA driver API, CUresult: CUDA_ERROR_NO_DEVICE


def cuda_obstacle(available: Sequence[str], load: LibraryLoader = ctypes.CDLL) -> str | None:
    """The first thing that keeps CUDA from being tried, as a phrase, or None.

    Args:
        available: ONNX Runtime's list of providers in this build.
        load: Opens a shared library or raises OSError.
    """
    if CUDA not in available:
        return "this build of ONNX Runtime has no CUDA support"
    try:
        driver = load(_DRIVER)
    except OSError:
        return "no NVIDIA driver found"
    count = ctypes.c_int(0)
    answer = driver.cuInit(0)
    if answer == _NO_DEVICE:
        return "no NVIDIA GPU found"
    if answer != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return "the NVIDIA driver does not answer"
    if count.value < 1:
        return "no NVIDIA GPU found"
    return None


def missing_library(load: LibraryLoader = ctypes.CDLL) -> str | None:
    """The first CUDA or cuDNN library that cannot be loaded, or None."""
    for name in _LIBRARIES:
        try:
            load(name)
        except OSError:
            return name
    return None


def device_name(load: LibraryLoader = ctypes.CDLL) -> str:
    """The first GPU's name from the driver ("NVIDIA H200"), empty when it cannot be asked."""
    try:
        driver = load(_DRIVER)
    except OSError:
        return ""
    device = ctypes.c_int(0)
    name = ctypes.create_string_buffer(_NAME_BYTES)
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(device), 0):
        return ""
    if driver.cuDeviceGetName(name, _NAME_BYTES, device):
        return ""
    return name.value.decode(errors="replace")
