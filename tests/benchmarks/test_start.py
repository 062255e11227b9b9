"""How long until the window has been painted, against the least that any Qt program needs.

The window must be there at once; what it takes is ours, beyond what Qt itself takes. Everything is
compiled before, as in an installed program.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure import compare, report

ROOT = Path(__file__).parents[2]
BARE = "import PySide6.QtWidgets"
# Ends the process as soon as its window has been painted for the first time.
UNTIL_PAINTED = """
import os
from PySide6.QtCore import QEvent, QTimer

class UntilPainted:
    def event(self, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, lambda: os._exit(0))
        return super().event(event)
"""
EMPTY_WINDOW = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(UntilPainted, QMainWindow):
    pass

application = QApplication(sys.argv)
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""
FIRST_WINDOW = """
from desktop_app.qt_imports import import_qt

import_qt()
from desktop_app import app

class Window(UntilPainted, app.MainWindow):
    pass

app.MainWindow = Window
app.open_window(())
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and compiled modules in it."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("XDG_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    compiled = str(tmp_path / "compiled")
    return inherited | {"HOME": str(tmp_path), "PYTHONPYCACHEPREFIX": compiled}


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("name", "baseline", "goal"),
    [
        ("bare import of QtWidgets", BARE, 2),
        ("first paint of an empty window", UNTIL_PAINTED + EMPTY_WINDOW, 1.5),
    ],
)
def test_time_to_the_first_paint(
    environment: dict[str, str], name: str, baseline: str, goal: float
) -> None:
    def run(code: str) -> None:
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, env=environment
        )

    ratio = compare(
        lambda: run(UNTIL_PAINTED + FIRST_WINDOW), lambda: run(baseline), rounds=9, warm_up=1
    )
    report(f"time to the first paint / {name}", ratio, goal=goal)
    assert ratio.baseline_ms > 0
