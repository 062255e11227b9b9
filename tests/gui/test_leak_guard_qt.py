"""The guard against leaks sees timers, threads and windows of Qt, and lets clean code pass."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.leaks import LeakGuard


@pytest.fixture
def guard() -> Iterator[LeakGuard]:
    guard = LeakGuard()
    yield guard
    guard.close()


def test_active_timer_is_a_leak_until_it_stops(qtbot: QtBot, guard: LeakGuard) -> None:
    timer = QTimer(objectName="stray")
    timer.start(60_000)
    assert guard.leaks() == ["timer QTimer 'stray'"]
    timer.stop()
    assert guard.leaks() == []


def test_timer_dies_with_its_owner(qtbot: QtBot, guard: LeakGuard) -> None:
    owner = QObject()
    timer = QTimer(owner)
    timer.start(60_000)
    owner.deleteLater()
    assert guard.leaks() == []


def test_running_thread_is_a_leak_until_it_ends(qtbot: QtBot, guard: LeakGuard) -> None:
    thread = QThread(objectName="stray")
    thread.start()
    assert guard.leaks() == ["thread QThread 'stray'"]
    thread.quit()
    assert thread.wait(30_000)
    assert guard.leaks() == []


def test_window_is_a_leak_until_it_is_deleted(qtbot: QtBot, guard: LeakGuard) -> None:
    window = QWidget(objectName="stray")
    window.show()
    assert guard.leaks() == ["window QWidget 'stray'"]
    window.deleteLater()
    assert guard.leaks() == []


def test_unreferenced_window_is_no_leak(qtbot: QtBot, guard: LeakGuard) -> None:
    window = QWidget()
    window.itself = window  # type: ignore[attr-defined]  # a cycle, left to the collector
    del window
    assert guard.leaks() == []
