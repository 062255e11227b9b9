"""The row of pictures between file and input tensor."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from desktop_app.core.records import PreprocessingStep
from desktop_app.state import LensState
from desktop_app.views.preprocessing_strip import PICTURE_PX, PreprocessingStrip, tip
from tests.gui.map_states import maps_of, painted, state_of


def step(name: str, width: int, height: int, colour: tuple[int, int, int]) -> PreprocessingStep:
    preview = np.full((height // 10, width // 10, 3), colour, dtype=np.uint8)
    return PreprocessingStep(name=name, size=(width, height), preview=preview)


STEPS = (
    step("decoded", 300, 500, (200, 10, 10)),
    step("upright", 300, 500, (10, 200, 10)),
    step("resized", 640, 1070, (10, 10, 200)),
    step("cropped", 640, 640, (200, 200, 10)),
    step("normalised", 640, 640, (10, 200, 200)),
)


@pytest.fixture
def strip(qtbot: QtBot) -> PreprocessingStrip:
    widget = PreprocessingStrip()
    qtbot.addWidget(widget)
    widget.resize(900, widget.sizeHint().height())
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def state_with(steps: tuple[PreprocessingStep, ...]) -> LensState:
    state = state_of({"relu": maps_of(2, 2, 2)}, layer="relu")
    assert state.shown is not None
    return replace(state, shown=replace(state.shown, steps=steps))


def test_an_empty_strip_says_what_goes_here(strip: PreprocessingStrip) -> None:
    strip.render(LensState())
    assert strip.accessibleDescription() == "Here you will see what the network is given"
    assert strip.step_rects() == []


def test_every_step_is_told_with_its_size(strip: PreprocessingStrip) -> None:
    strip.render(state_with(STEPS))
    assert strip.accessibleDescription() == (
        "decoded 300 × 500 → upright 300 × 500 → resized 640 × 1070 → cropped 640 × 640 → "
        "normalised 640 × 640"
    )
    assert strip.captions()[1] == "upright 300 × 500"


def test_where_the_room_is_short_only_sizes_that_change_are_written(
    strip: PreprocessingStrip,
) -> None:
    strip.resize(600, strip.height())
    strip.render(state_with(STEPS))
    assert strip.captions() == [
        "decoded 300 × 500",
        "upright",
        "resized 640 × 1070",
        "cropped 640 × 640",
        "normalised",
    ]


def test_every_picture_is_painted_in_its_column(strip: PreprocessingStrip) -> None:
    strip.render(state_with(STEPS))
    picture = painted(strip)
    for rect, shown in zip(strip.step_rects(), STEPS, strict=True):
        colour = picture.pixelColor(int(rect.left()) + 5, int(rect.top()) + PICTURE_PX // 2)
        assert colour == QColor(*shown.preview[0, 0].tolist())


@pytest.mark.parametrize("width", [900, 500, 320, 200])
def test_steps_stay_apart_and_inside_at_every_width(strip: PreprocessingStrip, width: int) -> None:
    strip.resize(width, strip.height())
    strip.render(state_with(STEPS))
    rects = strip.step_rects()
    assert rects[-1].right() <= width
    assert all(one.right() < two.left() for one, two in pairwise(rects))


def test_a_step_says_what_was_done() -> None:
    resized = replace(STEPS[2], note="bilinear", kept=(0.0, 214.6, 640.0, 854.6))
    assert tip(resized) == ("resized, 640 × 1070 pixels\nbilinear\nkept: 640 × 640 from (0, 215)")
    assert tip(STEPS[0]) == "decoded, 300 × 500 pixels"


def test_a_failed_image_says_so(strip: PreprocessingStrip) -> None:
    state = state_with(())
    failed = replace(state.entries[0], status="failed", error="cannot read it")
    strip.render(replace(state, entries=(failed,)))
    assert strip.accessibleDescription() == "The image could not be analysed"


def test_steps_of_one_shape_are_drawn_at_one_size(strip: PreprocessingStrip) -> None:
    wide = (step("decoded", 500, 340, (200, 10, 10)), step("upright", 500, 340, (10, 200, 10)))
    strip.render(state_with(wide))
    image = painted(strip)
    heights = []
    for rect, colour in zip(strip.step_rects(), ((200, 10, 10), (10, 200, 10)), strict=True):
        column = int(rect.left()) + 2
        pixels = [image.pixelColor(column, y) for y in range(image.height())]
        heights.append(sum(pixel == QColor(*colour) for pixel in pixels))
    assert heights[0] == heights[1] > PICTURE_PX // 2
