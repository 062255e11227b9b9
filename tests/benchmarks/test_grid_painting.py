"""What the channel grid costs the window's thread, against one frame of the screen (16.7 ms).

The goal is at most one frame for the two extremes, many small maps and few large ones: to be set
and painted, to be sorted anew, and for every step of scrolling, on ordinary and on dense screens.
Layers that are derived when they are chosen have to be painted within a frame as well.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app import paths
from desktop_app.core.derived_activations import DerivedActivations
from desktop_app.core.map_names import Criterion
from desktop_app.core.model_file import load_model
from desktop_app.core.records import Activations, Tensor
from desktop_app.core.sessions import ModelSessions
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.channel_grid import ChannelGrid
from desktop_app.views.theme import DARK, apply_theme, load_resources
from desktop_app.views.tile_area import TileArea
from tests.gui.map_states import maps_of, state_of

FRAME_MS = 1000 / 60
EXTREMES = [(2048, 7, 7), (64, 112, 112)]
SCROLL_PX = 53
"""About half a notch of a wheel; seldom a whole row, so that another part has to be composed."""


def milliseconds(action: Callable[[], object]) -> float:
    """Of the thread's own work: what else the machine does meanwhile is not the window's."""
    start = time.thread_time()
    action()
    return (time.thread_time() - start) * 1000


def best_ms(action: Callable[[], object], *, times: int = 5) -> float:
    return min(milliseconds(action) for _ in range(times))


def show(grid: ChannelGrid, state: LensState) -> None:
    grid.render(state)
    grid.grab()


def tell(what: str, measured: float) -> None:
    print(f"{what} {measured:.1f} ms, {measured / FRAME_MS:.2f} of a frame")


@pytest.fixture
def grid(qtbot: QtBot, qapp: QApplication) -> ChannelGrid:
    load_resources(paths.resources())
    apply_theme(qapp, DARK)
    grid = ChannelGrid()
    qtbot.addWidget(grid)
    grid.resize(760, 420)
    grid.show()
    return grid


def tiles_of(grid: ChannelGrid) -> TileArea:
    area = grid.findChild(TileArea)
    assert isinstance(area, TileArea)
    return area


@pytest.mark.benchmark
@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
@pytest.mark.parametrize("shape", [*EXTREMES, (2048, 2, 2)])
def test_a_layer_is_painted_within_a_frame(grid: ChannelGrid, shape: tuple[int, int, int]) -> None:
    # Every layer is new, as in the window: what is known of maps must not have been seen before.
    states = [state_of({"layer": maps_of(*shape, seed=n)}, layer="layer") for n in range(5)]
    shown = best_ms(lambda: show(grid, states.pop()))
    tell(f"{shape}: set to painted", shown)
    state = state_of({"layer": maps_of(*shape)}, layer="layer", options=ViewOptions(tile_px=20))
    grid.render(state)
    tell(f"{shape}: painted again", best_ms(grid.grab))
    assert tiles_of(grid).tile_rect(shape[0] - 1).isValid()


@pytest.mark.benchmark
@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
@pytest.mark.parametrize("sort", ["mean", "variance", "similarity"])
@pytest.mark.parametrize("shape", EXTREMES)
def test_a_layer_is_sorted_within_a_frame(
    grid: ChannelGrid, shape: tuple[int, int, int], sort: Criterion
) -> None:
    times = []
    for seed in range(5):
        state = state_of({"layer": maps_of(*shape, seed=seed)}, layer="layer")
        grid.render(state)
        grid.grab()
        by_criterion = replace(state, options=ViewOptions(sort=sort))

        times.append(milliseconds(partial(show, grid, by_criterion)))
    tell(f"{shape}: sorted by {sort} and painted", min(times))


@pytest.mark.benchmark
@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("shape", EXTREMES)
def test_a_step_of_scrolling_is_painted_within_a_frame(
    grid: ChannelGrid,
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, int, int],
    ratio: int,
) -> None:
    area = tiles_of(grid)
    monkeypatch.setattr(area, "devicePixelRatioF", lambda: float(ratio))
    # Few large maps scroll only when they are enlarged.
    options = ViewOptions(tile_px=0 if shape[0] > 64 else 224)
    grid.render(state_of({"layer": maps_of(*shape)}, layer="layer", options=options))
    screen = QImage(area.viewport().size() * ratio, QImage.Format.Format_RGB32)
    screen.setDevicePixelRatio(ratio)
    area.viewport().render(screen)
    bar = area.verticalScrollBar()
    assert bar.maximum() > 0

    def step() -> None:
        there = bar.value() + SCROLL_PX
        bar.setValue(there if there <= bar.maximum() else 0)
        area.viewport().render(screen)

    times = sorted(milliseconds(step) for _ in range(60))
    slow = times[int(0.95 * len(times))]
    tell(f"{shape} at ratio {ratio}: a step of scrolling", statistics.median(times))
    tell(f"{shape} at ratio {ratio}: 19 of 20 steps within", slow)


@pytest.mark.benchmark
@pytest.mark.torch
@pytest.mark.timeout(300)
@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
@pytest.mark.parametrize("layer", ["res5c_relu", "conv1_relu", "dearest"])
def test_a_derived_layer_is_painted_within_a_frame(
    random_model: Path, grid: ChannelGrid, layer: str
) -> None:
    """From taps alone: nothing on the way to the layer has been derived before."""
    sessions = ModelSessions(load_model(random_model), "cpu")
    values = sessions.activations(np.ones((1, 3, 224, 224), np.float32)).values
    assert isinstance(values, DerivedActivations)

    def derive(name: str) -> Tensor:
        values.let_go()
        return values[name]

    if layer == "dearest":
        spatial = [each.name for each in sessions.model.layers if len(each.shape) == 3]
        layer = max(spatial, key=lambda name: best_ms(lambda: derive(name), times=3))
    shape, derived = derive(layer).shape, best_ms(lambda: derive(layer))
    other = state_of({"other": maps_of(2, 3, 3)}, layer="other")
    assert other.shown is not None
    shown = replace(other.shown, activations=Activations(values=values, run_ms=1))
    chosen = replace(other, model=sessions.model, shown=shown, layer=layer)
    times = []
    for _ in range(5):
        show(grid, other)
        values.let_go()
        times.append(milliseconds(lambda: show(grid, chosen)))
    tell(f"{layer} {shape}: derived, in", derived)
    tell(f"{layer} {shape}: derived and painted, in", min(times))
    assert tiles_of(grid).tile_rect(shape[0] - 1).isValid()
