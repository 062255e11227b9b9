"""The grid in another order: what stands where, what keys and clicks mean, what the header says."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from desktop_app.core.map_names import Criterion
from desktop_app.core.mosaic import TileLayout
from desktop_app.core.records import Tensor, read_only
from desktop_app.parts.grid import GridChoice
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.channel_grid import ALL_DEAD
from desktop_app.views.colormaps import colour_table
from desktop_app.views.grid_header import GridHeader
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import font
from desktop_app.views.tile_picture import TileScene, TileStyle, tile_picture
from tests.gui.grid_parts import Grid
from tests.gui.map_states import maps_of, painted, state_of
from tests.gui.window_states import model_of

BY_MEAN = ViewOptions(sort="mean")


def constant(*values: float) -> Tensor:
    """Channel by channel, 2 × 2, the same value everywhere."""
    array = np.array(values, dtype=np.float32)[:, None, None]
    return read_only(np.broadcast_to(array, (len(values), 2, 2)).copy())


MAPS = constant(0, 30, 10, 0, 51, 20)
"""By mean: 4, 1, 5, 2, 0, 3; dead: 0 and 3."""


@pytest.fixture
def grid(qtbot: QtBot) -> Grid:
    grid = Grid()
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def shown(
    options: ViewOptions | None = None, choice: GridChoice | None = None, channel: int = 4
) -> LensState:
    state = state_of({"layer": MAPS}, layer="layer", channel=channel, options=options)
    return replace(state, grid=choice)


def order(grid: Grid) -> list[int]:
    layout = grid.tiles.tile_layout()
    return [] if layout is None else [grid.tiles.channel_at(p) for p in range(layout.count)]


def hidden_among(values: Tensor, choice: GridChoice | None = None) -> LensState:
    options = ViewOptions(hide_dead=True)
    return replace(state_of({"layer": values}, layer="layer", options=options), grid=choice)


def facts(grid: Grid) -> str:
    return grid.part(GridHeader).facts.text()


def test_sorted_tiles_are_painted_in_their_order(grid: Grid) -> None:
    grid.show_state(shown(BY_MEAN, channel=3))
    assert order(grid) == [4, 1, 5, 2, 0, 3]
    picture, table = painted(grid.tiles.viewport()), colour_table("inferno")
    colours = [picture.pixelColor(grid.middle(place)) for place in range(4)]
    assert colours == [QColor.fromRgb(table[index]) for index in (255, 150, 100, 50)]


def test_tiles_carry_the_numbers_of_their_channels() -> None:
    black = np.zeros((12, 2, 2), dtype=np.uint8)
    layout = TileLayout(count=2, columns=2, tile_width=60, tile_height=60, gap=3)
    style = TileStyle(ground=QColor("black"), font=font(11), ratio=1.0)

    def tile(*channels: int) -> QImage:
        scene = TileScene(indices=black, channels=np.array(channels), values=None, colormap="gray")
        return tile_picture(scene, layout, range(1), style).copy(0, 0, 60, 60)

    assert tile(11, 7) == tile(11, 3)
    assert tile(11, 7) != tile(7, 11)


def test_a_click_chooses_the_channel_that_stands_there(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(shown(BY_MEAN))
    with qtbot.waitSignal(grid.panel.channel_chosen) as chosen:
        grid.click(2)
    assert chosen.args == [5]


@pytest.mark.parametrize(
    ("key", "channel"),
    [(Qt.Key.Key_Right, 5), (Qt.Key.Key_Left, 4), (Qt.Key.Key_End, 3)],
)
def test_keys_move_along_the_displayed_order(
    grid: Grid, qtbot: QtBot, key: Qt.Key, channel: int
) -> None:
    grid.show_state(shown(BY_MEAN, channel=1))
    with qtbot.waitSignal(grid.panel.channel_chosen) as chosen:
        qtbot.keyClick(grid.tiles, key)
    assert chosen.args == [channel]


def test_next_and_previous_channel_follow_the_displayed_order(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.render(shown(BY_MEAN, channel=1))
    with qtbot.waitSignal(window.channel_chosen) as chosen:
        window.commands.next_channel.trigger()
    assert chosen.args == [5]
    with qtbot.waitSignal(window.channel_chosen) as chosen:
        window.commands.previous_channel.trigger()
    assert chosen.args == [4]
    window.render(shown(BY_MEAN, channel=3))
    with qtbot.assertNotEmitted(window.channel_chosen):
        window.commands.next_channel.trigger()


def test_the_chosen_tile_stays_in_view_when_the_order_changes(grid: Grid) -> None:
    maps = maps_of(2048, 7, 7).copy()
    maps[3] = 0.001  # not dead, and last by mean
    state = state_of({"layer": read_only(maps)}, layer="layer", channel=3)
    grid.show_state(state)
    area = grid.tiles
    assert area.verticalScrollBar().value() == 0
    grid.show_state(replace(state, options=BY_MEAN))
    assert area.verticalScrollBar().value() > 0
    assert area.viewport().rect().contains(grid.middle(2047))


def test_dead_channels_are_hidden_and_counted(grid: Grid) -> None:
    grid.show_state(shown(ViewOptions(hide_dead=True)))
    assert order(grid) == [1, 2, 4, 5]
    assert facts(grid) == "6 × 2 × 2 · 4 of 6, 2 dead hidden"
    grid.show_state(shown())
    assert facts(grid) == "6 × 2 × 2"


def test_keys_lead_from_a_hidden_channel_to_the_first_tile(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(shown(ViewOptions(hide_dead=True), channel=0))
    with qtbot.waitSignal(grid.panel.channel_chosen) as chosen:
        qtbot.keyClick(grid.tiles, Qt.Key.Key_Right)
    assert chosen.args == [1]


def test_a_layer_without_a_living_channel_says_so(grid: Grid) -> None:
    state = hidden_among(constant(0, 0))
    grid.show_state(state)
    assert grid.tiles.accessibleDescription() == ALL_DEAD
    assert grid.tiles.tile_layout() is None
    assert state.shown is not None
    waiting = replace(state, shown=replace(state.shown, activations=None))
    grid.show_state(waiting)
    assert grid.tiles.accessibleDescription() == "Computing maps…"
    assert grid.tiles.tile_layout() is None


def test_pinned_channels_stand_first_with_a_sign(grid: Grid) -> None:
    options = ViewOptions(sort="mean", hide_dead=True, tile_px=60)
    grid.show_state(shown(options))
    before = painted(grid.tiles.viewport())
    grid.show_state(shown(options, GridChoice(pins=(("layer", 3), ("layer", 2), ("other", 1)))))
    assert order(grid) == [3, 2, 4, 1, 5]
    after, corner = painted(grid.tiles.viewport()), grid.tiles.tile_rect(1).topRight().toPoint()
    area = [(corner.x() - x, corner.y() + y) for x in range(2, 14) for y in range(1, 13)]
    assert max(after.pixelColor(x, y).lightness() for x, y in area) > 180
    assert max(before.pixelColor(x, y).lightness() for x, y in area) < 150


@pytest.mark.parametrize(("tile_px", "numbered"), [(20, True), (25, True), (6, False)])
def test_pinned_channels_have_their_number_however_small_they_are(
    grid: Grid, *, tile_px: int, numbered: bool
) -> None:
    options, pins = ViewOptions(tile_px=tile_px), GridChoice(pins=(("layer", 0), ("layer", 3)))
    grid.show_state(shown(options, pins, channel=5))
    picture, tile = painted(grid.tiles.viewport()), grid.tiles.tile_rect(1).toRect()
    low = tile.adjusted(1, tile.height() // 2, -tile.width() // 2, -1)
    inside = [
        (x, y) for x in range(low.left(), low.right()) for y in range(low.top(), low.bottom())
    ]
    white = max((picture.pixelColor(x, y).lightness() for x, y in inside), default=0) > 200
    assert white == numbered


def test_the_header_names_the_order(grid: Grid) -> None:
    header = grid.part(GridHeader)
    grid.show_state(shown(BY_MEAN))
    assert header.sort.title == "sort: mean"
    grid.show_state(shown(ViewOptions(sort="similarity"), GridChoice(similar_to=4)))
    assert header.sort.title == "sort: like 4"


def test_the_header_says_what_the_evidence_is_for(grid: Grid, qtbot: QtBot) -> None:
    sort = grid.part(GridHeader).sort
    state = replace(
        shown(ViewOptions(sort="evidence")),
        model=model_of(labels=("tabby cat", "teddy", "c", "d", "e")),
        chosen_class=1,
    )
    grid.show_state(state)
    assert (sort.title, sort.detail) == ("sort: evidence", "for teddy")
    assert sort.toolTip() == "How much each channel speaks for teddy"
    title_alone = sort.minimumWidth()
    assert title_alone < sort.sizeHint().width()
    grid.show_state(replace(state, options=ViewOptions(sort="mean")))
    assert (sort.detail, sort.toolTip()) == ("", "sort: mean")
    grid.show_state(replace(state, options=ViewOptions(sort="evidence"), model=None))
    assert (sort.detail, sort.sizeHint().width()) == ("", title_alone)


def test_until_the_evidence_is_known_the_numbers_order_holds_and_the_header_says_so(
    grid: Grid,
) -> None:
    grid.show_state(shown(ViewOptions(sort="evidence")))
    assert order(grid) == list(range(6))
    assert facts(grid).endswith("weighing…")
    grid.show_state(replace(shown(ViewOptions(sort="evidence")), evidence_error="it broke"))
    assert facts(grid).endswith("no evidence")


@pytest.mark.parametrize("sort", ["mean", "zeros", "variance", "evidence"])
def test_every_order_is_a_command(grid: Grid, qtbot: QtBot, sort: Criterion) -> None:
    grid.show_state(shown())
    with qtbot.waitSignal(grid.commands.options_changed) as changed:
        grid.actions_.grid.sorts[sort].trigger()
    assert changed.args == [ViewOptions(sort=sort)]
    grid.show_state(shown(ViewOptions(sort=sort)))
    assert grid.actions_.grid.sorts[sort].isChecked()


def test_similarity_is_asked_for_with_the_chosen_channel(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(shown(channel=5))
    with qtbot.waitSignal(grid.commands.similarity_wanted) as wanted:
        grid.actions_.grid.sorts["similarity"].trigger()
    assert wanted.args == [5]


def test_hiding_dead_channels_is_a_command(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(shown())
    with qtbot.waitSignal(grid.commands.options_changed) as changed:
        grid.actions_.grid.hide_dead.trigger()
    assert changed.args == [ViewOptions(hide_dead=True)]


def test_that_there_is_nothing_to_hide_is_said(grid: Grid, qtbot: QtBot) -> None:
    alive = hidden_among(constant(1, 2))
    grid.show_state(alive)
    assert facts(grid) == "2 × 2 × 2 · no dead channels"
    grid.show_state(replace(alive, options=ViewOptions()))
    assert facts(grid) == "2 × 2 × 2"
    grid.commands.options_changed.connect(lambda _: grid.show_state(alive))
    with qtbot.waitSignal(grid.commands.said) as said:  # the pointer may be on a tile's value
        grid.actions_.grid.hide_dead.trigger()
    assert said.args == ["layer: no dead channels"]


def test_dead_channels_that_are_pinned_are_told(grid: Grid) -> None:
    grid.show_state(hidden_among(constant(0, 2), GridChoice(pins=(("layer", 0),))))
    assert facts(grid) == "2 × 2 × 2 · 1 dead, pinned"


def test_the_status_line_says_what_hiding_dead_channels_came_to(window: MainWindow) -> None:
    window.options_changed.connect(lambda options: window.render(shown(options)))
    window.render(shown())
    window.commands.grid.hide_dead.trigger()
    assert window.status.what.text() == "layer: 4 of 6, 2 dead hidden"
