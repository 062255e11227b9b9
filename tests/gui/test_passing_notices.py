"""Confirmations leave by themselves; whatever else is told stays until it is closed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.state import LensState, Notice, Severity
from desktop_app.transitions import add_notice
from desktop_app.views import passing
from desktop_app.views.notice_bar import NoticeBar
from desktop_app.views.notice_row import NoticeRow
from tests.gui.window_states import notice


def confirmation(number: int) -> Notice:
    return replace(notice(number, "Saved map.png"), severity="confirmation", remedy="")


def activate(qtbot: QtBot, window: QWidget) -> None:
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[NoticeBar]:
    """In an active window, beside a field that has the focus."""
    window = QWidget()
    qtbot.addWidget(window)
    bar, field = NoticeBar(), QLineEdit()
    column = QVBoxLayout(window)
    column.addWidget(bar)
    column.addWidget(field)
    window.resize(600, 200)
    activate(qtbot, window)
    field.setFocus()
    yield bar
    window.hide()


def shown(bar: NoticeBar, *notices: Notice) -> NoticeRow:
    bar.render(LensState(notices=notices))
    return bar.rows()[0]


def is_leaving(row: NoticeRow) -> bool:
    return row.passing is not None and row.passing.is_counting


def enter(row: NoticeRow) -> None:
    QApplication.sendEvent(row, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5)))


def leave(row: NoticeRow) -> None:
    QApplication.sendEvent(row, QEvent(QEvent.Type.Leave))


def test_a_confirmation_closes_itself_after_its_time(
    bar: NoticeBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "PASSES_AFTER_MS", 1)
    with qtbot.waitSignal(bar.notice_dismissed) as closed:
        shown(bar, confirmation(7))
    assert closed.args == [7]


@pytest.mark.parametrize("severity", ["information", "warning", "error"])
def test_whatever_else_is_told_stays(bar: NoticeBar, severity: Severity) -> None:
    assert not is_leaving(shown(bar, replace(notice(1), severity=severity)))


def test_a_confirmation_stays_under_the_pointer(bar: NoticeBar) -> None:
    row = shown(bar, confirmation(1))
    assert is_leaving(row)
    enter(row)
    assert not is_leaving(row)
    leave(row)
    assert is_leaving(row)


def test_a_confirmation_stays_while_the_keyboard_is_in_it(bar: NoticeBar) -> None:
    row = shown(bar, confirmation(1))
    row.close_button.setFocus()
    assert not is_leaving(row)
    enter(row)
    leave(row)
    assert not is_leaving(row)
    bar.window().findChild(QLineEdit).setFocus()
    assert is_leaving(row)


def test_a_confirmation_is_not_over_before_it_could_be_read(bar: NoticeBar, qtbot: QtBot) -> None:
    row = shown(bar, confirmation(1))
    other = QWidget()
    qtbot.addWidget(other)
    activate(qtbot, other)  # the person is in another window
    assert not is_leaving(row)
    activate(qtbot, bar.window())
    assert is_leaving(row)
    shown(bar, confirmation(1), notice(2))  # it stands behind an error
    assert not is_leaving(row)
    assert shown(bar, confirmation(1)) is row
    assert is_leaving(row)


def test_a_confirmation_that_was_closed_by_hand_leaves_once(bar: NoticeBar) -> None:
    row = shown(bar, confirmation(1))
    spy = QSignalSpy(bar.notice_dismissed)
    row.close_button.click()
    bar.render(LensState())
    assert not is_leaving(row)
    assert spy.count() == 1


def test_a_confirmation_takes_the_place_of_the_last_one() -> None:
    state = add_notice(LensState(), "warning", "Saved a.csv", why="1 of 12 images has no class")
    for name in ("b.png", "c.png"):
        state = add_notice(state, "confirmation", f"Saved {name}", why="it is in /photos")
    assert [each.what for each in state.notices] == ["Saved a.csv", "Saved c.png"]
