"""An NVIDIA driver and CUDA's libraries as tiny shared libraries, for machines without a GPU.

Real files for the real loader: what is tested with them is searching, opening and wording. They
compute nothing, so nothing may ever run on them.
"""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

COMPILER: Final = shutil.which("gcc") or shutil.which("cc")

_DRIVER: Final = """
#include <string.h>
int cuInit(unsigned flags) { return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = 0; return 0; }
int cuDeviceGetName(char *name, int length, int device) {
    strncpy(name, "Pretended GPU", length); return 0; }
int cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = attribute == 75 ? 9 : 0; return 0; }
"""
_MANAGEMENT: Final = """
#include <string.h>
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetDriverVersion(char *version, unsigned length) {
    strncpy(version, "580.65.06", length); return 0; }
"""


def build_library(path: Path, source: str = "", *, needs: Iterable[Path] = ()) -> Path:
    """Compile a shared library whose SONAME is its file name, and that links ``needs``."""
    assert COMPILER is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [COMPILER, "-shared", "-fPIC", "-x", "c", "-", "-o", str(path)]
    command += [f"-Wl,-soname,{path.name}", "-Wl,--no-as-needed", "-x", "none"]
    subprocess.run([*command, *map(str, needs)], input=source.encode(), check=True)
    return path


def build_driver(folder: Path, *, cuda: int = 13000) -> Path:
    """A driver with one GPU; ``cuda`` is what it knows, 13000 for 13.0. Returns ``folder``."""
    build_library(folder / "libcuda.so.1", _DRIVER.replace("VERSION", str(cuda)))
    build_library(folder / "libnvidia-ml.so.1", _MANAGEMENT)
    return folder
