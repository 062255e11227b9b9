"""Runs in the frozen program before anything else; stands in for PyInstaller's hook for PySide6.

That one imports QtCore, which no command without a window needs, only to tell Qt where its plugins
are: PySide6 tells it itself.
"""

import gc
import os
import sys


def _settle_environment() -> None:
    """Make the environment what it is for the program from source, also where it is empty."""
    for name in ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"):
        os.environ.pop(name, None)  # a desktop means its own Qt
    os.environ.pop("SBK_EMBED", None)  # PySide would delete its modules (see qt_support.py)
    if sys.platform != "linux":
        return
    # The loader has read it when the program was started. A file manager that the program opens
    # would load the program's libraries instead of its own.
    os.environ.pop("LD_LIBRARY_PATH", None)
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    # As Python does by itself when it is not frozen (PEP 538); Qt complains of any other.
    locales = [os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if not locales[0] and (locales[1] or locales[2] or "C") in {"C", "POSIX"}:
        os.environ["LC_CTYPE"] = "C.UTF-8"
    # Python asks the system for the home; Qt and fontconfig would take the root folder, or none.
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib takes a millisecond to load
    if not os.environ.get("HOME") and os.path.isabs(home):  # noqa: PTH117
        os.environ["HOME"] = home


# While modules are imported nothing is garbage, and looking for it takes 5 ms before a window. The
# program's __main__ lets Python look again.
gc.disable()
_settle_environment()
del _settle_environment
