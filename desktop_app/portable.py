"""``--portable``: everything the program keeps lies in one folder beside it, nothing in the home.

Chosen by the flag, or by the folder that lies beside a frozen program already: so a copy on a
stick goes on as it began, whoever starts it and however.
"""

import contextlib
import os
from pathlib import Path

from desktop_app import paths
from desktop_app.core.errors import OutputError
from desktop_app.core.installation import is_frozen


def begin(*, asked: bool, keeps: bool = True) -> None:
    """Choose where everything is kept, before anything is.

    A folder that is there already and cannot be written to, as on a read-only disc, is still
    read from: nothing was asked for that could not be done.

    Args:
        asked: The command line says ``--portable``.
        keeps: Whether anything will be kept. Headless commands keep nothing, and a folder that one
            of them left behind would make a frozen program portable from then on.

    Raises:
        OutputError: That was asked for, and nothing can be written beside the program.
    """
    folder = paths.portable_folder()
    if asked:
        _make_sure_of(folder, stays=keeps)
    elif not (is_frozen() and folder.is_dir()):
        return
    paths.keep_everything_in(folder)
    # NVIDIA's driver would keep what it compiles in ~/.nv (CUDA C++ Programming Guide,
    # "CUDA environment variables").
    os.environ.setdefault("CUDA_CACHE_PATH", str(folder / "cuda-cache"))


def _make_sure_of(folder: Path, *, stays: bool) -> None:
    """Make the folder and try to write: permissions alone do not tell what a disc allows."""
    trial = folder / f".writable-{os.getpid()}"
    try:
        was_there = folder.is_dir()
        folder.mkdir(exist_ok=True)
        trial.touch()
        trial.unlink()
        if not (stays or was_there):
            with contextlib.suppress(OSError):  # another has put something into it by now
                folder.rmdir()
    except OSError as error:
        raise OutputError(
            f"cannot keep anything in {folder}",
            why=error.strerror or str(error),
            remedy="Move the program to a folder of your own, or leave --portable out.",
        ) from error
