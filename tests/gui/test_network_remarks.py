"""What stands over the map of the network: changed places, and the blocks' figures on demand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from desktop_app.core.block_effects import BlockEffect
from desktop_app.core.foreign_plan import plan_foreign
from desktop_app.core.interventions import Intervention
from desktop_app.core.model_file import load_model
from desktop_app.core.network_layout import plan_network
from desktop_app.core.records import Activations, read_only
from desktop_app.core.residual_shares import residual_shares
from desktop_app.intervening import with_change
from desktop_app.parts.residual import Residual
from desktop_app.state import LensState, Shown
from desktop_app.views.main_window import MainWindow
from desktop_app.views.network_remarks import Remarks, remarks_on
from desktop_app.views.network_view import NetworkView
from desktop_app.views.theme import DARK
from tests.gui.window_states import shown_state

OFF = Intervention("branch", "2b", None, 0.0)


@pytest.fixture
def state(tiny_model: Path) -> LensState:
    """The small network on screen, with figures of its blocks."""
    model = load_model(tiny_model)
    model = replace(model, plan=plan_network(model))
    values = {
        layer.name: read_only(np.ones((*layer.shape, 1, 1)[:3], np.float32))
        for layer in model.layers
    }
    shares = residual_shares(Activations(values=values, run_ms=1), model.blocks)
    effect = BlockEffect(
        block="2b",
        class_index=0,
        probability_change=-0.3,
        logit_change=-1,
        top_index=0,
        top_probability=0.5,
    )
    part = Residual(entry=1, shares=shares, class_index=0, effects={"2b": effect})
    shown = shown_state().shown
    assert shown is not None
    bare = Shown(shown.number, shown.image)
    return LensState(model=model, shown=bare, layer="conv1", residual=part)


@pytest.fixture
def view(qtbot: QtBot, state: LensState) -> NetworkView:
    view = NetworkView()
    qtbot.addWidget(view)
    view.resize(300, 700)
    with qtbot.waitExposed(view):
        view.show()
    view.render(state)
    return view


def with_figures(state: LensState) -> LensState:
    return replace(state, options=replace(state.options, block_shares=True))


def count(view: NetworkView, colour: QColor, layer: str) -> int:
    """Pixels of a colour in the row of a layer's block."""
    view.canvas.viewport().update()
    image: QImage = view.canvas.viewport().grab().toImage()
    area = view.canvas._scene.area_of(layer)
    assert area is not None
    row = QRectF(0, area.top() - 8, view.canvas._scene.plan.width, 40)
    seen = view.canvas.mapFromScene(row).boundingRect().intersected(image.rect())
    return sum(
        image.pixelColor(x, y) == colour
        for x in range(seen.left(), seen.right())
        for y in range(seen.top(), seen.bottom())
    )


def test_remarks_name_what_is_changed(state: LensState) -> None:
    changed = with_change(with_change(state, OFF), Intervention("channel", "conv1", 3, 0.5))
    assert remarks_on(changed) == Remarks((("res2b", 0.0),), frozenset({"conv1"}))
    assert remarks_on(state) == Remarks()
    assert remarks_on(LensState()) == Remarks()


def test_figures_are_there_on_demand(state: LensState) -> None:
    figures = remarks_on(with_figures(state)).figures
    assert [one.summed for one in figures] == ["res2a", "res2b", "res3a"]
    assert figures[1].share == pytest.approx(0.5)
    assert [one.change for one in figures] == [None, -0.3, None]


def test_a_branch_that_is_off_is_crossed_out_before_its_sum(
    view: NetworkView, state: LensState
) -> None:
    assert count(view, DARK.against, "res2b") == 0
    view.render(with_change(state, replace(OFF, factor=0.5)))
    scaled = count(view, DARK.against, "res2b")
    view.render(with_change(state, OFF))
    assert count(view, DARK.against, "res2b") > scaled > 0
    assert count(view, DARK.against, "res2a") == 0
    view.render(state)
    assert count(view, DARK.against, "res2b") == 0


def test_bars_and_numbers_stand_in_the_row_of_their_block(
    view: NetworkView, state: LensState
) -> None:
    assert count(view, DARK.accent, "res2b") == 0
    view.render(with_figures(state))
    assert count(view, DARK.accent, "res2b") > 20
    assert count(view, DARK.against, "res2b") > 0  # −30.0


def test_bars_stand_beside_the_sums_of_a_foreign_graph(view: NetworkView, state: LensState) -> None:
    model = state.model
    assert model is not None
    foreign = replace(model, name="foreign", plan=plan_foreign(model.layers, model.network))
    state = replace(state, model=foreign, layer="res2b")
    view.render(state)
    without = count(view, DARK.accent, "res2b")
    view.render(with_figures(state))
    assert count(view, DARK.accent, "res2b") > without + 60


def test_another_model_s_map_has_no_remarks_of_the_one_before(
    view: NetworkView, state: LensState
) -> None:
    view.render(with_change(state, OFF))
    other = replace(state, model=replace(state.model, name="other") if state.model else None)
    view.render(other)
    assert count(view, DARK.against, "res2b") == 0


def test_the_command_shows_the_figures_on_the_map(window: MainWindow, state: LensState) -> None:
    spy = QSignalSpy(window.options_changed)
    window.render(replace(state, options=replace(state.options, layers_tab="list")))
    window.commands.changes.shares.trigger()
    (options,) = spy.at(0)
    assert (options.block_shares, options.layers_tab) == (True, "map")
    window.render(replace(state, options=options))
    assert window.commands.changes.shares.isChecked()
    window.commands.changes.shares.trigger()
    assert spy.at(1)[0].block_shares is False
