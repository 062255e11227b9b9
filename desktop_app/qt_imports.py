"""Imports Qt's bindings, and takes back what they do to every later import.

PySide puts functions of its own before ``__import__``. The outer one looks for
``from __feature__ import …``, which nothing here says, and after the import of any other module
reads that module's source in search of the bindings' name (napari/napari#8584). It goes; the inner
one, which makes ``from PySide6.… import *`` work, stays.
"""

import builtins
import importlib


def import_qt() -> None:
    """Import Qt's bindings; to be called before anything that uses them is imported."""
    importlib.import_module("PySide6.QtCore")
    theirs = getattr(builtins, "__feature_import__", None)  # both names are PySide's
    if builtins.__import__ is theirs:
        builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
