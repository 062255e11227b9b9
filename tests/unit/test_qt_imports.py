"""Once Qt is there, importing costs what it did before."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOW = """
import json, linecache
from desktop_app.qt_imports import import_qt
import_qt()
from PySide6.QtCore import QObject, Signal
from desktop_app.settings import Settings

class Told(QObject):
    came = Signal(str)

heard = []
told = Told()
told.came.connect(heard.append)
told.came.emit("heard")
read = [name for name in linecache.cache if name.endswith("settings.py")]
print(json.dumps([read, heard]))
"""


def test_qt_works_and_reads_no_module_that_is_imported_after_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == [[], ["heard"]]
