"""The grid in the whole program: window, controller, worker and a real model."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_app.core.records import PixelsSource
from desktop_app.lens import Lens
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from desktop_app.views.picked_channels import picked, picture_of
from desktop_app.views.tile_area import TileArea

PATIENCE_MS = 30_000
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def lens(qtbot: QtBot, tiny_model: Path) -> Lens:
    lens = Lens(MainWindow(), LensState())
    qtbot.addWidget(lens.window, before_close_func=lambda _: lens.close())
    lens.window.show()
    lens.start((), str(tiny_model))
    noise = np.random.default_rng(3).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    qtbot.waitUntil(lambda: lens.controller.state.model is not None, timeout=PATIENCE_MS)
    lens.window.source_received.emit(PixelsSource("Noise", noise))
    qtbot.waitUntil(lambda: picture_of(lens.controller.state) is not None, timeout=PATIENCE_MS)
    return lens


def tiles(lens: Lens) -> TileArea:
    found = lens.window.findChild(TileArea)
    assert isinstance(found, TileArea)
    return found


def test_by_keyboard_alone_channels_are_sorted_selected_pinned_and_copied(
    lens: Lens, qtbot: QtBot
) -> None:
    actions, controller = lens.window.commands.grid, lens.controller
    actions.sorts["variance"].trigger()
    area = tiles(lens)
    area.setFocus()
    qtbot.keyClick(area, Qt.Key.Key_Home)
    qtbot.keyClick(area, Qt.Key.Key_Right, SHIFT)
    first, second = area.channel_at(0), area.channel_at(1)
    assert picked(controller.state) == (first, second)
    assert controller.state.channel == second
    actions.sorts["number"].trigger()
    assert set(picked(controller.state)) == {first, second}
    qtbot.keyClick(area, Qt.Key.Key_P)
    pinned = picked(controller.state)
    assert [area.channel_at(0), area.channel_at(1)] == list(pinned)
    qtbot.keyClick(area, Qt.Key.Key_C, CONTROL)
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: not clipboard.image().isNull(), timeout=PATIENCE_MS)
    png = bytes(clipboard.mimeData().data("image/png").data())
    with PillowImage.open(io.BytesIO(png)) as picture:
        picture.load()
        assert picture.text["channels"] == ",".join(str(channel) for channel in pinned)  # type: ignore[attr-defined]
    qtbot.keyClick(area, Qt.Key.Key_Escape)
    assert picked(controller.state) == (controller.state.channel,)


def test_saved_numbers_are_those_of_the_network(lens: Lens, qtbot: QtBot, tmp_path: Path) -> None:
    state = lens.controller.state
    picture = picture_of(state)
    assert picture is not None
    assert lens.window.parts is not None
    path = tmp_path / "channel.npz"
    lens.window.parts.grid_commands.save_wanted.emit(picture, path)
    qtbot.waitUntil(lambda: bool(lens.controller.state.notices), timeout=PATIENCE_MS)
    assert lens.controller.state.notices[-1].what == "Saved channel.npz"
    with np.load(path) as file:
        assert (file["maps"][0] == picture.maps[state.channel]).all()
        assert str(file["layer"]) == state.layer


def test_a_pinned_scale_survives_another_layer_and_can_be_undone(lens: Lens) -> None:
    actions, controller = lens.window.commands.grid, lens.controller
    actions.pin_scale.trigger()
    pinned = controller.state.options.pinned_range
    assert controller.state.options.scale == "pinned"
    lens.window.commands.next_layer.trigger()
    assert controller.state.options.pinned_range == pinned
    lens.window.commands.undo.trigger()
    lens.window.commands.undo.trigger()
    assert controller.state.options.scale == "layer"
