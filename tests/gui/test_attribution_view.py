"""The tab "Why": choices, heat map, figures, progress, and the map over the photo."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.core.attributions import Attribution, Completeness, Question
from desktop_app.core.interventions import Intervention
from desktop_app.core.map_names import Method
from desktop_app.core.records import read_only
from desktop_app.parts.attribution import Explanation
from desktop_app.parts.interventions import Interventions
from desktop_app.state import LensState
from desktop_app.views.attribution_view import AttributionView
from desktop_app.views.main_window import MainWindow
from desktop_app.views.shown_photo import ShownPhoto
from tests.gui.window_states import shown_state

VALUES = np.array([[-2, 0], [1, 4]], np.float32)


def attribution(method: Method = "cam", **changed: Any) -> Attribution:
    usual: dict[str, Any] = {
        "question": Question(method=method, class_index=0),
        "values": read_only(VALUES.copy()),
        "layer": "res2b_relu",
        "score": 9.371,
        "completeness": None,
        "runs": 1,
        "run_ms": 50.0,
        "total_ms": 60.0,
    }
    return Attribution(**(usual | changed))


def state_with(result: Attribution | None, *, image: int = 1, **changed: Any) -> LensState:
    """The tab is chosen, and ``result`` is there."""
    state = shown_state()
    options = replace(state.options, channel_tab="why", **changed)
    found = None if result is None else Explanation(image=image, result=result)
    return replace(state, options=options, attribution=found)


@pytest.fixture
def view(window: MainWindow) -> AttributionView:
    assert window.parts is not None
    return window.parts.why.view


def show(window: MainWindow, state: LensState) -> None:
    window.render(state)


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_the_map_comes_with_its_numbers(window: MainWindow, view: AttributionView) -> None:
    show(window, state_with(attribution(), method="cam"))
    assert view.isVisible()
    assert view.title.text() == "Why golden retriever"
    assert view.subtitle.text() == "CAM · res2b_relu, 2 × 2"
    assert view.figures.figure("logit") == "9.37"
    assert view.figures.figure("completeness error") == ""
    assert view.bar.numbers() == ("\N{MINUS SIGN}4.00", "4.00")
    assert view.bar.marks_zero()
    assert "adds to the class’s score" in view.shows.text()
    assert not view.message.isVisible()


def test_integrated_gradients_show_what_they_add_up_to(
    window: MainWindow, view: AttributionView
) -> None:
    sums = Completeness(total=3.2, difference=3.25)
    found = attribution("integrated-gradients", completeness=sums, layer="", runs=48)
    show(window, state_with(found, method="integrated-gradients"))
    figures = [view.figures.figure(name) for name in ("adds up to", "should be")]
    assert figures == ["3.20", "3.25"]
    assert view.figures.figure("completeness error") == "0.05"
    assert view.figures.figure("runs of the network") == "48"
    assert view.subtitle.text() == "Integrated gradients · input, 2 × 2"


def test_the_value_under_the_pointer(
    window: MainWindow, view: AttributionView, qtbot: QtBot
) -> None:
    window.resize(1280, 1000)  # all of the map in view
    show(window, state_with(attribution()))
    rect = view.canvas.map_rect()
    qtbot.mouseMove(view.canvas, rect.bottomRight() - QPoint(4, 4))
    assert view.figures.figure("under pointer") == "(1, 1)  4.000"


def test_methods_are_chosen_from_the_menu_with_a_sentence_each(
    window: MainWindow, view: AttributionView
) -> None:
    show(window, state_with(attribution(), method="occlusion"))
    menu = view.choices.methods
    menu.aboutToShow.emit()
    assert len(texts(menu)) == 9
    assert all(text.endswith(".") for text in texts(menu))
    assert [a.text().split("\t")[0] for a in menu.actions() if a.isChecked()] == ["Occlusion"]
    spy = QSignalSpy(window.options_changed)
    next(a for a in menu.actions() if a.text().startswith("SmoothGrad")).trigger()
    assert spy.at(0)[0].method == "smoothgrad"


def test_a_class_is_held_against_from_the_menu(window: MainWindow, view: AttributionView) -> None:
    show(window, replace(state_with(attribution()), against_class=2))
    assert view.title.text() == "Why golden retriever and not garbage truck"
    assert view.subtitle.text().endswith("still why golden retriever")
    menu = view.choices.rivals
    menu.aboutToShow.emit()
    assert texts(menu)[:2] == ["The class alone", "not goldfish\t15.0\N{NO-BREAK SPACE}%"]
    assert [a.text().split("\t")[0] for a in menu.actions() if a.isChecked()] == [
        "not garbage truck"
    ]
    spy = QSignalSpy(view.rival_chosen)
    menu.actions()[0].trigger()
    menu.actions()[2].trigger()
    assert [spy.at(index)[0] for index in range(spy.count())] == [None, 1]


def test_the_layer_can_be_chosen_only_where_the_method_has_one(
    window: MainWindow, view: AttributionView
) -> None:
    show(window, state_with(attribution("gradcam"), method="gradcam"))
    assert view.choices.layer.isVisible()
    assert view.choices.layer.title == "last maps"
    show(window, state_with(attribution("gradcam"), method="gradcam", explain_at_chosen=True))
    assert view.choices.layer.title == "chosen layer"
    show(window, state_with(attribution("gradient"), method="gradient"))
    assert not view.choices.layer.isVisible()
    assert not window.commands.why.at_chosen.isEnabled()


def test_a_slow_method_shows_how_far_it_is_and_can_be_stopped(
    window: MainWindow, view: AttributionView, qtbot: QtBot
) -> None:
    asked = Question(method="occlusion", class_index=0)
    state = state_with(attribution(), method="occlusion")
    under_way = Explanation(image=1, result=attribution(), asked=asked, done=49, total=196)
    show(window, replace(state, attribution=under_way))
    assert (view.progress.bar.value(), view.progress.bar.maximum()) == (49, 196)
    assert view.canvas.isVisible()  # the map before
    spy = QSignalSpy(view.stop_wanted)
    qtbot.mouseClick(view.progress.button, Qt.MouseButton.LeftButton)
    assert spy.count() == 1
    stopped = Explanation(image=1, result=attribution(), stopped=True)
    show(window, replace(state, attribution=stopped))
    assert not view.progress.bar.isVisible()
    spy = QSignalSpy(view.again_wanted)
    qtbot.mouseClick(view.progress.button, Qt.MouseButton.LeftButton)
    assert spy.count() == 1


def test_it_says_that_changes_of_the_network_are_left_aside(
    window: MainWindow, view: AttributionView
) -> None:
    off = Intervention("branch", "2b", None, 0.0)
    changed = Interventions(active=(off,))
    show(window, replace(state_with(attribution()), interventions=changed))
    assert view.subtitle.text().endswith("of the untouched network")


def test_the_map_of_another_image_is_not_shown(window: MainWindow, view: AttributionView) -> None:
    show(window, state_with(attribution(), image=2))
    assert not view.canvas.isVisible()
    assert view.message.isVisible()


def test_an_empty_window_says_what_to_do(window: MainWindow, view: AttributionView) -> None:
    options = replace(LensState().options, channel_tab="why")
    show(window, replace(LensState(), options=options))
    assert "Drop an image" in view.message.text()


# --- over the photo ------------------------------------------------------------------------------


def overlay_of(state: LensState, qtbot: QtBot) -> Any:
    photo = ShownPhoto()
    qtbot.addWidget(photo)
    photo.render(state)
    scene = photo._scene
    assert scene is not None
    return scene.overlay, photo.accessibleDescription()


def test_the_explanation_takes_the_channels_place_over_the_photo(qtbot: QtBot) -> None:
    found = attribution()
    overlay, sentence = overlay_of(state_with(found, colormap="viridis"), qtbot)
    assert overlay.values is found.values
    assert overlay.colormap == "crameri:berlin_r"
    assert (overlay.shown.low, overlay.shown.high) == (-4, 4)
    assert sentence.endswith("Why golden retriever over it")
    overlay, _ = overlay_of(state_with(attribution("gradient"), colormap="viridis"), qtbot)
    assert overlay.colormap == "viridis"
    overlay, _ = overlay_of(state_with(attribution("gradient"), colormap="crameri:vik"), qtbot)
    assert overlay.colormap == "inferno"  # its middle would mean nothing


def test_without_an_explanation_nothing_is_over_the_photo(qtbot: QtBot) -> None:
    assert overlay_of(state_with(None), qtbot)[0] is None
    assert overlay_of(state_with(attribution(), overlay=False), qtbot)[0] is None
    on_other_tab = state_with(attribution())
    options = replace(on_other_tab.options, channel_tab="channel")
    overlay, sentence = overlay_of(replace(on_other_tab, options=options), qtbot)
    assert overlay.values.shape == (16, 16)  # the channel's
    assert "channel 0 of res2a_relu" in sentence


# --- by keyboard ---------------------------------------------------------------------------------


def test_the_key_shows_the_tab_and_puts_the_focus_there(window: MainWindow, qtbot: QtBot) -> None:
    window.render(shown_state())
    spy = QSignalSpy(window.options_changed)
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert spy.at(0)[0].channel_tab == "why"


@pytest.mark.parametrize(
    ("command", "method"), [("next_method", "gradcam++"), ("previous_method", "cam")]
)
def test_methods_follow_each_other(window: MainWindow, command: str, method: str) -> None:
    window.render(state_with(attribution(), method="gradcam"))
    spy = QSignalSpy(window.options_changed)
    getattr(window.commands.why, command).trigger()
    assert spy.at(0)[0].method == method
