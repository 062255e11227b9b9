"""Which folder with CUDA's libraries a person chose, and how.

For this start on the command line, for a session or a machine in ``RESIDUAL_LENS_CUDA``, or once
and for all in the window, which remembers it. The first of these that says something counts, for
the window and for every command.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop_app import paths
from desktop_app.core.local_files import absolute, expanded, read_small

if TYPE_CHECKING:
    from desktop_app.core.cuda_libraries import CudaFolders

VARIABLE: Final = "RESIDUAL_LENS_CUDA"
CUDA_FOLDER_HELP: Final = f"a folder that holds CUDA's and cuDNN's libraries (or set {VARIABLE})"


def chosen_folder(
    *,
    named: Path | None = None,
    remembered: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Path | None:
    """The folder that counts; None where nobody chose one.

    Args:
        named: On the command line.
        remembered: What was chosen in the window.
        environment: Of the process.
    """
    said = environment.get(VARIABLE) or remembered
    chosen = named or (Path(said) if said else None)
    return None if chosen is None else absolute(expanded(chosen))


def chosen_folders(*, named: Path | None = None, remembered: str | None = None) -> "CudaFolders":
    """Where CUDA's libraries may lie besides the usual places; see :func:`chosen_folder`."""
    # Neither the window's first picture nor a start that hands its files over needs the search.
    from desktop_app.core.cuda_libraries import CudaFolders  # noqa: PLC0415

    return CudaFolders(
        chosen=chosen_folder(named=named, remembered=remembered), own=paths.user_cuda()
    )


def remembered_cuda_folder(settings: Path) -> str | None:
    """What the window remembers, without touching its file; None where that cannot be read.

    Not by way of :mod:`desktop_app.settings`, which sets a damaged file aside: that is for the
    window, which says so.
    """
    try:
        fields = json.loads(read_small(settings) or b"")
    except (OSError, ValueError, RecursionError):
        return None
    folder = fields.get("cuda_folder") if isinstance(fields, dict) else None
    return folder if isinstance(folder, str) else None
