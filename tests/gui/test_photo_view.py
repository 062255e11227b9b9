"""The photo view: invitation, alignment of the overlay, zoom and pan."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop_app.core.preprocessing import input_rectangle
from desktop_app.core.records import Preprocessing, Tensor, read_only
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.colormaps import colour_table
from desktop_app.views.photo_canvas import PhotoCanvas
from desktop_app.views.photo_geometry import Zoom, limited, panes, panned, zoomed
from desktop_app.views.photo_view import PhotoView
from desktop_app.views.theme import current_roles
from tests.gui.map_states import painted, state_of, striped

RED, BLUE = QColor(255, 0, 0), QColor(0, 0, 255)
SPEC = Preprocessing(height=30, width=30)
QUARTERS: Tensor = read_only(np.array([[[0, 0], [0, 9]]], dtype=np.float32))
OPAQUE = ViewOptions(overlay_opacity=1.0)


@pytest.fixture
def view(qtbot: QtBot) -> PhotoView:
    widget = PhotoView()
    qtbot.addWidget(widget)
    widget.resize(432, 432)  # too square for two panes: 400 are left for a photo of 40 x 30
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def canvas_of(view: PhotoView) -> PhotoCanvas:
    found = view.findChild(PhotoCanvas)
    assert isinstance(found, PhotoCanvas)
    return found


def alike(one: QColor, other: QColor, *, within: int = 6) -> bool:
    pairs = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)
    return all(abs(a - b) <= within for a, b in pairs)


@pytest.mark.parametrize(
    ("text", "signal"), [("Open…", "open_requested"), ("Paste", "paste_requested")]
)
def test_an_empty_view_invites_to_open_and_to_paste(
    view: PhotoView, qtbot: QtBot, text: str, signal: str
) -> None:
    (button,) = (each for each in view.findChildren(QPushButton) if each.text() == text)
    with qtbot.waitSignal(getattr(view, signal)):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_while_the_first_image_is_opened_no_button_is_offered(view: PhotoView) -> None:
    view.render(LensState())
    assert any(button.isVisible() for button in view.findChildren(QAbstractButton))
    view.render(LensState(pending=1))
    assert not any(button.isVisible() for button in view.findChildren(QAbstractButton))


def test_the_photo_fits_the_view(view: PhotoView) -> None:
    state = state_of({"relu": QUARTERS}, layer="relu", options=ViewOptions(overlay=False))
    view.render(replace(state, model=None))
    picture = painted(view)
    assert alike(picture.pixelColor(30, 216), RED)
    assert alike(picture.pixelColor(400, 216), BLUE)
    assert picture.pixelColor(216, 40) == current_roles().ground  # above the photo


def test_the_overlay_lies_exactly_over_what_the_network_saw(view: PhotoView) -> None:
    left, top, right, bottom = input_rectangle((40, 30), SPEC)
    assert (left, top, right, bottom) == (5, 0, 35, 30)
    view.render(state_of({"relu": QUARTERS}, layer="relu", spec=SPEC, options=OPAQUE))
    picture = painted(view)
    (pane,) = canvas_of(view).panes()
    crop = pane.to_view(QRectF(left, top, right - left, bottom - top), Zoom())
    first, last = (QColor.fromRgb(colour_table("inferno")[index]) for index in (0, 255))
    inside_bottom_right = crop.bottomRight() - QPointF(8, 8)
    inside_top_left = crop.topLeft() + QPointF(3, 3)
    assert alike(picture.pixelColor(inside_bottom_right.toPoint()), last)
    assert alike(picture.pixelColor(inside_top_left.toPoint()), first)
    middle = int(crop.center().y())
    ground = current_roles().ground
    for x, base in ((crop.left() - 4, RED), (crop.right() + 4, BLUE)):
        shaded = QColor(
            *(
                round(0.4 * seen + 0.6 * shade)
                for seen, shade in zip(base.getRgb()[:3], ground.getRgb()[:3], strict=True)
            )
        )
        assert alike(picture.pixelColor(int(x), middle), shaded)


def test_the_opacity_mixes_photo_and_map(view: PhotoView) -> None:
    state = state_of({"relu": QUARTERS}, layer="relu", spec=SPEC, options=OPAQUE)
    view.render(replace(state, options=ViewOptions(overlay_opacity=0.0)))
    (pane,) = canvas_of(view).panes()
    point = pane.to_view(QRectF(6, 1, 1, 1), Zoom()).center().toPoint()
    assert alike(painted(view).pixelColor(point), RED)
    view.render(replace(state, options=ViewOptions(overlay_opacity=0.5)))
    black = QColor.fromRgb(colour_table("inferno")[0])
    half = QColor((255 + black.red()) // 2, black.green() // 2, black.blue() // 2)
    assert alike(painted(view).pixelColor(point), half)


def test_without_overlay_the_photo_stands_alone(view: PhotoView) -> None:
    view.resize(900, 340)
    state = state_of({"relu": QUARTERS}, layer="relu", spec=SPEC)
    view.render(state)
    assert len(canvas_of(view).panes()) == 2
    view.render(replace(state, options=ViewOptions(overlay=False)))
    assert len(canvas_of(view).panes()) == 1


def test_side_by_side_the_overlay_is_on_the_crop_alone(view: PhotoView) -> None:
    view.resize(900, 340)
    view.render(state_of({"relu": QUARTERS}, layer="relu", spec=SPEC, options=OPAQUE))
    picture = painted(view)
    photo, crop = canvas_of(view).panes()
    inside = photo.to_view(QRectF(15, 15, 1, 1), Zoom()).center().toPoint()
    assert alike(picture.pixelColor(inside), RED)
    last = QColor.fromRgb(colour_table("inferno")[255])
    corner = crop.shown(Zoom()).bottomRight() - QPointF(8, 8)
    assert alike(picture.pixelColor(corner.toPoint()), last)


def test_single_values_are_laid_over_nothing(view: PhotoView) -> None:
    scores = read_only(np.ones((3, 1, 1), dtype=np.float32))
    view.render(state_of({"fc3": scores}, layer="fc3", spec=SPEC, options=OPAQUE))
    (pane,) = canvas_of(view).panes()
    point = pane.to_view(QRectF(10, 10, 1, 1), Zoom()).center().toPoint()
    assert alike(painted(view).pixelColor(point), RED)


def wheel(canvas: PhotoCanvas, position: QPointF, notches: int) -> None:
    event = QWheelEvent(
        position,
        canvas.mapToGlobal(position),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_the_wheel_zooms_about_the_pointer(view: PhotoView) -> None:
    view.render(state_of({"relu": QUARTERS}, layer="relu", spec=SPEC))
    canvas, pointer = canvas_of(view), QPointF(150, 200)
    (pane,) = canvas.panes()
    before = pane.to_photo(pointer, canvas.zoom())
    wheel(canvas, pointer, 3)
    assert canvas.zoom().factor == pytest.approx(1.25**3)
    after = pane.to_photo(pointer, canvas.zoom())
    assert (after.x(), after.y()) == (pytest.approx(before.x()), pytest.approx(before.y()))


def test_dragging_pans_and_a_double_click_fits_again(view: PhotoView, qtbot: QtBot) -> None:
    view.render(state_of({"relu": QUARTERS}, layer="relu", spec=SPEC))
    canvas = canvas_of(view)
    canvas.zoom_by(4)
    before = canvas.zoom().shift
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    qtbot.mouseMove(canvas, QPoint(240, 200))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(240, 200))
    assert canvas.zoom().shift.x() == pytest.approx(before.x() - 1)  # 40 px at 40 px a pixel
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert canvas.zoom() == Zoom()


def test_the_photo_follows_the_pointer(view: PhotoView) -> None:
    view.render(replace(state_of({"relu": QUARTERS}, layer="relu"), model=None))
    canvas = canvas_of(view)
    canvas.zoom_by(6)
    middle = QPoint(view.width() // 2 + 60, view.height() // 2)
    assert alike(painted(view).pixelColor(middle), BLUE)
    canvas._pan(QPointF(150, 0))
    assert alike(painted(view).pixelColor(middle), RED)


def test_view_and_photo_coordinates_are_each_others_inverse() -> None:
    (pane,) = panes(QSizeF(400, 300), QSizeF(100, 100), None)
    zoom = Zoom(3, QPointF(5, -7))
    back = pane.to_photo(pane.to_view(QRectF(12, 34, 1, 1), zoom).topLeft(), zoom)
    assert (round(back.x(), 6), round(back.y(), 6)) == (12, 34)


def test_keys_zoom_pan_and_fit(view: PhotoView, qtbot: QtBot) -> None:
    view.render(state_of({"relu": QUARTERS}, layer="relu", spec=SPEC))
    canvas = canvas_of(view)
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.zoom().factor == 1.25
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.zoom().shift.x() > 0
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert canvas.zoom() == Zoom()


def test_another_photo_is_fit_again_and_another_channel_is_not(view: PhotoView) -> None:
    state = state_of({"relu": np.repeat(QUARTERS, 2, axis=0)}, layer="relu", spec=SPEC)
    view.render(state)
    canvas = canvas_of(view)
    canvas.zoom_by(2)
    view.render(replace(state, channel=1))
    assert canvas.zoom().factor == 2
    view.render(state_of({"relu": QUARTERS}, layer="relu", spec=SPEC))
    assert canvas.zoom().factor == 1


def test_zoomed_in_a_photo_shows_its_pixels_at_the_right_place(view: PhotoView) -> None:
    view.render(replace(state_of({"relu": QUARTERS}, layer="relu"), model=None))
    canvas = canvas_of(view)
    (pane,) = canvas.panes()
    canvas.zoom_by(6, pane.room.center())
    border = pane.to_view(QRectF(20, 0, 0, 0), canvas.zoom()).left()
    picture, middle = painted(view), view.height() // 2
    assert alike(picture.pixelColor(int(border) - 60, middle), RED)
    assert alike(picture.pixelColor(int(border) + 60, middle), BLUE)


def test_a_large_photo_is_painted_in_full(view: PhotoView) -> None:
    state = state_of({"relu": QUARTERS}, layer="relu", pixels=striped(4000, 3000))
    view.render(replace(state, model=None))
    picture = painted(view)
    assert alike(picture.pixelColor(212, 216), RED)
    assert alike(picture.pixelColor(220, 216), BLUE)


def test_the_picture_of_a_size_is_made_once(view: PhotoView) -> None:
    state = state_of({"relu": np.repeat(QUARTERS, 2, axis=0)}, layer="relu", spec=SPEC)
    view.render(state)
    painted(view)
    canvas = canvas_of(view)
    kept = list(canvas._photos.values())
    view.render(replace(state, channel=1))
    painted(view)
    assert len(kept) == 1
    assert next(iter(canvas._photos.values())) is kept[0]


def test_panes_stand_side_by_side_only_where_the_pictures_stay_large() -> None:
    photo, crop = QSizeF(500, 375), QRectF(62, 0, 375, 375)
    assert len(panes(QSizeF(900, 340), photo, crop)) == 2
    assert len(panes(QSizeF(400, 400), photo, crop)) == 1
    assert len(panes(QSizeF(900, 340), photo, None)) == 1
    assert panes(QSizeF(10, 10), photo, crop) == ()


def test_side_by_side_panes_do_not_overlap() -> None:
    left, right = panes(QSizeF(900, 340), QSizeF(300, 500), QRectF(0, 100, 300, 300))
    assert left.room.right() < right.room.left()
    assert not left.shown(Zoom(3)).intersects(right.shown(Zoom(3)))


def test_a_photo_cannot_be_pushed_out_of_its_pane() -> None:
    (pane,) = panes(QSizeF(400, 400), QSizeF(100, 100), None)
    assert panned(Zoom(), QPointF(500, 0), pane=pane) == Zoom()
    far = limited(Zoom(2, QPointF(1e6, -1e6)), pane)
    assert pane.shown(far) == pane.room
    assert zoomed(far, 1e-9, about=QPointF(7, 7), pane=pane) == Zoom()
