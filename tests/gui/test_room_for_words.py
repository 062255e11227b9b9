"""Other words have their room before they are painted, not only some turns of the events later."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop_app.state import LensState
from desktop_app.views.grid_header import GridHeader
from desktop_app.views.main_window import MainWindow
from desktop_app.views.prediction_list import PredictionList
from tests.gui.test_doubt_line import doubted
from tests.gui.window_states import shown_state


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow()
    window.complete()
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    window.render(LensState())
    return window


def has_room(label: QLabel) -> bool:
    needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
    fits = label.wordWrap() or label.width() >= label.sizeHint().width()
    return fits and label.height() >= needed


def test_words_that_came_with_a_picture_have_their_room_at_once(window: MainWindow) -> None:
    assert window.parts is not None
    state = doubted(0.99)
    window.render(replace(state, layer="conv1"))
    window.render(state)
    header = window.findChild(GridHeader)
    assert header is not None
    for label in (window.status.times, header.name, header.facts):
        assert label.text()
        assert has_room(label), label.text()
    assert has_room(window.parts.predictions.doubt.text)


def test_a_doubt_needs_one_turn_only(qtbot: QtBot) -> None:
    panel = PredictionList()
    qtbot.addWidget(panel)
    panel.resize(260, 400)
    panel.render(shown_state())
    with qtbot.waitExposed(panel):
        panel.show()
    panel.render(doubted(0.99))
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    assert has_room(panel.doubt.text)
