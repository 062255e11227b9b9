"""Painting that fails: Qt must never meet a painter that is still at work.

An error keeps the frame that it came from, and with it the painter in there, for as long as
anybody keeps the error: Python until the next one, pytest until the next test. Qt does not survive
a painter whose widget, or whose window's picture, is gone by then.
"""

import ast
from pathlib import Path

import pytest
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

import desktop_app.views
from desktop_app.crash_watch import CrashWatch
from desktop_app.log_file import LastLines
from desktop_app.views.main_window import MainWindow
from tests.gui.window_states import shown_state

VIEWS = sorted(Path(desktop_app.views.__file__).parent.glob("*.py"))


def break_down(*_: object) -> None:
    raise RuntimeError("cannot paint")


@pytest.mark.qt_log_ignore("This plugin does not support", "Painter ended with . saved states")
@pytest.mark.parametrize("call", ["drawText", "fillRect", "setPen", "setRenderHint"])
def test_the_window_outlives_painting_that_fails(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    told: list[str] = []
    crashes = CrashWatch(tmp_path, LastLines(), None)
    crashes.listen(lambda line, _: told.append(line), None)
    window.render(shown_state())
    window.grab()
    with crashes.hooks(), monkeypatch.context() as patch:
        patch.setattr(QPainter, call, break_down)
        window.update()
        qtbot.waitUntil(lambda: bool(told))
        window.resize(1100, 700)  # what was painted on goes
        qtbot.wait(0)
    assert all(line.endswith("cannot paint") for line in told)
    window.grab()


def test_every_painter_ends_with_its_block() -> None:
    made, ended = set(), set()
    for file in VIEWS:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("QPainter"):
                made.add((file.name, node.lineno))
            if isinstance(node, ast.With):
                ended |= {(file.name, item.context_expr.lineno) for item in node.items}
    assert made
    assert made - ended == set()
