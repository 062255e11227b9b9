"""The map of the network: what is drawn, chosen, told and moved, by pointer and by keys."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from desktop_app.core.records import Model
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from desktop_app.views.network_canvas import NetworkCanvas
from desktop_app.views.network_view import NetworkView
from desktop_app.views.theme import DARK, LIGHT, apply_theme
from tests.gui.window_states import LABELS, model_of, shown_state
from tests.network_layers import RESNET_152, bottleneck_model, foreign_model

LEFT = Qt.MouseButton.LeftButton
MODEL = bottleneck_model()
OPEN = LensState(model=MODEL, layer="res3b_branch2b_relu")


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[NetworkView]:
    panel = NetworkView()
    qtbot.addWidget(panel)
    panel.resize(304, 380)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    panel.render(OPEN)
    yield panel
    QToolTip.hideText()


def place_of(canvas: NetworkCanvas, layer: str) -> QPoint:
    """Where a layer is in the viewport."""
    _, spot = canvas._scene.plan.places[layer]
    return canvas.mapFromScene(QPointF(*spot.area.middle))


def is_seen(canvas: NetworkCanvas, layer: str) -> bool:
    return canvas.viewport().rect().contains(place_of(canvas, layer))


def painted(canvas: NetworkCanvas) -> QImage:
    image = canvas.viewport().grab().toImage()
    image.setDevicePixelRatio(1)
    return image.scaled(canvas.viewport().size())


def holds(canvas: NetworkCanvas, layer: str, colour: QColor) -> bool:
    """Whether the picture of a layer has the colour somewhere."""
    _, spot = canvas._scene.plan.places[layer]
    area = canvas.mapFromScene(spot.area.x, spot.area.y, spot.area.width, spot.area.height)
    part = painted(canvas).copy(area.boundingRect())
    return any(
        part.pixelColor(x, y) == colour for x in range(part.width()) for y in range(part.height())
    )


@pytest.mark.parametrize("model", [MODEL, foreign_model(30)], ids=["residual", "foreign"])
def test_a_click_chooses_any_of_the_layers(view: NetworkView, qtbot: QtBot, model: Model) -> None:
    view.render(LensState(model=model))
    canvas, spy = view.canvas, QSignalSpy(view.layer_chosen)
    for layer in model.layers:
        canvas.centerOn(*canvas._scene.plan.places[layer.name][1].area.middle)
        qtbot.mouseClick(canvas.viewport(), LEFT, pos=place_of(canvas, layer.name))
    assert [spy.at(i)[0] for i in range(spy.count())] == [layer.name for layer in model.layers]


def test_a_click_on_a_boxes_label_chooses_what_leaves_it(view: NetworkView, qtbot: QtBot) -> None:
    canvas, spy = view.canvas, QSignalSpy(view.layer_chosen)
    box, _ = canvas._scene.plan.places["res3b_branch2a"]
    label = canvas.mapFromScene(QPointF(box.area.middle[0], box.area.y + 5))
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=label)
    assert spy.at(0) == ["res3b_branch2a_relu"]
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=QPoint(2, 2))
    assert spy.count() == 1


def test_the_chosen_layer_is_in_the_accent_and_no_other(view: NetworkView) -> None:
    assert holds(view.canvas, "res3b_branch2b_relu", DARK.accent)
    assert not holds(view.canvas, "res3b_branch2c", DARK.accent)
    view.render(replace(OPEN, layer="bn3b_branch2c"))
    assert holds(view.canvas, "bn3b_branch2c", DARK.accent)
    assert not holds(view.canvas, "res3b_branch2b_relu", DARK.accent)
    view.render(replace(OPEN, layer="res3b"))
    assert holds(view.canvas, "res3b", DARK.accent)


def test_what_changes_is_painted_anew(view: NetworkView, qtbot: QtBot) -> None:
    scene = view.canvas._scene
    was = "res3b_branch2b_relu"
    for layer in ("bn3b_branch2c", "bn3c_branch2a", None):
        with qtbot.waitSignal(scene.changed) as changed:
            view.canvas.choose(layer)
        (regions,) = changed.args
        for box in filter(None, map(scene.area_of, (was, layer))):
            assert any(region.contains(box) for region in regions)
        was = layer or ""


def test_the_lines_of_the_chosen_layer_are_in_the_accent(view: NetworkView) -> None:
    view.render(replace(OPEN, layer="res3b"))
    canvas = view.canvas
    box, _ = canvas._scene.plan.places["res3b"]
    up = canvas.mapFromScene(QPointF(box.area.middle[0], box.area.y + box.area.height + 6))
    near = [painted(canvas).pixelColor(up.x() + x, up.y()) for x in (-1, 0, 1)]
    assert max(colour.blue() - colour.red() for colour in near) > 80


def test_the_map_follows_a_choice_made_elsewhere(view: NetworkView) -> None:
    assert is_seen(view.canvas, "res3b_branch2b_relu")
    for layer in ("res5c_relu", "conv1", "probabilities", "res4b"):
        view.render(replace(OPEN, layer=layer))
        assert is_seen(view.canvas, layer)


def test_a_neighbour_is_reached_without_a_jump(view: NetworkView) -> None:
    before = view.canvas.verticalScrollBar().value()
    view.render(replace(OPEN, layer="res3b_branch2a"))
    assert view.canvas.verticalScrollBar().value() == before


def test_the_caption_tells_name_place_shape_parameters_and_field(view: NetworkView) -> None:
    def told() -> list[str]:
        return [view._name.text(), *(fact.text() for fact in view._facts)]

    view.render(replace(OPEN, layer="res3a_branch1"))
    assert told() == [
        "res3a_branch1",
        "Block 3a · shortcut, convolution",
        "64 × 14 × 14 · 4,096 parameters",
        "Receptive field 11 × 11 px, every 4 px",
    ]
    assert view._heading.text() == f"{MODEL.network.parameters:,} parameters"
    view.render(replace(OPEN, layer=None))
    assert told() == ["Choose a layer to see its maps", "", "", ""]


def test_a_tooltip_tells_everything_of_what_is_under_the_pointer(
    view: NetworkView, qtbot: QtBot
) -> None:
    canvas = view.canvas
    here = place_of(canvas, "bn3b_branch2a")
    viewport = canvas.viewport()
    QApplication.sendEvent(
        viewport, QHelpEvent(QEvent.Type.ToolTip, here, viewport.mapToGlobal(here))
    )
    qtbot.waitUntil(lambda: QToolTip.text().startswith("bn3b_branch2a"))
    assert QToolTip.text().splitlines() == [
        "bn3b_branch2a",
        "Block 3b · branch, batch normalisation",
        "64 × 14 × 14",
        "256 parameters",
        "Receptive field 11 × 11 px, every 4 px",
    ]


def test_what_is_under_the_pointer_is_marked(view: NetworkView, qtbot: QtBot) -> None:
    canvas = view.canvas
    assert not holds(canvas, "res3b_branch2c", DARK.text)
    qtbot.mouseMove(canvas.viewport(), place_of(canvas, "res3b_branch2c"))
    assert holds(canvas, "res3b_branch2c", DARK.text)
    assert canvas.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
    qtbot.mouseMove(canvas.viewport(), QPoint(2, 2))
    assert not holds(canvas, "res3b_branch2c", DARK.text)


@pytest.mark.parametrize(
    ("key", "layer"),
    [
        (Qt.Key.Key_Right, "res3b_branch2c"),
        (Qt.Key.Key_Left, "bn3b_branch2b"),
        (Qt.Key.Key_Down, "res3c_branch2b_relu"),
        (Qt.Key.Key_PageDown, "res3c_branch2b_relu"),
        (Qt.Key.Key_Home, "conv1"),
        (Qt.Key.Key_End, "probabilities"),
    ],
)
def test_keys_choose_along_the_flow(
    view: NetworkView, qtbot: QtBot, key: Qt.Key, layer: str
) -> None:
    spy = QSignalSpy(view.layer_chosen)
    qtbot.keyClick(view.canvas, key)
    assert spy.at(0) == [layer]


def test_down_leads_from_the_branch_to_the_shortcut(view: NetworkView, qtbot: QtBot) -> None:
    view.render(replace(OPEN, layer="res4a_branch2b"))
    spy = QSignalSpy(view.layer_chosen)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    assert spy.at(0) == ["res4a_branch1"]


def test_a_drag_pans_and_chooses_nothing(view: NetworkView, qtbot: QtBot) -> None:
    canvas, spy = view.canvas, QSignalSpy(view.layer_chosen)
    before = canvas.verticalScrollBar().value()
    port, start = canvas.viewport(), place_of(canvas, "res3b_branch2b")
    qtbot.mousePress(port, LEFT, pos=start)
    for step in range(1, 9):
        QTest.mouseMove(port, start - QPoint(0, 10 * step))
    qtbot.mouseRelease(port, LEFT, pos=start - QPoint(0, 80))
    assert canvas.verticalScrollBar().value() == before + 80
    assert spy.count() == 0


def wheel(canvas: NetworkCanvas, at: QPoint, delta: int, keys: Qt.KeyboardModifier) -> None:
    QApplication.sendEvent(
        canvas.viewport(),
        QWheelEvent(
            QPointF(at),
            QPointF(canvas.viewport().mapToGlobal(at)),
            QPoint(),
            QPoint(0, delta),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_the_wheel_scrolls_and_with_ctrl_zooms_about_the_pointer(view: NetworkView) -> None:
    canvas = view.canvas
    at, before = QPoint(120, 90), canvas.verticalScrollBar().value()
    wheel(canvas, at, -120, Qt.KeyboardModifier.NoModifier)
    assert canvas.verticalScrollBar().value() > before
    assert canvas.scale_now() == 1
    under = canvas.mapToScene(at)
    for _ in range(3):
        wheel(canvas, at, 120, Qt.KeyboardModifier.ControlModifier)
    assert canvas.scale_now() == pytest.approx(1.25**3)
    assert (canvas.mapToScene(at) - under).manhattanLength() < 3
    for _ in range(40):
        wheel(canvas, at, -120, Qt.KeyboardModifier.ControlModifier)
    assert canvas.scale_now() == pytest.approx(canvas._fitting_scale())


def test_shift_and_drag_zoom_into_a_box(view: NetworkView, qtbot: QtBot) -> None:
    canvas = view.canvas
    port, shift = canvas.viewport(), Qt.KeyboardModifier.ShiftModifier
    corners = QPoint(60, 60), QPoint(160, 130)
    wanted = [canvas.mapToScene(corner) for corner in corners]
    qtbot.mousePress(port, LEFT, shift, pos=corners[0])
    QTest.mouseMove(port, corners[1])
    assert canvas._band.isVisible()
    qtbot.mouseRelease(port, LEFT, shift, pos=corners[1])
    assert not canvas._band.isVisible()
    assert canvas.scale_now() > 2
    shown = canvas.mapToScene(port.rect()).boundingRect()
    assert shown.adjusted(-2, -2, 2, 2).contains(wanted[0])
    assert shown.adjusted(-2, -2, 2, 2).contains(wanted[1])


def test_a_box_can_be_given_up(view: NetworkView, qtbot: QtBot) -> None:
    canvas, port = view.canvas, view.canvas.viewport()
    qtbot.mousePress(port, LEFT, Qt.KeyboardModifier.ShiftModifier, pos=QPoint(60, 60))
    QTest.mouseMove(port, QPoint(160, 130))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas._band.isVisible()
    qtbot.mouseRelease(port, LEFT, pos=QPoint(160, 130))
    assert canvas.scale_now() == 1


def test_keys_zoom_fit_read_and_lead_back_to_the_chosen(view: NetworkView, qtbot: QtBot) -> None:
    canvas = view.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.scale_now() == pytest.approx(1.25)
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.scale_now() == pytest.approx(1)
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert is_seen(canvas, "conv1")
    assert is_seen(canvas, "probabilities")
    qtbot.keyClick(canvas, Qt.Key.Key_1)
    assert canvas.scale_now() == 1
    canvas.verticalScrollBar().setValue(canvas.verticalScrollBar().maximum())
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    assert is_seen(canvas, "res3b_branch2b_relu")


def test_from_afar_labels_vanish_and_the_chosen_box_can_still_be_found(view: NetworkView) -> None:
    canvas = view.canvas
    view.render(replace(OPEN, model=bottleneck_model(RESNET_152)))
    canvas.fit()
    assert canvas.scale_now() < 0.2
    assert not any(item.isVisible() for item in canvas._scene._words)
    at, picture = place_of(canvas, "res3b_branch2b_relu"), painted(canvas)
    accents = [
        picture.pixelColor(at.x() + x, at.y() + y) == DARK.accent
        for x in range(-6, 7)
        for y in range(-6, 7)
    ]
    assert sum(accents) >= 36
    canvas.read()
    assert all(item.isVisible() for item in canvas._scene._words)


def test_the_drawing_takes_the_width_of_the_panel(view: NetworkView) -> None:
    canvas = view.canvas
    assert canvas.horizontalScrollBar().maximum() == 0
    view.resize(360, 380)
    assert 1 < canvas.scale_now() <= 1.25
    assert canvas.horizontalScrollBar().maximum() == 0


def test_in_a_narrow_panel_words_keep_their_size_and_the_map_scrolls_sideways(
    view: NetworkView, qtbot: QtBot
) -> None:
    canvas, bar = view.canvas, view.canvas.horizontalScrollBar()
    view.resize(view.minimumWidth(), 380)
    assert canvas.scale_now() == 1
    assert bar.isVisible()
    assert is_seen(canvas, "res3b_branch2b_relu")
    qtbot.keyClick(canvas, Qt.Key.Key_1)
    assert bar.value() == bar.minimum()  # where the names of the blocks are
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    assert is_seen(canvas, "res3b_branch2b_relu")
    view.resize(360, 380)
    assert not bar.isVisible()
    assert bar.maximum() == 0


def test_a_zoom_of_ones_own_is_kept_when_the_panel_changes(view: NetworkView) -> None:
    view.canvas.zoom_by(2)
    view.resize(320, 400)
    assert view.canvas.scale_now() == pytest.approx(2)


def test_the_colours_are_those_of_the_theme(view: NetworkView, qapp: QApplication) -> None:
    apply_theme(qapp, LIGHT)
    assert holds(view.canvas, "res3b_branch2b_relu", LIGHT.accent)
    apply_theme(qapp, DARK)
    assert holds(view.canvas, "res3b_branch2b_relu", DARK.accent)


def test_the_focus_that_came_by_key_has_a_ring(view: NetworkView) -> None:
    canvas = view.canvas
    canvas.clearFocus()
    corner = QPoint(canvas.viewport().width() // 2, 1)
    assert painted(canvas).pixelColor(corner) != DARK.accent
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert painted(canvas).pixelColor(corner) == DARK.accent


def test_the_drawing_is_made_once_per_model(view: NetworkView) -> None:
    scene = view.canvas._scene
    view.render(replace(OPEN, layer="res2a", channel=3))
    assert view.canvas._scene is scene
    view.render(LensState(model=foreign_model()))
    assert view.canvas._scene is not scene


def test_an_empty_map_says_what_goes_there(view: NetworkView) -> None:
    view.render(LensState())
    assert view._empty.isVisible()
    assert not view.canvas.isVisible()
    view.render(LensState(model=replace(model_of(), layers=())))
    assert view._empty.text() == "This model names no layers."


# --- in the window ------------------------------------------------------------------------------


@pytest.fixture
def opened(window: MainWindow) -> MainWindow:
    window.activateWindow()
    state = replace(shown_state(), model=replace(MODEL, labels=LABELS), layer="res3b")

    def take(options: object) -> None:
        nonlocal state
        state = replace(state, options=options)  # type: ignore[arg-type]
        window.render(state)

    window.options_changed.connect(take)
    window.render(state)
    return window


def test_the_map_is_the_first_view_of_the_layers(opened: MainWindow) -> None:
    assert opened.parts is not None
    assert opened.parts.network.isVisible()
    assert not opened.parts.layers.isVisible()


def test_ctrl_l_filters_in_the_list_and_ctrl_g_leads_back_to_the_map(
    opened: MainWindow, qtbot: QtBot
) -> None:
    parts = opened.parts
    assert parts is not None
    qtbot.keyClick(opened, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert parts.layers.isVisible()
    assert parts.layers.search.hasFocus()
    opened.commands.panels["layers"].setChecked(False)
    qtbot.keyClick(opened, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert parts.network.isVisible()
    assert parts.network.canvas.hasFocus()


def test_the_maps_commands_lead_to_it(opened: MainWindow) -> None:
    parts, commands = opened.parts, opened.commands
    assert parts is not None
    canvas = parts.network.canvas
    commands.zoom_map_in.trigger()
    assert canvas.scale_now() > 1
    commands.zoom_map_out.trigger()
    commands.zoom_map_out.trigger()
    assert canvas.scale_now() < 1
    commands.fit_map.trigger()
    assert canvas.scale_now() == pytest.approx(canvas._fitting_scale())
    commands.show_in_map.trigger()
    assert is_seen(canvas, "res3b")
    commands.fit_map.trigger()
    commands.read_map.trigger()
    assert canvas.scale_now() == pytest.approx(canvas._reading_scale())


def test_the_context_menu_has_the_commands_and_says_how_to_draw_a_box(opened: MainWindow) -> None:
    assert opened.parts is not None
    canvas = opened.parts.network.canvas
    assert canvas.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    offered = [action.text() for action in canvas.actions()]
    assert opened.commands.fit_map.text() in offered
    assert offered[-1] == "Shift+drag zooms into a box"


def test_a_choice_in_the_map_is_the_windows(opened: MainWindow, qtbot: QtBot) -> None:
    assert opened.parts is not None
    with qtbot.waitSignal(opened.layer_chosen) as chosen:
        qtbot.keyClick(opened.parts.network.canvas, Qt.Key.Key_Right)
    assert chosen.args == ["res3b_relu"]
