"""Confirmations lie over the photo and leave by themselves; whatever else is told stays."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QEnterEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.state import LensState, Notice, Severity
from desktop_app.transitions import add_notice
from desktop_app.views import passing
from desktop_app.views.confirmation import Confirmation
from desktop_app.views.main_window import MainWindow
from desktop_app.views.notice_bar import NoticeBar
from desktop_app.views.notice_row import NoticeRow
from desktop_app.views.passing import Passing
from tests.gui.window_states import notice, shown_state


def confirmation(number: int) -> Notice:
    return replace(notice(number, "Saved map.png"), severity="confirmation", remedy="")


def activate(qtbot: QtBot, window: QWidget) -> None:
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()


@pytest.fixture
def told(qtbot: QtBot) -> Iterator[Confirmation]:
    """Over a picture in an active window, beside a field that has the focus."""
    window = QWidget()
    qtbot.addWidget(window)
    photo, field = QWidget(), QLineEdit()
    column = QVBoxLayout(window)
    column.addWidget(photo, 1)
    column.addWidget(field)
    told = Confirmation(photo)
    window.resize(600, 200)
    activate(qtbot, window)
    field.setFocus()
    yield told
    window.hide()


def shown(told: Confirmation, *notices: Notice) -> NoticeRow:
    told.render(LensState(notices=notices))
    assert told.row is not None
    return told.row


def is_leaving(row: NoticeRow) -> bool:
    return row.findChild(Passing).is_counting


def enter(row: NoticeRow) -> None:
    QApplication.sendEvent(row, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5)))


def leave(row: NoticeRow) -> None:
    QApplication.sendEvent(row, QEvent(QEvent.Type.Leave))


def test_a_confirmation_closes_itself_after_its_time(
    told: Confirmation, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "PASSES_AFTER_MS", 1)
    with qtbot.waitSignal(told.notice_dismissed) as closed:
        shown(told, confirmation(7))
    assert closed.args == [7]


@pytest.mark.parametrize("severity", ["information", "warning", "error"])
def test_whatever_else_is_told_stays_in_the_bar(qtbot: QtBot, severity: Severity) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.render(LensState(notices=(replace(notice(1), severity=severity), confirmation(2))))
    (row,) = bar.rows()
    assert row.number == 1
    assert row.findChild(Passing) is None
    assert bar.more is not None
    assert not bar.more.isVisible()
    bar.render(LensState(notices=(confirmation(2),)))
    assert not bar.isVisible()


def test_a_confirmation_stays_under_the_pointer(told: Confirmation) -> None:
    row = shown(told, confirmation(1))
    assert is_leaving(row)
    enter(row)
    assert not is_leaving(row)
    leave(row)
    assert is_leaving(row)


def test_a_confirmation_stays_while_the_keyboard_is_in_it(told: Confirmation) -> None:
    row = shown(told, confirmation(1))
    row.close_button.setFocus()
    assert not is_leaving(row)
    enter(row)
    leave(row)
    assert not is_leaving(row)
    told.window().findChild(QLineEdit).setFocus()
    assert is_leaving(row)


def test_a_confirmation_is_not_over_before_it_could_be_read(
    told: Confirmation, qtbot: QtBot
) -> None:
    row = shown(told, confirmation(1))
    other = QWidget()
    qtbot.addWidget(other)
    activate(qtbot, other)  # the person is in another window
    assert not is_leaving(row)
    activate(qtbot, told.window())
    assert is_leaving(row)
    told.parentWidget().hide()
    assert not is_leaving(row)


def test_a_confirmation_that_was_closed_by_hand_leaves_once(told: Confirmation) -> None:
    row = shown(told, confirmation(1))
    spy = QSignalSpy(told.notice_dismissed)
    row.close_button.click()
    told.render(LensState())
    assert not is_leaving(row)
    assert spy.count() == 1
    assert not told.isVisible()


def test_a_newer_confirmation_replaces_the_older_and_no_other_notice_does(
    told: Confirmation,
) -> None:
    row = shown(told, confirmation(1))
    assert shown(told, confirmation(1), notice(2)) is row
    assert is_leaving(row)
    assert shown(told, confirmation(3)).number == 3
    assert is_leaving(shown(told, confirmation(3)))


def test_a_screen_reader_is_told_once(told: Confirmation, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda e: said.append(e.message()))
    for _ in range(2):
        shown(told, confirmation(1))
    assert said == ["Done: Saved map.png. the file is empty."]


def test_a_confirmation_lies_inside_the_picture_however_narrow(told: Confirmation) -> None:
    row = shown(told, replace(confirmation(1), why="it is in /photos of the last holidays"))
    one_line = row.height()
    assert told.parentWidget().rect().contains(told.geometry())
    assert told.width() < told.parentWidget().width() - 24
    told.window().resize(300, 300)
    assert told.parentWidget().rect().contains(told.geometry())
    assert row.height() > one_line
    assert row.size() == told.size()


def test_nothing_in_the_window_moves_for_a_confirmation(window: MainWindow, qtbot: QtBot) -> None:
    state = shown_state()
    window.render(state)
    before = [panel.geometry() for panel in (window.photo, window.panels, window.status)]
    window.render(replace(state, notices=(confirmation(1),)))
    assert window.confirmation.isVisible()
    assert [each.geometry() for each in (window.photo, window.panels, window.status)] == before
    with qtbot.waitSignal(window.notice_dismissed) as closed:
        qtbot.mouseClick(window.confirmation.row.close_button, Qt.MouseButton.LeftButton)
    assert closed.args == [1]


def test_a_confirmation_takes_the_place_of_the_last_one() -> None:
    state = add_notice(LensState(), "warning", "Saved a.csv", why="1 of 12 images has no class")
    for name in ("b.png", "c.png"):
        state = add_notice(state, "confirmation", f"Saved {name}", why="it is in /photos")
    assert [each.what for each in state.notices] == ["Saved a.csv", "Saved c.png"]
