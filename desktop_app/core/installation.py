"""How this program is installed, and on what: frozen or from source, where, which system.

Asked also before anything heavy is loaded, and for a crash report; so nothing is imported here.
"""

import platform
import sys
from pathlib import Path


def is_frozen() -> bool:
    """Whether this is the packaged program, not Python with our source."""
    return bool(getattr(sys, "frozen", False))


def program_folder() -> Path | None:
    """The folder with the frozen program, behind any link; None when it runs from source.

    On macOS the folder with the ``.app``, inside which nobody puts anything.
    """
    if not is_frozen():
        return None
    folder = Path(sys.executable).resolve().parent
    return folder.parents[2] if folder.parts[-2:] == ("Contents", "MacOS") else folder


def system_name() -> str:
    """The kernel, its release and the machine ("Linux 6.12.43 x86_64")."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"
