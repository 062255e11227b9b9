"""The window is on screen first: what it does not show is loaded after its first paint."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLOW = frozenset(
    {"PIL", "cmap", "msgspec", "numpy", "onnx", "onnxruntime", "pillow_heif", "typing_extensions"}
    | {"desktop_app.core.records", "desktop_app.views.window_parts", "desktop_app.worker"}
    | {"desktop_app.views.notice_rows"}
)
"""Each takes from 5 to 200 ms to import."""

# Tells what was there when the window had been painted, and what happened in which order.
WATCHED = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QEvent, QTimer
from desktop_app import app

events = []
loaded = []

class Window(app.MainWindow):
    def event(self, event):
        if event.type() == QEvent.Type.Paint and "painted" not in events:
            events.append("painted")
        return super().event(event)

class FirstPaint(app.FirstPaint):
    def __init__(self, window):
        super().__init__(window)
        self.over.connect(self.begin)

    def begin(self):
        loaded.extend(sys.modules)
        events.append("begun")

class Program(app.Program):
    def _begin(self, *arguments):
        super()._begin(*arguments)
        self.waiting = QTimer(interval=1)
        self.waiting.timeout.connect(self.look)
        self.waiting.start()

    def look(self):
        if self.lens.controller.state.model is not None:
            self.waiting.stop()
            events.append("model")
            self.window.close()

app.MainWindow, app.FirstPaint, app.Program = Window, FirstPaint, Program
status = app.open_window((), model=sys.argv[1])
print(json.dumps({"events": events, "loaded": sorted(loaded), "status": status}))
"""


def test_nothing_slow_is_loaded_before_the_first_paint_and_the_model_comes_after_it(
    tiny_model: Path, tmp_path: Path
) -> None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tiny_model)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**environment, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
    )
    seen = json.loads(done.stdout)
    assert seen["status"] == 0
    assert seen["events"] == ["painted", "begun", "model"]
    assert SLOW & set(seen["loaded"]) == frozenset()
