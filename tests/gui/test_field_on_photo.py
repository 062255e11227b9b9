"""What a position of a map sees, outlined on the photo and named beside the channel."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop_app.core.network import Network, NetworkNode, ReceptiveField
from desktop_app.core.records import Preprocessing, Tensor, read_only
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.channel_view import ChannelView
from desktop_app.views.main_window import MainWindow
from desktop_app.views.map_canvas import MapCanvas
from desktop_app.views.shown_photo import ShownPhoto
from desktop_app.views.tile_area import TileArea
from tests.gui.map_states import painted, state_of

MAPS: Tensor = read_only(np.arange(2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3))
FIELD = ReceptiveField(size=(12, 12), stride=(10, 10), start=(-1, -1))
"""Of 3 × 3 positions on an input tensor of 30 × 30: the first begins in the padding."""


@pytest.fixture
def state() -> LensState:
    """A photo of 40 × 30, of which the input tensor sees columns 5 to 35."""
    state = state_of(
        {"layer": MAPS},
        layer="layer",
        options=ViewOptions(overlay=False),
        spec=Preprocessing(height=30, width=30),
    )
    assert state.model is not None
    network = Network(nodes={"layer": NetworkNode(receptive_field=FIELD)})
    return replace(state, model=replace(state.model, network=network))


def photo_of(window: MainWindow) -> ShownPhoto:
    photo = window.photo.findChild(ShownPhoto)
    assert isinstance(photo, ShownPhoto)
    return photo


def test_pointing_at_a_tile_outlines_what_it_sees(window: MainWindow, state: LensState) -> None:
    window.render(state)
    area = window.findChild(TileArea)
    assert isinstance(area, TileArea)
    rect = area.tile_rect(0)
    QTest.mouseMove(area.viewport(), rect.center().toPoint())
    QApplication.processEvents()
    # Position (1, 1): 9 to 21 of the tensor, which begins at column 5 of the photo.
    assert photo_of(window).field() == QRectF(14, 9, 12, 12)
    QTest.mouseMove(area.viewport(), QPoint(1, 1))
    QApplication.processEvents()
    assert photo_of(window).field() is None


def test_probing_by_key_outlines_too_and_ends_with_the_focus(
    window: MainWindow, state: LensState, qtbot: QtBot
) -> None:
    window.render(state)
    assert window.parts is not None
    canvas = window.parts.channel.findChild(MapCanvas)
    assert isinstance(canvas, MapCanvas)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert photo_of(window).field() == QRectF(14, 9, 12, 12)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
        qtbot.keyClick(canvas, key)
    # Position (0, 0) begins in the padding, and the outline at the crop's edge.
    assert photo_of(window).field() == QRectF(5, 0, 11, 11)
    canvas.clearFocus()
    assert photo_of(window).field() is None


def test_the_outline_is_seen_on_dark_and_on_light_pictures(qtbot: QtBot, state: LensState) -> None:
    for shade in (0, 128, 255):
        photo = ShownPhoto()
        qtbot.addWidget(photo)
        photo.resize(400, 300)
        pixels = read_only(np.full((30, 40, 3), shade, dtype=np.uint8))
        assert state.shown is not None
        image = replace(state.shown.image, pixels=pixels)
        photo.render(replace(state, shown=replace(state.shown, image=image)))
        before = painted(photo)
        photo.show_probe((1, 1))
        after, (pane,) = painted(photo), photo.panes()
        left = pane.to_view(QRectF(14, 9, 12, 12), photo.zoom()).left()
        row = int(pane.room.center().y())
        changes = [
            abs(after.pixelColor(x, row).lightness() - before.pixelColor(x, row).lightness())
            for x in range(int(left), int(left) + 5)
        ]
        assert max(changes) > 90, shade


def test_without_a_known_field_nothing_is_outlined(window: MainWindow, state: LensState) -> None:
    assert state.model is not None
    window.render(replace(state, model=replace(state.model, network=Network())))
    window.photo.show_probe((1, 1))
    assert photo_of(window).field() is None


def test_the_channels_subtitle_names_the_receptive_field(qtbot: QtBot, state: LensState) -> None:
    view = ChannelView()
    qtbot.addWidget(view)
    view.render(state)
    texts = [label.text() for label in view.findChildren(QLabel)]
    assert "layer · receptive field 12 px" in texts


def test_a_probe_that_rests_reads_out_the_next_channel(qtbot: QtBot, state: LensState) -> None:
    view = ChannelView()
    qtbot.addWidget(view)
    view.resize(430, 420)
    with qtbot.waitExposed(view):
        view.show()
    view.render(state)
    canvas = view.findChild(MapCanvas)
    assert isinstance(canvas, MapCanvas)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    view.render(replace(state, channel=1))
    texts = [label.text() for label in view.findChildren(QLabel)]
    assert "(1, 1)  13.000" in texts
