"""Where things are: what ships with the program, and the platform's places for what it keeps.

Nothing is created by asking for a path.
"""

import sys
from pathlib import Path
from typing import Final

from platformdirs import PlatformDirs

_DIRS: Final = PlatformDirs("residual-lens", appauthor=False, roaming=False)


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


def samples() -> Path:
    """The folder with the pictures that ship with the program."""
    return resources() / "samples"


def user_models() -> Path:
    """The folder into which a person may put models of their own."""
    return Path(_DIRS.user_data_dir) / "models"


def settings_file() -> Path:
    """The JSON file with what the window remembers."""
    return Path(_DIRS.user_config_dir) / "settings.json"


def log_folder() -> Path:
    """The folder for logs."""
    return Path(_DIRS.user_log_dir)
