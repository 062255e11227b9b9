"""Where things are: what ships with the program, and the places for what it keeps.

Those are the platform's, or one folder beside the program once :func:`keep_everything_in` was
told so. Nothing is created by asking for a path.
"""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import PlatformDirs

from desktop_app.core.installation import program_folder

_NAME: Final = "residual-lens"
_DIRS: Final = PlatformDirs(_NAME, appauthor=False, roaming=False)
_PORTABLE_NAME: Final = "residual-lens-data"
_HAS_RUNTIME_FOLDERS: Final = sys.platform not in ("win32", "darwin")


@dataclass(slots=True)
class _Choice:
    """Chosen once, by the command line, before anything asks."""

    folder: Path | None = None


_choice: Final = _Choice()


def keep_everything_in(folder: Path | None) -> None:
    """From now on everything kept lies in ``folder``; None means the platform's places."""
    _choice.folder = folder


def is_portable() -> bool:
    """Whether everything is kept in one folder beside the program."""
    return _choice.folder is not None


def portable_folder() -> Path:
    """The folder in which a portable program keeps everything, whether or not this one does.

    ``residual-lens-data`` beside the frozen program (on macOS beside the ``.app``), else beside
    the package: at the top of a checkout, in ``site-packages`` of an installed wheel.
    """
    return (program_folder() or Path(__file__).resolve().parents[1]) / _PORTABLE_NAME


def resources() -> Path:
    """The folder with bundled models, icons, fonts, samples and licences.

    In a frozen program it lies beside the modules, in an installed wheel inside the package, in
    a checkout at the top level.
    """
    package = Path(__file__).resolve().parent
    candidates = (
        Path(getattr(sys, "_MEIPASS", package)) / "resources",
        package / "resources",
        package.parent / "resources",
    )
    return next((folder for folder in candidates if folder.is_dir()), candidates[-1])


def bundled_models() -> Path:
    """The folder with the models that ship with the program."""
    return resources() / "models"


def fonts() -> Path:
    """The folder with the bundled typeface."""
    return resources() / "fonts"


def samples() -> Path:
    """The folder with the pictures that ship with the program."""
    return resources() / "samples"


def user_models() -> Path:
    """The folder into which a person may put models of their own."""
    return (_choice.folder or Path(_DIRS.user_data_dir)) / "models"


def user_cuda() -> Path:
    """The folder in which a person may put CUDA's libraries for this program alone."""
    return (_choice.folder or Path(_DIRS.user_data_dir)) / "cuda"


def settings_file() -> Path:
    """The JSON file with what the window remembers."""
    return (_choice.folder or Path(_DIRS.user_config_dir)) / "settings.json"


def index_folder() -> Path:
    """The folder for indexes of image folders: they can be deleted, and are then built anew."""
    return (_choice.folder / "cache" if _choice.folder else Path(_DIRS.user_cache_dir)) / "indexes"


def log_folder() -> Path:
    """The folder for logs."""
    return _choice.folder / "log" if _choice.folder else Path(_DIRS.user_log_dir)


def runtime_folder() -> Path:
    """The folder in which the first process and later ones meet, for nobody else to enter.

    Where the session has no such place, or another person's, as after ``su``, it lies with the
    logs: a folder under ``/tmp``, which platformdirs would name, might have been made by somebody
    else. Not every platformdirs asks whose ``XDG_RUNTIME_DIR`` is.
    """
    if _choice.folder:
        return _choice.folder / "run"
    if not _HAS_RUNTIME_FOLDERS:
        return Path(_DIRS.user_runtime_dir)
    session = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if session.is_absolute() and _is_private(session):
        return session / _NAME
    return Path(_DIRS.user_state_dir) / "run"


def _is_private(folder: Path) -> bool:
    """Whether a folder, itself and not behind a link, is this person's and nobody else's."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    is_open = stat.S_IMODE(status.st_mode) & 0o077
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not is_open
