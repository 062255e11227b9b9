"""How long until the window is on screen, against the least that any Qt program needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure import compare, report

ROOT = Path(__file__).parents[2]
BARE = "import PySide6.QtWidgets"
# Ends the program as soon as its window has been painted for the first time.
FIRST_PAINT = """
import os
from PySide6.QtCore import QEvent, QObject
from desktop_app import app

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            os._exit(0)
        return False

class WatchedLens(app.Lens):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.first_paint = FirstPaint()
        self.window.installEventFilter(self.first_paint)

app.Lens = WatchedLens
app.open_window(())
"""


@pytest.mark.benchmark
def test_time_to_the_first_window() -> None:
    ratio = compare(lambda: _python(FIRST_PAINT), lambda: _python(BARE), rounds=7, warm_up=1)
    report("time to first window / bare import of QtWidgets", ratio, goal=4)
    assert ratio.baseline_ms > 0


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
