"""The moment at which everything behind the window may begin: once, and not before its picture."""

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.views import first_paint
from desktop_app.views.first_paint import FirstPaint


class Child(QWidget):
    """Is painted after the window that it is in."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        self.painted += 1


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(200, 100)
    QVBoxLayout(window).addWidget(Child())
    return window


def test_it_is_over_when_the_whole_window_has_been_painted(window: QWidget, qtbot: QtBot) -> None:
    child = window.findChild(Child)
    seen: list[int] = []
    first = FirstPaint(window)
    first.over.connect(lambda: seen.append(child.painted))
    with qtbot.waitSignal(first.over):
        window.show()
    assert seen == [1]


def test_it_is_over_once(window: QWidget, qtbot: QtBot) -> None:
    first = FirstPaint(window)
    spy = QSignalSpy(first.over)
    window.show()
    qtbot.waitUntil(lambda: spy.count() == 1)
    window.repaint()
    with qtbot.waitSignal(window.windowTitleChanged):
        window.setWindowTitle("later")
    qtbot.wait(0)
    assert spy.count() == 1


def test_a_window_that_nobody_sees_is_not_waited_for_long(
    window: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_paint, "_PATIENCE_MS", 1)
    with qtbot.waitSignal(FirstPaint(window).over):
        pass
    assert not window.isVisible()
