"""How long a layer takes from being set to being painted, against one frame of the screen.

The goal is at most one frame (16.7 ms) for the two extremes: many small maps, few large ones.
"""

import time
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.state import ViewOptions
from desktop_app.views.channel_grid import ChannelGrid
from desktop_app.views.tile_area import TileArea
from tests.gui.map_states import maps_of, state_of

FRAME_MS = 1000 / 60


def best_ms(action: Callable[[], object], *, times: int = 5) -> float:
    def once() -> float:
        start = time.perf_counter()
        action()
        return (time.perf_counter() - start) * 1000

    return min(once() for _ in range(times))


@pytest.mark.benchmark
@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
@pytest.mark.parametrize("shape", [(2048, 7, 7), (64, 112, 112), (2048, 2, 2)])
def test_a_layer_is_painted_within_a_frame(
    qtbot: QtBot, qapp: QApplication, shape: tuple[int, int, int]
) -> None:
    grid = ChannelGrid()
    qtbot.addWidget(grid)
    grid.resize(760, 420)
    grid.show()
    states = [state_of({"layer": maps_of(*shape, seed=seed)}, layer="layer") for seed in (1, 2)]

    def show_other() -> None:
        states.reverse()
        grid.render(states[0])
        grid.grab()

    shown = best_ms(show_other)
    print(f"{shape}: set to painted {shown:.1f} ms, {shown / FRAME_MS:.2f} of a frame")
    grid.render(
        state_of({"layer": maps_of(*shape)}, layer="layer", options=ViewOptions(tile_px=20))
    )
    zoomed = best_ms(grid.grab)
    print(f"{shape}: painted again {zoomed:.1f} ms, {zoomed / FRAME_MS:.2f} of a frame")
    area = grid.findChild(TileArea)
    assert isinstance(area, TileArea)
    assert area.tile_rect(shape[0] - 1).isValid()
