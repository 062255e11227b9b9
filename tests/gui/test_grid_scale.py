"""Which scale holds: what the header and both bars say, pinning, and the fields for the numbers."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.core.maps import ValueRange
from desktop_app.core.records import Tensor, read_only
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.colormaps import colour_table
from desktop_app.views.colour_bar import ColourBar
from desktop_app.views.grid_header import GridHeader
from desktop_app.views.range_editor import RangeEditor
from desktop_app.views.scale_bar import ScaleBar
from tests.gui.grid_parts import Grid
from tests.gui.map_states import painted, state_of

MAPS: Tensor = read_only(
    np.array([[[0, 1], [0, 1]], [[2, 5], [2, 5]], [[-3, 0], [0, 4]]], dtype=np.float32)
)


def shown(**options: object) -> LensState:
    return state_of(
        {"layer": MAPS},
        layer="layer",
        channel=1,
        options=replace(ViewOptions(), **options),  # type: ignore[arg-type]
    )


@pytest.fixture
def grid(qtbot: QtBot) -> Grid:
    grid = Grid()
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def header(grid: Grid) -> GridHeader:
    return grid.part(GridHeader)


def test_the_button_and_the_bar_say_which_scale_holds(grid: Grid) -> None:
    for scale, title, tip in (
        ("layer", "scale: layer", "Scale: layer. Inferno, from −3.00 to 5.00."),
        ("channel", "scale: channel", "Scale: channel 1. Inferno, from 2.00 to 5.00."),
        ("pinned", "scale: pinned", "Scale: pinned. Inferno, from 1.00 to 2.50."),
    ):
        grid.show_state(shown(scale=scale, pinned_range=(1.0, 2.5)))
        assert header(grid).scale.title == title
        assert header(grid).bar.toolTip() == tip


def test_pinned_numbers_hold_whatever_the_maps_are(grid: Grid) -> None:
    grid.show_state(shown(scale="pinned", pinned_range=(2.0, 5.0)))
    picture, rect = painted(grid.tiles.viewport()), grid.tiles.tile_rect(1)
    table = colour_table("inferno")
    left = QPoint(int(rect.left()) + 20, int(rect.top()) + 8)
    right = QPoint(int(rect.right()) - 20, int(rect.top()) + 8)
    assert picture.pixelColor(left) == QColor.fromRgb(table[0])
    assert picture.pixelColor(right) == QColor.fromRgb(table[255])


def test_pinning_takes_the_numbers_that_are_shown(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(shown(scale="channel"))
    with qtbot.waitSignal(grid.commands.options_changed) as changed:
        grid.actions_.grid.pin_scale.trigger()
    assert changed.args == [ViewOptions(scale="pinned", pinned_range=(2.0, 5.0))]


def test_choosing_the_pinned_scale_without_numbers_pins_what_is_shown(
    grid: Grid, qtbot: QtBot
) -> None:
    grid.show_state(shown())
    with qtbot.waitSignal(grid.commands.options_changed) as changed:
        grid.actions_.grid.scales["pinned"].trigger()
    assert changed.args == [ViewOptions(scale="pinned", pinned_range=(-3.0, 5.0))]


def test_a_layer_of_one_value_has_nothing_to_pin(grid: Grid) -> None:
    zeros = read_only(np.zeros((2, 2, 2), dtype=np.float32))
    grid.show_state(state_of({"layer": zeros}, layer="layer"))
    assert not grid.actions_.grid.pin_scale.isEnabled()


@pytest.mark.parametrize("scale", ["layer", "channel", "images"])
def test_every_scale_is_a_command(grid: Grid, qtbot: QtBot, scale: str) -> None:
    other = "channel" if scale == "layer" else "layer"
    grid.show_state(shown(scale=other))
    with qtbot.waitSignal(grid.commands.options_changed) as changed:
        grid.actions_.grid.scales[scale].trigger()  # type: ignore[index]
    assert changed.args == [ViewOptions(scale=scale)]  # type: ignore[arg-type]


def test_until_the_images_are_indexed_the_legend_says_so(grid: Grid) -> None:
    grid.show_state(shown(scale="images"))
    assert header(grid).scale.title == "scale: all images"
    assert header(grid).bar.toolTip() == "Scale: layer, for now. Inferno, from −3.00 to 5.00."
    assert "until the images" in header(grid).scale.toolTip()


def test_zero_is_neutral_and_marked_on_a_diverging_map_also_with_pinned_numbers(
    grid: Grid,
) -> None:
    grid.show_state(shown(scale="pinned", pinned_range=(-1.0, 7.0), colormap="crameri:vik"))
    neutral = QColor.fromRgb(colour_table("crameri:vik")[128])
    rect = grid.tiles.tile_rect(0)  # its left half is zero
    left = QPoint(int(rect.left()) + 20, int(rect.top()) + 8)
    assert painted(grid.tiles.viewport()).pixelColor(left) == neutral
    bar = header(grid).bar
    assert bar.numbers() == ("−7.00", "7.00")
    assert bar.toolTip().startswith("Scale: pinned, ±.")
    assert bar.marks_zero()
    grid.show_state(shown())
    assert not bar.marks_zero()


def test_nothing_moves_when_the_colour_map_changes(grid: Grid) -> None:
    bar = header(grid).bar
    grid.show_state(shown())
    QApplication.processEvents()
    before = bar.height(), bar.gradient_rect().top(), grid.tiles.y()
    grid.show_state(shown(colormap="crameri:vik"))
    QApplication.processEvents()
    assert (bar.height(), bar.gradient_rect().top(), grid.tiles.y()) == before


@pytest.mark.parametrize("scale", ["layer", "channel", "pinned"])
def test_the_bar_always_writes_the_name_of_its_scale(grid: Grid, scale: str) -> None:
    grid.show_state(shown())
    bar = header(grid).bar
    grid.show_state(shown(scale=scale, pinned_range=(1.0, 2.5)))
    assert bar._texts()[0] == {"channel": "channel 1"}.get(scale, scale)


def test_without_maps_there_is_nothing_to_choose(grid: Grid, qtbot: QtBot) -> None:
    head = header(grid)
    grid.show_state(replace(shown(), shown=None))
    controls = (head.sort, head.scale, head.bar)
    assert not any(control.isEnabled() for control in controls)
    qtbot.mouseClick(head.bar, Qt.MouseButton.LeftButton)
    assert QApplication.activePopupWidget() is None
    empty = painted(head.bar)
    assert empty.pixelColor(head.bar.width() - 8, head.bar.height() // 2) == empty.pixelColor(0, 0)
    grid.show_state(shown())
    assert all(control.isEnabled() for control in controls)


def test_the_tick_of_zero_stands_at_the_neutral_colour(qtbot: QtBot) -> None:
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.show_range(ValueRange(-2, 2), colormap="crameri:vik", scale="layer")
    bar.resize(bar.sizeHint())
    picture, gradient = painted(bar), bar.gradient_rect()
    above = picture.pixelColor(gradient.center().x(), gradient.top() - 1)
    beside = picture.pixelColor(gradient.center().x() + 3, gradient.top() - 1)
    assert above != beside


def test_enter_on_the_bar_opens_the_fields(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(shown())
    qtbot.keyClick(grid.part(ScaleBar), Qt.Key.Key_Return)
    editor = grid.part(RangeEditor)
    assert (editor.low.text(), editor.high.text()) == ("-3", "5")
    assert "a network with other layers is opened" in editor.message
    editor.low.selectAll()
    editor.low.insert("−0,5")  # as pasted: QTest types nothing beyond ASCII
    with qtbot.waitSignal(grid.commands.options_changed) as changed:
        qtbot.keyClick(editor.high, Qt.Key.Key_Return)
    assert changed.args == [ViewOptions(scale="pinned", pinned_range=(-0.5, 5.0))]


@pytest.mark.parametrize(
    ("low", "message"),
    [
        ("5", "The first number must be lower than the second"),
        ("nine", "“nine” is no number"),
        ("inf", "“inf” is no number"),
        ("", "A number is missing"),
    ],
)
def test_numbers_that_cannot_hold_are_refused_in_words(
    grid: Grid, qtbot: QtBot, low: str, message: str
) -> None:
    grid.show_state(shown())
    grid.panel.edit_numbers()
    editor = grid.part(RangeEditor)
    editor.low.selectAll()
    qtbot.keyClick(editor.low, Qt.Key.Key_Delete)
    qtbot.keyClicks(editor.low, low)
    assert editor.message == message
    with qtbot.assertNotEmitted(grid.commands.options_changed):
        qtbot.keyClick(editor.low, Qt.Key.Key_Return)
    editor.close()


def test_the_bars_menu_is_opened_by_click_and_by_key(grid: Grid, qtbot: QtBot) -> None:
    grid.show_state(shown())
    bar = grid.part(ScaleBar)
    texts = [action.text() for action in bar.make_menu().actions()]
    assert {"Pin the numbers shown", "Set the numbers of the scale…"} <= set(texts)
    for open_it in (
        lambda: qtbot.mouseClick(bar, Qt.MouseButton.LeftButton),
        lambda: qtbot.keyClick(bar, Qt.Key.Key_Space),
    ):
        open_it()
        menu = QApplication.activePopupWidget()
        assert menu is not None
        assert menu.accessibleName() == "Colours and scale"
        menu.close()


def test_the_value_under_the_pointer_is_read_out_in_the_header(grid: Grid) -> None:
    grid.show_state(shown(sort="mean"))  # channel 1 first
    facts = header(grid).facts
    rect = grid.tiles.tile_rect(0)
    QTest.mouseMove(grid.tiles.viewport(), (rect.bottomRight() - QPoint(5, 5)).toPoint())
    QApplication.processEvents()
    assert facts.text() == "channel 1  (1, 1)  5.000"
    QTest.mouseMove(grid.tiles.viewport(), QPoint(1, 1))
    QApplication.processEvents()
    assert facts.text() == "3 × 2 × 2"


def test_a_resting_pointer_reads_out_the_next_picture_too(grid: Grid) -> None:
    grid.show_state(shown())
    grid.point_at(1)
    assert header(grid).facts.text() == "channel 1  (1, 1)  5.000"
    doubled = state_of({"layer": read_only(MAPS * 2)}, layer="layer", channel=1)
    grid.show_state(doubled)
    assert header(grid).facts.text() == "channel 1  (1, 1)  10.000"


def test_a_resting_pointer_reads_out_what_a_zoom_brings_under_it(grid: Grid) -> None:
    grid.show_state(shown(tile_px=60))
    grid.point_at(2)
    assert header(grid).facts.text().startswith("channel 2")
    grid.show_state(shown(tile_px=100))
    assert header(grid).facts.text().startswith("channel 1")


def test_single_values_are_read_out_without_a_position(grid: Grid) -> None:
    values = read_only(np.array([1, 2, 3], dtype=np.float32)[:, None, None])
    grid.show_state(state_of({"fc3": values}, layer="fc3"))
    grid.point_at(2)
    assert header(grid).facts.text() == "channel 2  3.000"
