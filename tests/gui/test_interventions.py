"""Switching off and scaling in the window: controls, marks on the bars, the list, the program."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from desktop_app.core.interventions import Intervention, InterventionOutcome
from desktop_app.core.records import PixelsSource, read_only
from desktop_app.intervening import changed_by, show_outcome, shown_outcome, with_change
from desktop_app.lens import Lens
from desktop_app.parts.grid import GridChoice
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.change_list import ChangeList
from desktop_app.views.figures import points_text, signed_text
from desktop_app.views.gate_controls import GateControls
from desktop_app.views.icons import IconButton
from desktop_app.views.main_window import MainWindow
from desktop_app.views.prediction_list import PredictionList
from desktop_app.views.prediction_rows import PREDICTION_ROLE, UNTOUCHED_ROLE
from desktop_app.views.theme import DARK
from tests.gui.grid_parts import Grid
from tests.gui.map_states import painted, state_of
from tests.gui.test_program import PATIENCE_MS, lens
from tests.gui.window_states import CPU, shown_state

__all__ = ["lens"]

OFF = Intervention("channel", "res2a_relu", 3, 0.0)
HALF = Intervention("branch", "2b", None, 0.5)
BEFORE = (0.712, 0.15, 0.1, 0.0376, 0.0004)
AFTER = (0.312, 0.55, 0.1, 0.0376, 0.0004)


def changed_state(*changes: Intervention) -> LensState:
    """The state with ``changes`` and their outcome: the first two classes change places."""
    state = shown_state(BEFORE)
    for change in changes:
        state = with_change(state, change)
    values = [read_only(np.array(scores, np.float32)) for scores in (AFTER, BEFORE)]
    outcome = InterventionOutcome(
        probabilities=values[0],
        logits=values[0],
        untouched_probabilities=values[1],
        untouched_logits=values[1],
        provider=CPU,
    )
    return show_outcome(state, 1, changes, outcome)


@pytest.mark.parametrize(
    ("change", "said"),
    [(0.123, "+12.3"), (-0.004, "−0.4"), (0.0004, "±0.0"), (0.0, "±0.0"), (-1.0, "−100.0")],
)
def test_changes_are_always_written_with_their_sign(change: float, said: str) -> None:
    assert points_text(change) == said
    assert signed_text(change)[0] in "+−±"


# --- controls ----------------------------------------------------------------------------------


@pytest.fixture
def gate(qtbot: QtBot) -> GateControls:
    gate = GateControls()
    qtbot.addWidget(gate)
    gate.render(replace(shown_state(), channel=3))
    with qtbot.waitExposed(gate):
        gate.show()
    return gate


def test_the_button_switches_the_open_channel_off_and_on(gate: GateControls, qtbot: QtBot) -> None:
    spy = QSignalSpy(gate.channel_scaled)
    qtbot.mouseClick(gate.switch, Qt.MouseButton.LeftButton)
    assert spy.at(0) == ["res2a_relu", 3, 0.0]
    gate.render(replace(changed_state(OFF), channel=3))
    assert gate.switch.text() == "Switch on"
    qtbot.mouseClick(gate.switch, Qt.MouseButton.LeftButton)
    assert spy.at(1) == ["res2a_relu", 3, 1.0]


def test_the_slider_scales_by_keys_from_nothing_to_twice(gate: GateControls, qtbot: QtBot) -> None:
    spy = QSignalSpy(gate.channel_scaled)
    qtbot.keyClick(gate.factor, Qt.Key.Key_Left)
    assert spy.at(0) == ["res2a_relu", 3, 0.95]
    qtbot.keyClick(gate.factor, Qt.Key.Key_End)
    assert spy.at(1) == ["res2a_relu", 3, 2.0]
    qtbot.keyClick(gate.factor, Qt.Key.Key_Home)
    assert spy.at(2) == ["res2a_relu", 3, 0.0]


def test_rendering_a_factor_asks_for_nothing(gate: GateControls) -> None:
    spy = QSignalSpy(gate.channel_scaled)
    gate.render(replace(changed_state(replace(OFF, factor=0.4)), channel=3))
    assert gate.factor.value() == 8
    assert spy.count() == 0


def test_values_that_are_no_maps_have_no_switch(gate: GateControls) -> None:
    gate.render(replace(shown_state(), layer="fc5"))
    assert not gate.isEnabled()
    assert "layers with maps" in gate.switch.toolTip()


# --- the bars ----------------------------------------------------------------------------------


@pytest.fixture
def predictions(qtbot: QtBot) -> PredictionList:
    panel = PredictionList()
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def test_bars_show_the_changed_scores_with_the_untouched_ones_marked(
    predictions: PredictionList,
) -> None:
    predictions.render(changed_state(OFF))
    first = predictions.rows.index(0)
    assert first.data(PREDICTION_ROLE).label == "goldfish"
    assert first.data(PREDICTION_ROLE).probability == pytest.approx(0.55)
    assert first.data(UNTOUCHED_ROLE) == pytest.approx(0.15)
    said = first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "+40.0 percentage points against 15.0" in said
    # The mark: a line across the bar at the untouched value, in the colour of text.
    image = predictions.view.viewport().grab().toImage()
    area = predictions.view.visualRect(first)
    at = area.left() + 12 + round((area.width() - 24 - 2) * 0.15)
    scale = image.devicePixelRatio()
    colour = image.pixelColor(round((at + 1) * scale), round((area.top() + 23) * scale))
    assert colour == DARK.text


def test_without_changes_there_are_neither_marks_nor_a_list(predictions: PredictionList) -> None:
    predictions.render(changed_state(OFF))
    predictions.render(shown_state(BEFORE))
    assert predictions.rows.index(0).data(UNTOUCHED_ROLE) is None
    assert predictions.rows.index(0).data(PREDICTION_ROLE).label == "golden retriever"
    assert not predictions.changes.isVisible()


def test_the_list_names_every_change_and_takes_single_ones_back(
    predictions: PredictionList, qtbot: QtBot
) -> None:
    predictions.render(changed_state(OFF, HALF))
    changes = predictions.changes
    taken, reset = QSignalSpy(changes.taken_back), QSignalSpy(changes.reset_requested)
    assert changes.isVisible()
    first, second = changes.findChildren(IconButton)
    assert first.toolTip() == "Take back: channel 3 of res2a_relu off"
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert taken.at(0) == [HALF]
    qtbot.mouseClick(changes.reset, Qt.MouseButton.LeftButton)
    assert reset.count() == 1


def test_what_does_not_fit_into_the_list_stands_in_its_tooltip(qtbot: QtBot) -> None:
    changes = ChangeList()
    qtbot.addWidget(changes)
    many = [Intervention("channel", "res2a_relu", channel, 0.0) for channel in range(6)]
    changes.render(changed_state(*many))
    tip = changes.toolTip()
    assert all(str(change) in tip for change in many)
    assert "image list" in tip
    assert len(changes.findChildren(IconButton)) == 2


def test_a_run_that_is_not_through_is_said(qtbot: QtBot) -> None:
    changes = ChangeList()
    qtbot.addWidget(changes)
    changes.render(with_change(changed_state(OFF), HALF))
    assert changes._title.text() == "2 changes · computing…"
    changes.render(changed_state(OFF, HALF))
    assert changes._title.text() == "2 changes"


# --- the grid ----------------------------------------------------------------------------------


def test_changed_channels_are_marked_on_their_tiles_wherever_they_stand(qtbot: QtBot) -> None:
    grid = Grid()
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    values = {"layer": read_only(np.array([3, 2, 1, 0], np.float32)[:, None, None].repeat(4, 1))}
    values["layer"] = read_only(values["layer"].repeat(4, 2))
    options = ViewOptions(sort="mean", tile_px=60)
    state = state_of(values, layer="layer", channel=3, options=options)
    state = with_change(state, Intervention("channel", "layer", 1, 0.0))
    state = with_change(state, Intervention("channel", "layer", 2, 0.5))
    state = with_change(state, Intervention("channel", "other", 0, 0.0))
    grid.show_state(state)
    image, colour = painted(grid.tiles.viewport()), DARK.against
    marks = []
    for place in range(4):
        tile = grid.tiles.tile_rect(place).toRect()
        middle, corner = tile.center(), tile.bottomRight()
        diagonal = [image.pixelColor(middle.x() + d, middle.y() + d) for d in range(-3, 4)]
        low = [image.pixelColor(corner.x() - 2, corner.y() - 2)]
        marks.append((colour in diagonal, colour in low))
    assert [crossed for crossed, _ in marks] == [False, True, False, False]
    assert marks[2][1]
    assert not marks[0][1]


def test_number_and_pin_of_a_crossed_out_channel_stay_readable(qtbot: QtBot) -> None:
    grid = Grid()
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    maps = read_only(np.zeros((4, 4, 4), np.float32))
    options, pins = ViewOptions(tile_px=40), GridChoice(pins=(("layer", 2),))
    state = replace(state_of({"layer": maps}, layer="layer", channel=3, options=options), grid=pins)
    grid.show_state(with_change(state, Intervention("channel", "layer", 2, 0.0)))
    image, tile = painted(grid.tiles.viewport()), grid.tiles.tile_rect(0).toRect()
    number = QRect(tile.left() + 1, tile.bottom() - 10, 7, 9)
    pin = QRect(tile.right() - 13, tile.top() + 2, 12, 12)
    for area in (number, pin):
        shades = [
            image.pixelColor(x, y)
            for x in range(area.left(), area.right())
            for y in range(area.top(), area.bottom())
        ]
        assert max(shade.lightness() for shade in shades) > 200
        assert not any(shade.hslSaturationF() > 0.5 and shade.red() > 120 for shade in shades)
    assert image.pixelColor(tile.center()) == DARK.against


# --- the program -------------------------------------------------------------------------------


def test_a_channel_switched_off_by_key_changes_the_bars_and_undo_takes_it_back(
    lens: Lens, qtbot: QtBot
) -> None:
    window, controller = lens.window, lens.controller
    window.source_received.emit(PixelsSource("Red", np.full((8, 8, 3), (255, 0, 0), np.uint8)))
    qtbot.waitUntil(
        lambda: (
            controller.state.shown is not None and controller.state.shown.activations is not None
        ),
        timeout=PATIENCE_MS,
    )
    window.layer_chosen.emit("res2a_relu")
    window.channel_chosen.emit(0)
    assert window.commands.changes.toggle_channel.text() == "Switch channel 0 off"
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: shown_outcome(controller.state) is not None, timeout=PATIENCE_MS)
    assert window.parts is not None
    top = window.parts.predictions.rows.index(0)
    assert top.data(PREDICTION_ROLE).probability < 0.4
    assert top.data(UNTOUCHED_ROLE) > 0.9
    assert controller.state.entries[0].top is not None
    assert controller.state.entries[0].top.label == "red"
    assert window.commands.changes.toggle_channel.text() == "Switch channel 0 on"
    window.commands.undo.trigger()
    assert changed_by(controller.state).active == ()
    assert window.parts.predictions.rows.index(0).data(PREDICTION_ROLE).probability > 0.9
    window.commands.redo.trigger()
    qtbot.waitUntil(lambda: shown_outcome(controller.state) is not None, timeout=PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert changed_by(controller.state).active == ()


def test_the_block_of_the_chosen_layer_can_be_switched_from_the_commands(
    window: MainWindow, tiny_model: Path
) -> None:
    from desktop_app.core.model_file import load_model

    assert window.parts is not None
    spy = QSignalSpy(window.parts.interventions.branch_toggled)
    state = LensState(model=load_model(tiny_model), layer="res2b_branch2a")
    window.render(state)
    action = window.commands.changes.toggle_branch
    assert action.text() == "Switch the branch of block 2b off"
    action.trigger()
    assert spy.count() == 1
    window.render(with_change(state, replace(HALF, factor=0.0)))
    assert action.text() == "Switch the branch of block 2b on"
    window.render(replace(state, layer="pool1"))
    assert not action.isEnabled()
