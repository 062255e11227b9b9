"""Several channels at once: by click and by key, pinned, copied, saved."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.core.layer_picture import LayerPicture, channels_page, channels_png
from desktop_app.parts.grid import GridChoice, Selection
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.channel_dialog import ChannelDialog
from desktop_app.views.icons import IconButton
from desktop_app.views.main_window import MainWindow
from desktop_app.views.picked_channels import picture_of
from desktop_app.views.theme import DARK
from tests.gui.grid_parts import Grid
from tests.gui.map_states import maps_of, painted, state_of

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
MAPS = maps_of(40, 4, 4)
STATE = state_of({"layer": MAPS}, layer="layer", channel=5)


def selecting(*channels: int, chosen: int, anchor: int) -> LensState:
    choice = GridChoice(layer="layer", selected=channels, anchor=anchor)
    return replace(STATE, channel=chosen, grid=choice)


@pytest.fixture
def grid(qtbot: QtBot) -> Grid:
    grid = Grid()
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    grid.show_state(STATE)
    return grid


def test_control_and_click_adds_a_tile_to_the_chosen_one(grid: Grid, qtbot: QtBot) -> None:
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        grid.click(9, CONTROL)
    assert selected.args == [Selection((5, 9), chosen=9, anchor=9)]


def test_shift_and_click_selects_what_is_seen_between(grid: Grid, qtbot: QtBot) -> None:
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        grid.click(8, SHIFT)
    assert selected.args == [Selection((5, 6, 7, 8), chosen=8, anchor=5)]


def test_a_range_is_one_of_the_displayed_order(grid: Grid, qtbot: QtBot) -> None:
    by_mean = replace(STATE, options=ViewOptions(sort="mean"))
    grid.show_state(by_mean)
    order = [grid.tiles.channel_at(place) for place in range(40)]
    begin = order.index(5)
    end = begin + 2 if begin < 38 else begin - 2
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        grid.click(end, SHIFT)
    low, high = sorted((begin, end))
    expected = tuple(order[low : high + 1])
    assert selected.args == [Selection(expected, chosen=order[end], anchor=5)]


def test_shift_and_arrows_extend_and_take_back(grid: Grid, qtbot: QtBot) -> None:
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        qtbot.keyClick(grid.tiles, Qt.Key.Key_Right, SHIFT)
    assert selected.args == [Selection((5, 6), chosen=6, anchor=5)]
    grid.show_state(selecting(5, 6, chosen=6, anchor=5))
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        qtbot.keyClick(grid.tiles, Qt.Key.Key_Left, SHIFT)
    assert selected.args == [Selection((5,), chosen=5, anchor=5)]


def test_everything_is_selected_and_cleared_by_key(grid: Grid, qtbot: QtBot) -> None:
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        qtbot.keyClick(grid.tiles, Qt.Key.Key_A, CONTROL)
    assert selected.args == [Selection(tuple(range(40)), chosen=5, anchor=5)]
    grid.show_state(selecting(*range(40), chosen=5, anchor=5))
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        qtbot.keyClick(grid.tiles, Qt.Key.Key_Escape)
    assert selected.args == [Selection((), chosen=5, anchor=5)]


def test_a_plain_click_ends_the_selection(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(selecting(5, 6, chosen=6, anchor=5))
    with qtbot.waitSignal(grid.panel.channels_selected) as selected:
        grid.click(20)
    assert selected.args == [Selection((), chosen=20, anchor=20)]


def test_selected_tiles_are_outlined(grid: Grid) -> None:
    grid.show_state(selecting(5, 7, chosen=5, anchor=5))
    picture = painted(grid.tiles.viewport())

    def edge(place: int) -> QColor:
        rect = grid.tiles.tile_rect(place)
        return picture.pixelColor(int(rect.center().x()), int(rect.top()) - 1)

    accent, ground = DARK.accent, DARK.ground
    below = int(grid.tiles.tile_rect(20).top() > grid.tiles.tile_rect(0).top())
    assert below  # a tile with a gap above it, in place of the viewport's margin
    assert edge(20) == ground
    grid.show_state(selecting(5, 20, chosen=5, anchor=5))
    picture = painted(grid.tiles.viewport())
    assert abs(edge(20).blue() - accent.blue()) < 90
    assert edge(20) != ground


def test_selected_tiles_have_their_number_where_others_are_too_small_for_it(grid: Grid) -> None:
    def is_numbered(place: int) -> bool:
        picture, tile = painted(grid.tiles.viewport()), grid.tiles.tile_rect(place).toRect()
        low = tile.adjusted(2, tile.height() // 2, -tile.width() // 3, -2)
        inside = [
            (x, y) for x in range(low.left(), low.right()) for y in range(low.top(), low.bottom())
        ]
        return max(picture.pixelColor(x, y).lightness() for x, y in inside) > 200

    silent = state_of({"layer": maps_of(40, 4, 4) * 0}, layer="layer", channel=5)
    silent = replace(silent, options=ViewOptions(tile_px=22))
    grid.show_state(replace(silent, grid=selecting(5, 9, chosen=5, anchor=5).grid))
    assert [is_numbered(place) for place in (5, 9, 11)] == [True, True, False]


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_P])
def test_a_key_pins_what_is_selected(grid: Grid, qtbot: QtBot, key: Qt.Key) -> None:
    with qtbot.waitSignal(grid.commands.pins_toggled) as pinned:
        qtbot.keyClick(grid.tiles, key)
    assert pinned.args == [(5,)]
    grid.show_state(selecting(9, 7, chosen=9, anchor=9))
    with qtbot.waitSignal(grid.commands.pins_toggled) as pinned:
        qtbot.keyClick(grid.tiles, key)
    assert pinned.args == [(7, 9)]


def test_copying_by_key_asks_for_a_picture_of_what_is_selected(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(selecting(9, 7, chosen=9, anchor=9))
    with qtbot.waitSignal(grid.commands.copy_wanted) as wanted:
        qtbot.keyClick(grid.tiles, Qt.Key.Key_C, CONTROL)
    assert wanted.args is not None
    picture = wanted.args[0]
    assert isinstance(picture, LayerPicture)
    assert picture.channels == (7, 9)
    assert (picture.layer, picture.model, picture.image) == ("layer", "signs", "dog.jpg")
    assert picture.scale.legend == "layer"
    assert picture.maps is MAPS


def test_the_context_menu_offers_the_commands_with_their_keys(grid: Grid) -> None:
    menu = grid.tiles.make_menu()
    menus = [menu, *menu.findChildren(QMenu)]
    texts = [action.text() for each in menus for action in each.actions()]
    for command in ("Copy channels as a picture", "Save channels…", "Hide dead channels"):
        assert command in texts
    assert any(text.startswith("Select all\t") for text in texts)
    assert any(text.startswith("Pin or unpin\t") for text in texts)


def test_saving_asks_where_and_as_what(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.render(STATE)
    assert window.parts is not None
    window.commands.grid.save.trigger()
    dialog = window.findChild(ChannelDialog)
    assert isinstance(dialog, ChannelDialog)
    assert Path(dialog.selectedFiles()[0]).name == "layer-5.png"
    with qtbot.waitSignal(window.parts.grid_commands.save_wanted) as wanted:
        dialog.fileSelected.emit(str(tmp_path / "five.npz"))
    assert wanted.args is not None
    assert wanted.args[0].channels == (5,)
    assert wanted.args[1] == tmp_path / "five.npz"
    dialog.close()


def test_another_kind_of_file_changes_the_proposed_name(window: MainWindow) -> None:
    window.render(STATE)
    window.commands.grid.save.trigger()
    dialog = window.findChild(ChannelDialog)
    assert isinstance(dialog, ChannelDialog)
    dialog.filterSelected.emit("Numbers for NumPy (*.npz)")
    assert Path(dialog.selectedFiles()[0]).name == "layer-5.npz"
    dialog.close()


def test_a_picture_on_the_clipboard_keeps_its_notes(window: MainWindow) -> None:
    window.render(STATE)
    picture = picture_of(STATE)
    assert picture is not None
    page = channels_page(picture)
    png = channels_png(picture, page)
    window.set_clipboard_picture(page, png)
    offered = QGuiApplication.clipboard().mimeData()
    assert bytes(offered.data("image/png").data()) == png
    image = QImage(offered.imageData())
    assert (image.width(), image.height()) == (page.shape[1], page.shape[0])


def test_the_large_view_pins_its_channel_and_shows_that_it_is(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.render(selecting(7, 9, chosen=9, anchor=7))
    assert window.parts is not None
    pin = next(
        button
        for button in window.parts.channel.findChildren(IconButton)
        if "Pin" in button.accessibleName()
    )
    assert not pin.isChecked()
    with qtbot.waitSignal(window.parts.grid_commands.pins_toggled) as pinned:
        qtbot.mouseClick(pin, Qt.MouseButton.LeftButton)
    assert pinned.args == [(9,)]
    window.render(replace(STATE, grid=GridChoice(pins=(("layer", 5),))))
    assert pin.isChecked()
