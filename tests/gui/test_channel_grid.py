"""The channel grid: what is painted, and what clicks, keys and wheel ask for."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.core.mosaic import TileLayout
from desktop_app.core.records import Tensor, read_only
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.channel_grid import ChannelGrid
from desktop_app.views.colormaps import CHOICES, colour_table, luminances
from desktop_app.views.colour_bar import ColourBar
from desktop_app.views.picker import PickerButton
from desktop_app.views.scale_bar import ScaleBar
from desktop_app.views.theme import DARK, LIGHT, Roles, apply_theme, contrast, font
from desktop_app.views.tile_area import TileArea
from desktop_app.views.tile_picture import TileScene, TileStyle, tile_picture
from desktop_app.views.tile_scrolling import scrolled_picture
from tests.gui.map_states import maps_of, state_of, without_activations
from tests.gui.map_states import painted as painted_by

SIZE = (640, 400)
Part = TypeVar("Part", bound=QWidget)


@pytest.fixture
def grid(qtbot: QtBot) -> ChannelGrid:
    widget = ChannelGrid()
    qtbot.addWidget(widget)
    widget.resize(*SIZE)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def tiles_of(grid: ChannelGrid) -> TileArea:
    found = grid.findChild(TileArea)
    assert isinstance(found, TileArea)
    return found


def part(grid: ChannelGrid, kind: type[Part]) -> Part:
    found = grid.findChild(kind)
    assert isinstance(found, kind)
    return found


def buttons(grid: ChannelGrid) -> dict[str, PickerButton]:
    """The buttons of the header by the first word of their titles."""
    return {button.title.split(":")[0]: button for button in grid.findChildren(PickerButton)}


def middle(grid: ChannelGrid, channel: int) -> QPoint:
    return tiles_of(grid).tile_rect(channel).center().toPoint()


def painted(grid: ChannelGrid) -> QImage:
    return painted_by(tiles_of(grid).viewport())


def ramp(count: int, height: int = 2, width: int = 2) -> Tensor:
    """Channel c is c everywhere."""
    values = np.arange(count, dtype=np.float32)[:, None, None]
    return read_only(np.broadcast_to(values, (count, height, width)).copy())


def test_an_empty_grid_says_what_to_do(grid: ChannelGrid) -> None:
    assert "Drop an image" in tiles_of(grid).accessibleDescription()


@pytest.mark.parametrize("shape", [(2048, 2, 2), (64, 112, 112), (256, 14, 7), (6, 1, 1)])
def test_every_visible_tile_is_hit_in_its_middle(
    grid: ChannelGrid, shape: tuple[int, int, int]
) -> None:
    grid.render(state_of({"layer": maps_of(*shape)}, layer="layer"))
    area = tiles_of(grid)
    seen = [
        channel
        for channel in range(shape[0])
        if area.viewport().rect().contains(middle(grid, channel))
    ]
    assert len(seen) >= min(shape[0], 60)
    assert [area.tile_at(QPointF(middle(grid, channel))) for channel in seen] == seen


def test_between_tiles_nothing_is_hit(grid: ChannelGrid) -> None:
    grid.render(state_of({"layer": ramp(64)}, layer="layer"))
    area = tiles_of(grid)
    assert area.tile_at(area.tile_rect(0).topRight() + QPointF(1.5, 5)) is None


def test_tiles_are_painted_in_the_colours_of_the_table(grid: ChannelGrid) -> None:
    grid.render(state_of({"layer": ramp(52)}, layer="layer", channel=1))
    picture, table = painted(grid), colour_table("inferno")
    for channel in (0, 1, 17, 51):
        expected = QColor.fromRgb(table[channel * 5])  # 0..51 onto 0..255
        assert picture.pixelColor(middle(grid, channel)) == expected


@pytest.mark.parametrize("roles", [DARK, LIGHT], ids=["dark", "light"])
def test_gaps_and_empty_places_are_dark_in_either_theme(
    grid: ChannelGrid, qapp: QApplication, roles: Roles
) -> None:
    apply_theme(qapp, roles)
    bright = read_only(np.ones((7, 2, 2), dtype=np.float32) * np.arange(7)[:, None, None])
    state = state_of({"layer": bright.astype(np.float32)}, layer="layer", channel=0)
    grid.render(state)
    area, picture, ground = tiles_of(grid), painted(grid), DARK.ground
    layout = area.tile_layout()
    assert layout is not None
    assert layout.count % layout.columns
    right, below = area.tile_rect(4).right() + 1, area.tile_rect(1).bottom() + 1
    assert picture.pixelColor(int(right), middle(grid, 4).y()) == ground
    assert picture.pixelColor(middle(grid, 1).x(), int(below)) == ground
    last = area.tile_rect(6)
    assert picture.pixelColor(int(last.right() + last.width() / 2), middle(grid, 6).y()) == ground


def test_pixels_of_a_map_are_shown_as_pixels(grid: ChannelGrid) -> None:
    board = np.array([[[0, 1], [1, 0]]], dtype=np.float32)
    grid.render(state_of({"layer": read_only(board)}, layer="layer"))
    picture, rect = painted(grid), tiles_of(grid).tile_rect(0)
    dark, bright = (QColor.fromRgb(colour_table("inferno")[index]) for index in (0, 255))
    border = rect.center().x()
    assert picture.pixelColor(int(border) - 2, int(rect.top()) + 20) == dark
    assert picture.pixelColor(int(border) + 2, int(rect.top()) + 20) == bright


def test_channel_scale_gives_every_channel_the_whole_range(grid: ChannelGrid) -> None:
    maps = np.array([[[0, 1]], [[0, 100]]], dtype=np.float32)
    state = state_of(
        {"layer": read_only(maps)}, layer="layer", options=ViewOptions(scale="channel")
    )
    grid.render(state)
    rect = tiles_of(grid).tile_rect(0)
    bright = QColor.fromRgb(colour_table("inferno")[255])
    assert painted(grid).pixelColor(int(rect.right()) - 20, int(rect.top()) + 9) == bright
    grid.render(replace(state, options=ViewOptions(scale="layer")))
    assert painted(grid).pixelColor(int(rect.right()) - 20, int(rect.top()) + 9) != bright


def test_a_diverging_colour_map_keeps_zero_in_the_middle(grid: ChannelGrid) -> None:
    maps = np.array([[[0]], [[-1]], [[3]]], dtype=np.float32)[:, :, [0, 0]]
    options = ViewOptions(colormap="crameri:vik")
    grid.render(state_of({"layer": read_only(maps.copy())}, layer="layer", options=options))
    expected = QColor.fromRgb(colour_table("crameri:vik")[128])
    assert painted(grid).pixelColor(middle(grid, 0)) == expected
    bar = grid.findChild(ColourBar)
    assert isinstance(bar, ColourBar)
    assert bar.numbers() == ("−3.00", "3.00")


def test_the_colour_bar_names_its_scale_and_both_numbers(grid: ChannelGrid) -> None:
    maps = np.array([[[0, 1]], [[2, 5]]], dtype=np.float32)
    state = state_of({"layer": read_only(maps)}, layer="layer", channel=1)
    grid.render(state)
    bar = grid.findChild(ColourBar)
    assert isinstance(bar, ColourBar)
    assert bar.toolTip() == "Scale: layer. Inferno, from 0.00 to 5.00."
    grid.render(replace(state, options=ViewOptions(scale="channel")))
    assert bar.toolTip() == "Scale: channel 1. Inferno, from 2.00 to 5.00."


def test_tiles_are_as_sharp_as_the_screen() -> None:
    board = np.array([[[0, 255], [255, 0]], [[9, 9], [9, 9]]], dtype=np.uint8)
    layout = TileLayout(count=2, columns=2, tile_width=21, tile_height=21, gap=6)
    style = TileStyle(ground=QColor("white"), font=font(11), ratio=2.0)
    scene = TileScene(indices=board, channels=np.arange(2), values=None, colormap="gray")
    picture = tile_picture(scene, layout, range(1), style)
    assert picture.devicePixelRatio() == 2
    assert (picture.width(), picture.height()) == (54, 27)
    row = [picture.pixelColor(x, 3).red() for x in range(54)]
    dark, bright, white, other = [0] * 10, [255] * 11, [255] * 6, [9] * 21
    assert row == dark + bright + white + other + white


@pytest.mark.parametrize("colormap", [each.name for each in CHOICES])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_numbers_stand_out_from_the_map_beneath_them(colormap: str, ratio: float) -> None:
    edge = round(40 * ratio)
    layout = TileLayout(count=1, columns=1, tile_width=edge, tile_height=edge, gap=3)
    style = TileStyle(ground=DARK.ground, font=font(11), ratio=ratio)

    def number_on(index: int) -> list[QColor]:
        scene = TileScene(
            indices=np.full((9, 4, 4), index, np.uint8),
            channels=np.array([8]),
            values=None,
            colormap=colormap,
        )
        picture = tile_picture(scene, layout, range(1), style)
        box = (round(10 * ratio), round(12 * ratio))
        places = ((x, edge - 1 - y) for x in range(box[0]) for y in range(box[1]))
        return [picture.pixelColor(*place) for place in places]

    # The strokes of the 8, without the rim, as they stand on the darkest colour.
    light = [shade.lightness() for shade in number_on(int(np.argmin(luminances(colormap))))]
    inked = [at for at, lightness in enumerate(light) if lightness > max(light) - 20]
    for index, ground in enumerate(colour_table(colormap)):
        shades = number_on(index)
        strokes = [contrast(QColor.fromRgb(ground), shades[at]) for at in inked]
        assert max(strokes) > 3


@pytest.mark.parametrize("bright", [0, 255])
def test_the_ink_is_chosen_by_what_is_below_the_number(bright: int) -> None:
    layout = TileLayout(count=1, columns=1, tile_width=80, tile_height=80, gap=3)
    style = TileStyle(ground=DARK.ground, font=font(11), ratio=1.0)

    def corner(around: int) -> QImage:
        board = np.full((9, 4, 4), around, np.uint8)
        board[8, 2:, :2] = bright
        scene = TileScene(indices=board, channels=np.array([8]), values=None, colormap="gray")
        return tile_picture(scene, layout, range(1), style).copy(0, 40, 40, 40)

    assert corner(255 - bright) == corner(bright)


def test_a_click_chooses_the_tile_under_it(grid: ChannelGrid, qtbot: QtBot) -> None:
    grid.render(state_of({"layer": maps_of(128, 28, 28)}, layer="layer"))
    with qtbot.waitSignal(grid.channel_chosen) as chosen:
        qtbot.mouseClick(tiles_of(grid).viewport(), Qt.MouseButton.LeftButton, pos=middle(grid, 44))
    assert chosen.args == [44]


@pytest.mark.parametrize(
    ("key", "start", "expected"),
    [
        (Qt.Key.Key_Right, 3, 4),
        (Qt.Key.Key_Left, 3, 2),
        (Qt.Key.Key_Home, 70, 0),
        (Qt.Key.Key_Home, 3, 0),
        (Qt.Key.Key_End, 3, 127),
    ],
)
def test_keys_move_the_choice(
    grid: ChannelGrid, qtbot: QtBot, key: Qt.Key, start: int, expected: int
) -> None:
    grid.render(state_of({"layer": maps_of(128, 7, 7)}, layer="layer", channel=start))
    with qtbot.waitSignal(grid.channel_chosen) as chosen:
        qtbot.keyClick(tiles_of(grid), key)
    assert chosen.args == [expected]


def test_up_and_down_move_by_a_row_and_stop_at_the_first(grid: ChannelGrid, qtbot: QtBot) -> None:
    state = state_of({"layer": maps_of(128, 7, 7)}, layer="layer", channel=2)
    grid.render(state)
    layout = tiles_of(grid).tile_layout()
    assert layout is not None
    with qtbot.waitSignal(grid.channel_chosen) as chosen:
        qtbot.keyClick(tiles_of(grid), Qt.Key.Key_Down)
    assert chosen.args == [2 + layout.columns]
    with qtbot.assertNotEmitted(grid.channel_chosen):
        qtbot.keyClick(tiles_of(grid), Qt.Key.Key_Up)


def test_a_chosen_channel_is_scrolled_into_view(grid: ChannelGrid) -> None:
    state = state_of({"layer": maps_of(2048, 7, 7)}, layer="layer")
    grid.render(state)
    area = tiles_of(grid)
    assert not area.viewport().rect().contains(middle(grid, 2047))
    grid.render(replace(state, channel=2047))
    assert area.viewport().rect().contains(area.tile_rect(2047).toRect())
    grid.render(replace(state, channel=0))
    assert area.viewport().rect().contains(area.tile_rect(0).toRect())


def wheel(area: TileArea, notches: int) -> None:
    position = QPointF(area.viewport().rect().center())
    event = QWheelEvent(
        position,
        area.viewport().mapToGlobal(position),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(area.viewport(), event)


def test_control_and_wheel_zoom(grid: ChannelGrid, qtbot: QtBot) -> None:
    grid.render(
        state_of({"layer": maps_of(64, 7, 7)}, layer="layer", options=ViewOptions(tile_px=40))
    )
    with qtbot.waitSignal(grid.options_changed) as changed:
        wheel(tiles_of(grid), 1)
    assert changed.args == [ViewOptions(tile_px=50)]


@pytest.mark.parametrize(
    ("key", "modifier", "tile_px"),
    [
        (Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier, 50),
        (Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier, 32),
        (Qt.Key.Key_0, Qt.KeyboardModifier.NoModifier, 0),
        (Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier, 0),
    ],
)
def test_keys_zoom(
    grid: ChannelGrid, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier, tile_px: int
) -> None:
    grid.render(
        state_of({"layer": maps_of(64, 7, 7)}, layer="layer", options=ViewOptions(tile_px=40))
    )
    with qtbot.waitSignal(grid.options_changed) as changed:
        qtbot.keyClick(tiles_of(grid), key, modifier)
    assert changed.args == [ViewOptions(tile_px=tile_px)]


def test_many_small_maps_all_show_at_once(grid: ChannelGrid) -> None:
    grid.render(state_of({"layer": maps_of(2048, 2, 2)}, layer="layer"))
    assert tiles_of(grid).verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("edge", [5, 7, 14])
def test_maps_that_scroll_anyway_get_tiles_to_make_them_out_in(
    grid: ChannelGrid, edge: int
) -> None:
    grid.render(state_of({"layer": maps_of(2048, edge, edge)}, layer="layer"))
    assert tiles_of(grid).verticalScrollBar().maximum() > 0
    assert tiles_of(grid).tile_rect(0).width() >= 44


def test_small_maps_that_fit_are_not_made_to_scroll(grid: ChannelGrid) -> None:
    grid.render(state_of({"layer": maps_of(110, 8, 8)}, layer="layer"))
    assert tiles_of(grid).verticalScrollBar().maximum() == 0
    assert 32 <= tiles_of(grid).tile_rect(0).width() < 44


def colours(grid: ChannelGrid, channel: int) -> set[str]:
    """What is where a tile has its number."""
    image, rect = painted(grid), tiles_of(grid).tile_rect(channel).toRect()
    return {
        image.pixelColor(rect.left() + x, rect.bottom() - y).name()
        for x in range(2, 14)
        for y in range(2, 10)
    }


def test_only_the_chosen_and_the_hovered_of_small_tiles_have_a_number(
    grid: ChannelGrid, qtbot: QtBot
) -> None:
    options = ViewOptions(tile_px=24)
    grid.render(state_of({"layer": ramp(30)}, layer="layer", options=options))
    assert len(colours(grid, 0)) > 1
    assert len(colours(grid, 12)) == 1
    qtbot.mouseMove(tiles_of(grid).viewport(), middle(grid, 12))
    assert len(colours(grid, 12)) > 1


def test_the_tiles_of_128_maps_have_numbers_in_a_window_of_1280_by_800(
    grid: ChannelGrid,
) -> None:
    grid.resize(555, 333)  # the panel's room there
    grid.render(state_of({"layer": ramp(128, 8, 8)}, layer="layer"))
    area = tiles_of(grid)
    assert area.verticalScrollBar().maximum() == 0
    assert area.tile_rect(0).width() < 30
    assert len(colours(grid, 12)) > 1


def test_the_chosen_tile_stays_in_view_when_the_panel_narrows(
    grid: ChannelGrid, qtbot: QtBot
) -> None:
    grid.resize(640, 400)
    grid.render(state_of({"layer": maps_of(512, 8, 8)}, layer="layer", channel=400))
    area = tiles_of(grid)
    painted(grid)
    assert area.viewport().rect().contains(middle(grid, 400))
    grid.resize(320, 300)
    assert area.viewport().rect().contains(middle(grid, 400))


def test_scrolling_by_keys_leaves_no_hover_behind(grid: ChannelGrid, qtbot: QtBot) -> None:
    grid.render(state_of({"layer": maps_of(512, 14, 14)}, layer="layer"))
    area = tiles_of(grid)
    qtbot.mouseMove(area.viewport(), middle(grid, 3))
    assert area._hover == 3
    area.verticalScrollBar().setValue(120)
    assert area._hover is None


def test_all_at_once_leaves_nothing_to_scroll(grid: ChannelGrid, qtbot: QtBot) -> None:
    state = state_of({"layer": maps_of(2048, 14, 14)}, layer="layer")
    grid.render(state)
    assert tiles_of(grid).verticalScrollBar().maximum() > 0
    with qtbot.waitSignal(grid.options_changed) as changed:
        qtbot.keyClick(tiles_of(grid), Qt.Key.Key_A)
    assert changed.args is not None
    grid.render(replace(state, options=changed.args[0]))
    assert tiles_of(grid).verticalScrollBar().maximum() == 0


def test_zooming_keeps_the_middle_in_view(grid: ChannelGrid) -> None:
    state = state_of({"layer": maps_of(2048, 7, 7)}, layer="layer", options=ViewOptions(tile_px=40))
    grid.render(state)
    area = tiles_of(grid)
    area.verticalScrollBar().setValue(1500)
    centre = area.tile_at(QPointF(area.viewport().rect().center()) + QPointF(3, 3))
    centre = 500 if centre is None else centre
    grid.render(replace(state, options=ViewOptions(tile_px=60)))
    assert area.viewport().rect().contains(area.tile_rect(centre).center().toPoint())


def test_paging_through_layers_by_key(grid: ChannelGrid, qtbot: QtBot) -> None:
    grid.render(state_of({"layer": maps_of(8, 2, 2)}, layer="layer"))
    control = Qt.KeyboardModifier.ControlModifier
    with qtbot.waitSignal(grid.layer_stepped) as stepped:
        qtbot.keyClick(tiles_of(grid), Qt.Key.Key_PageDown, control)
    assert stepped.args == [1]
    with qtbot.waitSignal(grid.layer_stepped) as stepped:
        qtbot.keyClick(tiles_of(grid), Qt.Key.Key_PageUp, control)
    assert stepped.args == [-1]


def test_the_menu_names_every_key(grid: ChannelGrid) -> None:
    grid.render(state_of({"layer": maps_of(8, 2, 2)}, layer="layer"))
    texts = [action.text() for action in tiles_of(grid).make_menu().actions()]
    assert all("\t" in text for text in texts)
    assert len(texts) == 9


def test_the_colour_bar_offers_the_colour_maps(grid: ChannelGrid, qtbot: QtBot) -> None:
    grid.render(state_of({"layer": maps_of(8, 2, 2)}, layer="layer"))
    bar = part(grid, ScaleBar)
    menu = bar.make_menu()
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["Inferno\t✓"]
    magma = next(action for action in menu.actions() if action.text() == "Magma")
    with qtbot.waitSignal(grid.options_changed) as changed:
        magma.trigger()
    assert changed.args == [ViewOptions(colormap="magma")]


def test_single_values_have_only_the_layers_scale(grid: ChannelGrid) -> None:
    values = {"fc3": ramp(3, 1, 1), "relu": ramp(3)}
    state = state_of(values, layer="fc3", options=ViewOptions(scale="channel"))
    grid.render(state)
    scale = buttons(grid)["scale"]
    assert scale.title == "scale: layer"
    grid.render(replace(state, layer="relu"))
    assert scale.title == "scale: channel"


@pytest.mark.qt_log_ignore("does not support raise", "propagateSizeHints", extend=True)
def test_the_tooltip_gives_number_class_and_figures(grid: ChannelGrid) -> None:
    values = {"fc3": ramp(3, 1, 1), "relu": ramp(3)}
    state = state_of(values, layer="fc3")
    grid.render(state)
    position = middle(grid, 2)
    area = tiles_of(grid)
    QApplication.sendEvent(
        area.viewport(),
        QHelpEvent(QEvent.Type.ToolTip, position, area.viewport().mapToGlobal(position)),
    )
    assert QToolTip.text() == "Channel 2 of 3: two\nvalue 2.000"
    grid.render(replace(state, layer="relu", channel=1))
    expected = (
        "Channel 1 of 3\nminimum 1.000, mean 1.000, maximum 1.000\nzeros 0.0\N{NO-BREAK SPACE}%"
    )
    assert area.accessibleDescription() == expected
    QToolTip.hideText()


def test_maps_of_the_picture_before_stay_dimmed_while_new_ones_are_computed(
    grid: ChannelGrid,
) -> None:
    state = state_of({"layer": ramp(52)}, layer="layer")
    grid.render(state)
    bright = painted(grid).pixelColor(middle(grid, 51))
    grid.render(without_activations(state))
    dimmed = painted(grid).pixelColor(middle(grid, 51))
    assert tiles_of(grid).accessibleDescription() == "Computing maps…"
    assert dimmed.lightness() < bright.lightness() / 2
    grid.render(LensState())
    assert tiles_of(grid).tile_layout() is None


def test_hovering_outlines_the_tile(grid: ChannelGrid) -> None:
    grid.render(state_of({"layer": ramp(52)}, layer="layer", channel=40))
    before = painted(grid)
    QTest.mouseMove(tiles_of(grid).viewport(), middle(grid, 3))
    QApplication.processEvents()
    rect = tiles_of(grid).tile_rect(3)
    edge = QPoint(int(rect.left()) - 1, int(rect.center().y()))
    assert painted(grid).pixelColor(edge) != before.pixelColor(edge)


def test_rendering_the_same_state_again_paints_from_the_last_picture(grid: ChannelGrid) -> None:
    state = state_of({"layer": maps_of(64, 7, 7)}, layer="layer")
    grid.render(state)
    painted(grid)
    area = tiles_of(grid)
    kept = area._painted
    grid.render(replace(state, channel=5))
    painted(grid)
    assert area._painted is kept
    grid.render(replace(state, options=ViewOptions(colormap="viridis")))
    painted(grid)
    assert area._painted is not kept


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("before", [range(3), range(2, 5), range(4, 8), range(3, 4), range(7, 8)])
def test_a_scrolled_picture_is_the_one_that_is_painted_anew(before: range, ratio: float) -> None:
    maps = np.random.default_rng(0).integers(0, 256, (46, 4, 4)).astype(np.uint8)
    scene = TileScene(indices=maps, channels=np.arange(46)[::-1], values=None, colormap="viridis")
    edge = round(40 * ratio)
    layout = TileLayout(count=46, columns=6, tile_width=edge, tile_height=edge, gap=3)
    style = TileStyle(ground=QColor("black"), font=font(11), ratio=ratio)
    rows = range(2, 7)
    seen = tile_picture(scene, layout, before, style)
    scrolled = scrolled_picture(scene, layout, rows, style, before=(before, seen))
    assert scrolled == tile_picture(scene, layout, rows, style)
    assert scrolled.devicePixelRatio() == ratio
