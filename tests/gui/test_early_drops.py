"""A drag over the window while it is still being built is welcome, and nothing dropped is lost."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.views.main_window import MainWindow

COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """As it is in its first picture."""
    window = MainWindow()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.fixture
def photo(tmp_path: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png"))])
    return mime


def enter(window: MainWindow, mime: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(50, 50), COPY, mime, LEFT, NO_KEY)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def move(window: MainWindow, mime: QMimeData) -> bool:
    event = QDragMoveEvent(QPoint(51, 50), COPY, mime, LEFT, NO_KEY)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def drop(window: MainWindow, mime: QMimeData) -> bool:
    event = QDropEvent(QPointF(51, 50), COPY, mime, LEFT, NO_KEY)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def test_a_drag_that_came_early_is_dropped_on_the_complete_window(
    window: MainWindow, photo: QMimeData, tmp_path: Path
) -> None:
    opened = QSignalSpy(window.paths_opened)
    assert enter(window, photo)
    assert move(window, photo)
    window.complete()
    assert window.parts is not None
    assert move(window, photo)
    assert window.parts.drops.frame.isVisible()
    assert drop(window, photo)
    assert opened.count() == 1
    window.open_early_drop()
    assert opened.count() == 1


def test_what_was_dropped_early_is_opened_once(
    window: MainWindow, photo: QMimeData, tmp_path: Path
) -> None:
    opened = QSignalSpy(window.paths_opened)
    assert enter(window, photo)
    assert drop(window, photo)
    window.complete()
    assert opened.count() == 0
    window.open_early_drop()
    window.open_early_drop()
    assert [opened.at(index) for index in range(opened.count())] == [[(tmp_path / "a.png",)]]


def test_text_is_not_welcome_early_either(window: MainWindow) -> None:
    mime = QMimeData()
    mime.setText("hello")
    assert not enter(window, mime)
