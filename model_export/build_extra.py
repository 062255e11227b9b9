"""The libraries of the build step, which the program itself does without: the extra "build"."""

import shlex
import subprocess
import sys
from typing import Final

LIBRARIES: Final = frozenset(
    {"torch", "h5py", "kornia", "matplotlib", "safetensors", "scipy", "torchmetrics"}
)
"""As they are imported, and as ``pyproject.toml`` lists them."""


def advice(error: ModuleNotFoundError) -> str | None:
    """What to do about a missing library, in one line; None where it is none of the extra's."""
    library = (error.name or "").partition(".")[0]
    if library not in LIBRARIES:
        return None
    words = [sys.executable, "-m", "pip", "install", "-e", ".[build]"]
    command = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
    return (
        f"cannot go on without {library}: the build extra is not installed. "
        f"In the folder of the source, run {command}"
    )
