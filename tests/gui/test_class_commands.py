"""Asking about classes from anywhere in the window, along their order of likelihood."""

from dataclasses import replace

import pytest
from PySide6.QtTest import QSignalSpy

from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from tests.gui.window_states import shown_state

STATE = shown_state((0.1, 0.5, 0.05, 0.3, 0.05))  # likeliest first: 1, 3, 0, 2, 4


@pytest.mark.parametrize(
    ("asked", "command", "chosen"),
    [
        (None, "next_class", [3]),
        (3, "next_class", [0]),
        (3, "previous_class", [1]),
        (None, "previous_class", []),
        (4, "next_class", []),
        (3, "top_class", [None]),
        (None, "top_class", []),  # nothing to return from
    ],
)
def test_commands_step_along_the_likelihood(
    asked: int | None, command: str, chosen: list[int | None], window: MainWindow
) -> None:
    window.render(replace(STATE, chosen_class=asked))
    assert window.parts is not None
    spy = QSignalSpy(window.parts.state_commands.class_chosen)
    getattr(window.commands, command).trigger()
    assert [spy.at(index)[0] for index in range(spy.count())] == chosen


def test_nothing_can_be_asked_before_there_are_classes(window: MainWindow) -> None:
    window.render(LensState())
    commands = window.commands
    for action in (commands.next_class, commands.previous_class, commands.top_class):
        assert not action.isEnabled()
