"""The sentence over the classes when a picture is unlike the training's."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from desktop_app.core.doubt import Doubt
from desktop_app.state import LensState
from desktop_app.transitions import show_doubt
from desktop_app.views.prediction_list import PredictionList
from tests.gui.window_states import shown_state


def doubted(rank: float) -> LensState:
    return show_doubt(shown_state(), 1, Doubt(rank=rank, score=12.5, kind="mahalanobis"))


def test_it_is_there_only_where_there_is_something_to_doubt(qtbot: QtBot) -> None:
    panel = PredictionList()
    qtbot.addWidget(panel)
    panel.resize(260, 400)
    panel.show()
    panel.render(shown_state())
    assert not panel.doubt.isVisible()
    panel.render(doubted(0.5))
    assert not panel.doubt.isVisible()
    panel.render(doubted(0.99))
    assert panel.doubt.isVisible()
    assert "trained on" in panel.doubt.text.text()
    assert "mahalanobis" in panel.doubt.text.toolTip()
    panel.render(replace(doubted(0.99), shown=None))
    assert not panel.doubt.isVisible()


def test_the_doubt_about_another_picture_is_not_said() -> None:
    state = shown_state()
    assert show_doubt(state, 2, Doubt(rank=0.99, score=1, kind="energy")) is state
