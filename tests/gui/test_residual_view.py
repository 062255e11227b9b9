"""The residual view: a row per block, what it says, what a click and a key do."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.core.block_effects import BlockEffect
from desktop_app.core.interventions import Intervention
from desktop_app.core.network import Network, NetworkNode
from desktop_app.core.records import Activations, Model, read_only
from desktop_app.core.residual_blocks import ResidualBlock
from desktop_app.core.residual_shares import residual_shares
from desktop_app.intervening import fail_shares, with_change
from desktop_app.parts.residual import Residual
from desktop_app.state import LensState
from desktop_app.views.residual_rows import ROW_ROLE, columns_of
from desktop_app.views.residual_view import ResidualView
from desktop_app.views.theme import DARK
from tests.gui.window_states import model_of, shown_state

BLOCKS = tuple(
    ResidualBlock(
        name=name,
        branch=f"branch{name}",
        shortcut="shortcut",
        summed=f"res{name}",
        output=f"res{name}_relu",
        layers=(f"branch{name}", f"res{name}", f"res{name}_relu"),
        channels=2,
    )
    for name in ("2a", "2b")
)


def maps(value: float) -> np.ndarray:
    return read_only(np.full((2, 4, 4), value, np.float32))


def measured(*, effects: int = 2, measuring: bool = False) -> LensState:
    """Block 2a with a quarter of its sum from the branch, block 2b the identity."""
    values = {"shortcut": maps(3), "branch2a": maps(1), "branch2b": maps(0)}
    shares = residual_shares(Activations(values=values, run_ms=1), BLOCKS)
    found = [
        BlockEffect(
            block=block.name,
            class_index=0,
            probability_change=change,
            logit_change=change,
            top_index=top,
            top_probability=0.6,
        )
        for block, change, top in zip(BLOCKS, (-0.25, 0.0), (1, 0), strict=True)
    ]
    part = Residual(
        entry=1,
        shares=shares,
        class_index=0,
        effects=MappingProxyType({one.block: one for one in found[:effects]}),
        measuring=measuring,
    )
    state = shown_state()
    options = replace(state.options, layers_tab="residual")
    model = replace(model_of(), blocks=BLOCKS)
    return replace(state, model=model, residual=part, options=options)


def with_sum() -> Model:
    """A network with a sum of two ways in which no block was found."""
    nodes = {"res2a": NetworkNode(inputs=("res2a_branch2a", "res2a_branch1"))}
    return replace(model_of(), network=Network(nodes=nodes))


@pytest.fixture
def view(qtbot: QtBot) -> ResidualView:
    view = ResidualView()
    qtbot.addWidget(view)
    view.resize(260, 300)
    with qtbot.waitExposed(view):
        view.show()
    return view


def test_a_row_tells_share_cosine_and_effect(view: ResidualView) -> None:
    view.render(measured())
    first = view.rows.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "share of the branch 25.0 %, cosine between both +1.00" in first
    assert "branch off: golden retriever −25.0 percentage points" in first
    assert "then the top class is goldfish (60.0 %)" in first
    second = view.rows.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "share of the branch 0.0 %" in second
    assert "top class" not in second


def test_the_bar_is_blue_as_far_as_the_branch_reaches(view: ResidualView) -> None:
    view.render(measured())
    image = view.view.viewport().grab().toImage()
    shares = []
    for row in range(2):
        area = view.view.visualRect(view.rows.index(row))
        bar = columns_of(area, view.view.delegate.name_px).bar
        scale = image.devicePixelRatio()
        y = round(bar.center().y() * scale)
        columns = range(round(bar.left() * scale), round((bar.right() + 1) * scale))
        colours = [image.pixelColor(x, y) for x in columns]
        shares.append(sum(colour == DARK.accent for colour in colours) / len(colours))
    assert shares == pytest.approx([0.25, 0], abs=0.03)


def test_a_click_and_enter_choose_the_block_s_output(view: ResidualView, qtbot: QtBot) -> None:
    view.render(measured())
    spy = QSignalSpy(view.layer_chosen)
    place = view.view.visualRect(view.rows.index(1)).center()
    qtbot.mouseClick(view.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert spy.at(0) == ["res2b_relu"]
    qtbot.keyClick(view.view, Qt.Key.Key_Up)
    qtbot.keyClick(view.view, Qt.Key.Key_Return)
    assert spy.at(1) == ["res2a_relu"]


@pytest.mark.parametrize("scrolled_away", [False, True])
def test_the_chosen_row_stays_in_view_when_words_take_some_of_the_height(
    view: ResidualView, qtbot: QtBot, *, scrolled_away: bool
) -> None:
    labels = ("a breed of dog with a name of several lines " * 2, "b", "c", "d", "e")
    state = replace(measured(), layer="res2b_relu")
    assert state.residual is not None
    assert state.model is not None
    state = replace(state, model=replace(state.model, labels=labels))
    part = replace(state.residual, shares=state.residual.shares[:1] * 12 + state.residual.shares)
    view.render(replace(state, residual=replace(part, class_index=None)))
    bar = view.view.verticalScrollBar()
    QApplication.processEvents()
    chosen, height = view.rows.index(13), view.view.viewport().height()
    assert bar.value() == bar.maximum() > 0
    if scrolled_away:
        bar.setValue(0)
    view.render(replace(state, residual=part))
    qtbot.waitUntil(lambda: view.view.viewport().height() < height)
    in_view = view.view.viewport().rect().contains(view.view.visualRect(chosen))
    assert in_view != scrolled_away


def test_the_menu_of_a_row_switches_its_branch(view: ResidualView, qtbot: QtBot) -> None:
    off = Intervention("branch", "2b", None, 0.0)
    for state, word in ((measured(), "off"), (with_change(measured(), off), "on")):
        view.render(state)
        spy = QSignalSpy(view.branch_scaled)
        menu = view.menu_for(view.rows.index(1).data(ROW_ROLE))
        qtbot.addWidget(menu)
        switch, _, *factors = menu.actions()
        assert switch.text() == f"Switch the branch of block 2b {word}"
        assert [one.isChecked() for one in factors] == [False, False, word == "off", False, False]
        switch.trigger()
        assert spy.at(0) == ["2b", 0.0 if word == "off" else 1.0]
        factors[1].trigger()
        assert spy.at(1) == ["2b", 0.5]


def test_a_block_without_its_branch_is_marked(view: ResidualView) -> None:
    view.render(with_change(measured(), Intervention("branch", "2b", None, 0.0)))
    assert "branch × 0.00" in view.rows.index(1).data(Qt.ItemDataRole.ToolTipRole)
    assert view.rows.index(0).data(ROW_ROLE).factor == 1


def test_measuring_can_be_stopped_and_begun(view: ResidualView, qtbot: QtBot) -> None:
    stopped, begun = QSignalSpy(view.stop_requested), QSignalSpy(view.measuring_requested)
    view.render(measured(effects=1, measuring=True))
    assert view.button.text() == "Stop"
    qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    view.render(measured(effects=1))
    assert view.button.text() == "Measure"
    qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    assert (stopped.count(), begun.count()) == (1, 1)
    view.render(measured())
    assert not view.button.isVisible()


def test_what_the_change_is_of_is_said_whole(view: ResidualView) -> None:
    labels = ("a breed of dog with a long name", "b", "c", "d", "e")
    state = measured()
    assert state.model is not None
    view.render(replace(state, model=replace(state.model, labels=labels)))
    QApplication.processEvents()
    told = view._told
    assert told.text() == f"Δ: points of “{labels[0]}” without the branch"
    assert told.height() >= told.heightForWidth(told.width()) > told.fontMetrics().height()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": None}, "open model"),
        ({"model": model_of()}, "none of the layers that can be looked at"),
        ({"model": with_sum()}, "has sums"),
        ({"shown": None}, "Open an image"),
        ({"residual": None}, "Computing"),
    ],
)
def test_an_empty_view_says_why(view: ResidualView, change: dict[str, object], said: str) -> None:
    state = measured()
    for name, value in change.items():
        state = replace(state, **{name: value})  # type: ignore[arg-type]
    view.render(state)
    assert said in view._message.text()
    assert view._message.isVisible()


def test_figures_that_cannot_be_had_are_not_waited_for(view: ResidualView) -> None:
    state = measured()
    assert state.shown is not None
    broken = replace(state, shown=replace(state.shown, activations=None, trouble="no memory"))
    view.render(replace(broken, residual=None))
    assert view._message.text() == "Nothing to measure: no memory"
    view.render(fail_shares(state, state.shown.number, "it burst"))
    assert view._message.text() == "Nothing to measure: it burst"
