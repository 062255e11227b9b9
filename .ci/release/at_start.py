"""Runs in the frozen program before anything else; stands in for PyInstaller's hook for PySide6.

That one imports QtCore, which no command without a window needs, only to tell Qt where its plugins
are: PySide6 tells it itself. What a desktop says about plugins is meant for the system's Qt.
"""

import os
import sys

for _name in ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"):
    os.environ.pop(_name, None)

if sys.platform == "linux":
    # The loader has read it when the program was started. A file manager that the program opens
    # would load the program's libraries instead of its own.
    os.environ.pop("LD_LIBRARY_PATH", None)
    _before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if _before is not None:
        os.environ["LD_LIBRARY_PATH"] = _before
