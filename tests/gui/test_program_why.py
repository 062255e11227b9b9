"""Why a class, in the whole program: tab, keys, worker and a real model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.core.attributions import Attribution
from desktop_app.core.records import PixelsSource
from desktop_app.lens import Lens
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow

PATIENCE_MS = 30_000


@pytest.fixture
def lens(qtbot: QtBot, tiny_model: Path) -> Lens:
    """The tiny model, and a picture with a green square on grey."""
    lens = Lens(MainWindow(), LensState())
    # Before the window goes: an answer on its way may still come, and finds all its parts.
    qtbot.addWidget(lens.window, before_close_func=lambda _: lens.close())
    lens.window.show()
    pixels = np.full((60, 60, 3), 110, np.uint8)
    pixels[6:30, 6:30] = (0, 255, 0)
    lens.start((), str(tiny_model))
    qtbot.waitUntil(lambda: lens.controller.state.model is not None, timeout=PATIENCE_MS)
    lens.window.source_received.emit(PixelsSource("square", pixels))
    qtbot.waitUntil(lambda: shown_maps(lens), timeout=PATIENCE_MS)
    return lens


def shown_maps(lens: Lens) -> bool:
    shown = lens.controller.state.shown
    return shown is not None and shown.activations is not None


def explained(lens: Lens, qtbot: QtBot, before: Attribution | None = None) -> Attribution:
    """Wait for another map than the one before."""

    def arrived() -> bool:
        explanation = lens.controller.state.attribution
        return explanation is not None and explanation.result not in {None, before}

    qtbot.waitUntil(arrived, timeout=PATIENCE_MS)
    explanation = lens.controller.state.attribution
    assert explanation is not None
    assert explanation.result is not None
    return explanation.result


def test_methods_classes_and_layers_are_gone_through_by_key(lens: Lens, qtbot: QtBot) -> None:
    window, shift = lens.window, Qt.KeyboardModifier.ShiftModifier
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    assert lens.controller.state.attribution is None
    qtbot.keyClick(window, Qt.Key.Key_Y, control)
    first = explained(lens, qtbot)
    assert (first.question.method, first.question.class_index) == ("gradcam", 1)
    assert first.layer == "res3a_relu"
    qtbot.keyClick(window, Qt.Key.Key_Y, control | shift)
    second = explained(lens, qtbot, first)
    assert second.question.method == "gradcam++"
    qtbot.keyClick(window, Qt.Key.Key_PageDown, alt | shift)
    third = explained(lens, qtbot, second)
    assert third.question.against in {0, 2}
    window.commands.undo.trigger()
    fourth = explained(lens, qtbot, third)
    assert fourth.question.against is None
    window.commands.why.at_chosen.trigger()
    window.layer_chosen.emit("conv1_relu")
    qtbot.waitUntil(lambda: explained(lens, qtbot).layer == "conv1_relu", timeout=PATIENCE_MS)
    assert not lens.controller.state.notices


def test_occlusion_is_slow_ends_and_finds_the_square(lens: Lens, qtbot: QtBot) -> None:
    options = replace(lens.controller.state.options, channel_tab="why", method="occlusion")
    lens.window.options_changed.emit(options)
    found = explained(lens, qtbot)
    assert found.question.method == "occlusion"
    height, width = found.values.shape
    row, column = np.unravel_index(found.values.argmax(), found.values.shape)
    assert row < height // 2
    assert column < width // 2


def test_a_method_that_does_not_fit_is_a_notice_and_the_last_map_stays(
    lens: Lens, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.core.graph.head._AVERAGES", frozenset())
    lens.window.commands.why.methods["gradient"].trigger()
    before = explained(lens, qtbot)
    lens.window.commands.why.methods["cam"].trigger()
    qtbot.waitUntil(lambda: bool(lens.controller.state.notices), timeout=PATIENCE_MS)
    assert "class activation map" in lens.controller.state.notices[0].what
    assert explained(lens, qtbot) is before
