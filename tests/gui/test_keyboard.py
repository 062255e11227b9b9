"""Everything by keyboard alone: keys that mean one thing, and Tab that leaves nothing out."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QScrollArea,
    QScrollBar,
    QSlider,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_app.views.main_window import MainWindow
from desktop_app.views.map_canvas import MapCanvas
from desktop_app.views.photo_canvas import PhotoCanvas
from tests.gui.window_states import shown_state

_ACTS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QAbstractScrollArea,
    QComboBox,
    QLineEdit,
    QSlider,
    QTabBar,
    MapCanvas,
    PhotoCanvas,
)
_ONLY_SCROLLS = (QScrollArea, QScrollBar)


@pytest.fixture
def full(window: MainWindow) -> MainWindow:
    """The window with a picture on screen and every panel shown."""
    window.activateWindow()
    window.render(shown_state())
    return window


def test_no_key_means_two_things(window: MainWindow) -> None:
    keys = Counter(
        keys.toString() for listed in window.commands.listed for keys in listed.action.shortcuts()
    )
    assert {key for key, count in keys.items() if count > 1} == set()


def test_the_menu_has_every_command(window: MainWindow) -> None:
    assert window.parts is not None
    in_menu = set(_actions_of(window.parts.menu))
    # The menu itself, and what the model's and provider's own menus hold.
    elsewhere = {window.commands.menu}
    missing = [
        listed.action.text()
        for listed in window.commands.listed
        if listed.action not in in_menu | elsewhere
    ]
    assert missing == []


def test_tab_reaches_everything_that_acts(full: MainWindow, qtbot: QtBot) -> None:
    wanted = {
        widget
        for widget in full.findChildren(QWidget)
        if isinstance(widget, _ACTS)
        and not isinstance(widget, _ONLY_SCROLLS)
        and widget.isEnabled()
        and widget.isVisible()
        and not isinstance(widget.parent(), (QComboBox, QAbstractSpinBox, QTabBar, QLineEdit))
    }
    reached: set[QWidget] = set()
    for _ in range(4 * len(wanted)):
        qtbot.keyClick(QApplication.focusWidget() or full, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
    unreached = [_named(widget) for widget in wanted - reached]
    assert unreached == []


def test_everything_that_acts_says_what_it_is(full: MainWindow) -> None:
    nameless = [
        type(widget).__name__
        for widget in full.findChildren(QWidget)
        if isinstance(widget, _ACTS)
        and not isinstance(widget, _ONLY_SCROLLS)
        and widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)() or widget.toolTip())
    ]
    assert nameless == []


def _actions_of(menu: QMenu) -> list[QAction]:
    found: list[QAction] = []
    for action in menu.actions():
        below = action.menu()
        found += _actions_of(below) if isinstance(below, QMenu) else [action]
    return found


def _named(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or widget.toolTip()!r}"
