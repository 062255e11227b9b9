"""A command that comes before its taker is carried out once, as soon as it can be."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from desktop_app.views.early_commands import EarlyCommands
from desktop_app.views.main_window import MainWindow


def test_what_came_early_is_given_once_more_in_its_order() -> None:
    owner, given = QObject(), []
    first, second, other = (QAction(name, owner) for name in ("first", "second", "other"))
    early = EarlyCommands((first, second, other), owner)
    second.trigger()
    first.trigger()
    for action in (first, second, other):
        action.triggered.connect(partial(lambda name, *_: given.append(name), action.text()))
    early.give_again()
    assert given == ["second", "first"]
    first.trigger()
    early.give_again()
    assert given == ["second", "first", "first"]


def test_what_can_be_checked_is_not_checked_twice() -> None:
    owner = QObject()
    action = QAction("Overlay", owner)
    action.setCheckable(True)
    early = EarlyCommands((action,), owner)
    action.trigger()
    early.give_again()
    assert action.isChecked()


def test_every_command_can_come_before_the_panels(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    spy = QSignalSpy(window.close_requested)
    for listed in window.commands.listed:
        if listed.action is not window.commands.quit:
            listed.action.trigger()
    assert spy.count() == 0
