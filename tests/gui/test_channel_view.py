"""The large map: figures, value under the pointer, histogram, overlay controls."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QLabel, QScrollArea, QSlider, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.core.interventions import Intervention
from desktop_app.core.maps import ValueRange
from desktop_app.core.records import Tensor, read_only
from desktop_app.intervening import with_change
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.channel_view import ChannelView
from desktop_app.views.colormaps import colour_table
from desktop_app.views.colour_bar import ColourBar
from desktop_app.views.figure_table import FigureTable
from desktop_app.views.figures import format_shape, format_value, format_values
from desktop_app.views.histogram_plot import HistogramBars, HistogramPlot
from desktop_app.views.map_canvas import MapCanvas
from desktop_app.views.overlay_controls import OverlayControls
from tests.gui.map_states import painted, state_of, without_activations

MAPS: Tensor = read_only(
    np.array([[[9, 9, 9], [9, 9, 9]], [[0, 1, 2], [0, 4, 5]]], dtype=np.float32)
)


Part = TypeVar("Part", bound=QWidget)


@pytest.fixture
def view(qtbot: QtBot) -> ChannelView:
    widget = ChannelView()
    qtbot.addWidget(widget)
    widget.resize(430, 420)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def part(view: ChannelView, kind: type[Part]) -> Part:
    found = view.findChild(kind)
    assert isinstance(found, kind)
    return found


def texts(view: ChannelView) -> list[str]:
    return [label.text() for label in view.findChildren(QLabel) if label.isVisible()]


def test_an_empty_view_says_what_to_do(view: ChannelView) -> None:
    assert "Drop an image to see its maps" in texts(view)
    assert not part(view, MapCanvas).isVisible()


def test_title_and_figures_are_the_channels(view: ChannelView) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    table = part(view, FigureTable)
    assert "Channel 1" in texts(view)
    assert table.figure("minimum") == "0.000"
    assert table.figure("mean") == "2.000"
    assert table.figure("maximum") == "5.000"
    assert table.figure("zeros") == "33.3\N{NO-BREAK SPACE}%"


def test_values_that_are_not_finite_are_counted(view: ChannelView) -> None:
    maps = MAPS.copy()
    maps[1, 0, 0] = np.nan
    view.render(state_of({"relu": read_only(maps)}, layer="relu", channel=1))
    assert part(view, FigureTable).figure("not finite") == "1"
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    assert "not finite" not in texts(view)


def test_the_map_is_painted_in_the_colours_of_its_scale(view: ChannelView) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    canvas = part(view, MapCanvas)
    rect = canvas.map_rect()
    corner = rect.bottomRight() - QPoint(9, 9)
    table = colour_table("inferno")
    assert painted(canvas).pixelColor(corner) == QColor.fromRgb(table[142])  # 5 of 9
    view.render(
        state_of({"relu": MAPS}, layer="relu", channel=1, options=ViewOptions(scale="channel"))
    )
    assert painted(canvas).pixelColor(corner) == QColor.fromRgb(table[255])


def test_the_aspect_of_a_map_is_kept(view: ChannelView) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    rect = part(view, MapCanvas).map_rect()
    assert rect.width() / rect.height() == pytest.approx(3 / 2, abs=0.02)


def test_the_value_under_the_pointer_is_told(view: ChannelView, qtbot: QtBot) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    canvas, table = part(view, MapCanvas), part(view, FigureTable)
    qtbot.mouseMove(canvas, canvas.map_rect().bottomRight() - QPoint(4, 4))
    assert table.figure("under pointer") == "(2, 1)  5.000"
    assert canvas.pixel_at(QPointF(canvas.map_rect().topLeft())) == QPoint(0, 0)


def test_the_value_can_be_probed_by_key(view: ChannelView, qtbot: QtBot) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    canvas, table = part(view, MapCanvas), part(view, FigureTable)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert table.figure("under pointer") == "(1, 1)  4.000"
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert table.figure("under pointer") == "(1, 0)  1.000"


def test_the_histogram_leaves_exact_zeros_out_and_says_so(view: ChannelView) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    plot = part(view, HistogramPlot)
    assert plot.toolTip() == "4 values from 1.00 to 5.00, without zeros"
    tall = max(rect.height() for rect in plot.bar_rects())
    assert sum(rect.height() == tall for rect in plot.bar_rects()) == 4


def test_the_number_over_the_histogram_says_what_it_counts(view: ChannelView) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    plot = part(view, HistogramPlot)
    plot.resize(300, plot.height())
    assert plot.count_text() == "1 value at most"
    plot.resize(plot.minimumSizeHint())
    assert plot.count_text() == "≤ 1 value"
    plot.show_bars(HistogramBars(counts=(7, 1234), values=ValueRange(0, 1), note=""))
    plot.resize(300, plot.height())
    assert plot.count_text() == "1,234 values at most"


def test_a_map_of_zeros_has_a_histogram_that_says_so(view: ChannelView) -> None:
    zeros = read_only(np.zeros((1, 3, 3), dtype=np.float32))
    view.render(state_of({"relu": zeros}, layer="relu"))
    assert part(view, HistogramPlot).toolTip().endswith("all zero")


def test_a_single_value_stands_alone_with_its_class(view: ChannelView) -> None:
    scores = read_only(np.array([0.1, 0.7, 0.2], dtype=np.float32)[:, None, None])
    view.render(state_of({"fc3": scores}, layer="fc3", channel=1))
    assert part(view, FigureTable).figure("value") == "0.700"
    assert "one · fc3" in texts(view)
    assert not part(view, HistogramPlot).isVisible()


def opacity_of(view: ChannelView) -> QSlider:
    """There are two sliders: the other one is the channel's factor."""
    slider: QSlider = part(view, OverlayControls).findChildren(QSlider)[0]
    return slider


def test_overlay_and_opacity_are_intentions(view: ChannelView, qtbot: QtBot) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu"))
    with qtbot.waitSignal(view.options_changed) as changed:
        qtbot.keyClick(opacity_of(view), Qt.Key.Key_Right)
    assert changed.args == [ViewOptions(overlay_opacity=0.56)]
    with qtbot.waitSignal(view.options_changed) as changed:
        qtbot.keyClick(part(view, QCheckBox), Qt.Key.Key_Space)
    assert changed.args is not None
    assert changed.args[0].overlay is False


def test_rendering_options_asks_for_nothing(view: ChannelView, qtbot: QtBot) -> None:
    state = state_of({"relu": MAPS}, layer="relu")
    view.render(state)
    with qtbot.assertNotEmitted(view.options_changed):
        view.render(replace(state, options=ViewOptions(overlay=False, overlay_opacity=0.2)))
    assert opacity_of(view).value() == 20
    assert not opacity_of(view).isEnabled()


def test_the_channel_before_stays_while_maps_are_computed(view: ChannelView) -> None:
    state = state_of({"relu": MAPS}, layer="relu", channel=1)
    view.render(state)
    view.render(without_activations(state))
    assert part(view, FigureTable).figure("maximum") == "5.000"
    assert not part(view, MapCanvas).isEnabled()
    view.render(LensState())
    assert not part(view, MapCanvas).isVisible()


@pytest.mark.parametrize("width", [240, 300, 430, 600])
def test_nothing_is_cut_off_at_any_width(view: ChannelView, qtbot: QtBot, width: int) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    view.resize(width, 300)  # low enough for a scroll bar
    scroll = part(view, QScrollArea)
    shown = [part(view, kind) for kind in (MapCanvas, ColourBar, HistogramPlot, FigureTable)]

    def fits() -> bool:
        right = max(widget.mapTo(view, widget.rect().topRight()).x() for widget in shown)
        return right <= scroll.viewport().width() - 10  # the margin stays, too

    qtbot.waitUntil(fits)
    assert all(widget.width() >= widget.minimumSizeHint().width() for widget in shown)


@pytest.mark.parametrize("size", [(302, 290), (418, 290), (302, 240), (600, 700)])
def test_overlay_and_map_are_in_sight_however_low_the_panel_is(
    view: ChannelView, qtbot: QtBot, size: tuple[int, int]
) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    view.resize(*size)
    canvas, overlay = part(view, MapCanvas), part(view, OverlayControls)
    viewport = part(view, QScrollArea).viewport()

    def bottom(widget: QWidget) -> int:
        return widget.mapTo(view, widget.rect().bottomLeft()).y()

    qtbot.waitUntil(lambda: view.height() - 20 < bottom(overlay) < view.height())
    assert overlay.isVisible()
    assert canvas.height() == 112 or bottom(canvas) <= bottom(viewport)
    assert bottom(viewport) < overlay.mapTo(view, overlay.rect().topLeft()).y()


def test_a_low_panel_has_a_smaller_map_in_a_wide_one(view: ChannelView, qtbot: QtBot) -> None:
    view.render(state_of({"relu": MAPS}, layer="relu", channel=1))
    view.resize(600, 700)
    canvas = part(view, MapCanvas)
    qtbot.waitUntil(lambda: canvas.width() > 250)
    view.resize(600, 330)
    qtbot.waitUntil(lambda: 112 < canvas.width() < 220)


@pytest.mark.parametrize("factor", [0.0, 0.5])
def test_a_map_from_before_a_change_is_dimmed_and_says_so(view: ChannelView, factor: float) -> None:
    state = state_of({"relu": MAPS}, layer="relu", channel=0)
    view.render(state)
    canvas = part(view, MapCanvas)
    middle = canvas.rect().center()
    plain = painted(canvas).pixelColor(middle)
    changed = with_change(state, Intervention("channel", "relu", 0, factor))
    view.render(changed)
    assert any(text.endswith(" · before the change") for text in texts(view))
    assert 0.5 < painted(canvas).pixelColor(middle).lightness() / plain.lightness() < 0.9
    view.render(replace(changed, channel=1))
    assert not any("before" in text for text in texts(view))
    view.render(state)
    assert not any("before" in text for text in texts(view))
    assert painted(canvas).pixelColor(middle) == plain


def test_without_maps_there_is_no_switch_and_no_overlay(view: ChannelView) -> None:
    state = state_of({"relu": MAPS}, layer="relu", channel=1)
    view.render(replace(state, shown=None))
    assert not view.gate.isVisible()
    assert not part(view, OverlayControls).isVisible()
    view.render(state)
    assert view.gate.isVisible()
    view.render(without_activations(state))
    assert view.gate.isVisible()  # for the moment that computing takes


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.824, "4.82"),
        (-0.714, "−0.71"),
        (0.0, "0.00"),
        (-0.0, "0.00"),
        (0.00884, "0.0088"),
        (-1.3e-5, "−1.3e−5"),
        (1234.5, "1234"),
        (2.5e7, "2.5e7"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
    ],
)
def test_numbers_are_written_in_one_way(value: float, text: str) -> None:
    assert format_value(value) == text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((-457.04, 353.12), ["−457.0", "353.1"]),
        ((-3344.0, 753.0), ["−3344", "753"]),
        ((0.0, 4.824), ["0.00", "4.82"]),
        ((0.0, float("inf")), ["0.00", "∞"]),
    ],
)
def test_numbers_that_stand_together_have_as_many_decimals(
    values: tuple[float, float], texts: list[str]
) -> None:
    assert format_values(values) == texts


def test_long_numbers_leave_the_colour_bar_its_colours(view: ChannelView, qtbot: QtBot) -> None:
    view.render(state_of({"relu": read_only(MAPS * np.float32(-9127.5))}, layer="relu"))
    view.resize(420, 500)
    bar = part(view, ColourBar)
    qtbot.waitUntil(lambda: bar.gradient_rect().width() > 160)


def test_shapes_are_written_in_one_way() -> None:
    assert format_shape((128, 28, 28)) == "128 × 28 × 28"
    assert format_shape((2048, 1, 1)) == format_shape((2048,)) == "2048 values"
