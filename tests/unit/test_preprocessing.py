"""Geometry of preprocessing, its layouts, and the pictures of its steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import (
    PREVIEW_PX,
    fit,
    input_rectangle,
    preprocess,
    preprocessing_steps,
)
from desktop_app.core.records import Image, PixelsSource, Preprocessing

CAFFE = Preprocessing(
    height=24, width=32, shorter_side=40, channel_order="BGR", scale=1.0, mean=(1.0, 2.0, 3.0)
)
COVERING = Preprocessing(height=24, width=32)
STRETCHED = Preprocessing(height=24, width=32, resize_rule="stretch")


def image_of(pixels: NDArray[np.uint8]) -> Image:
    return load_image(PixelsSource("test", pixels))


def gradient(height: int, width: int) -> NDArray[np.uint8]:
    """Red grows to the right, green downwards: values tell where they come from."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, :, 0] = np.linspace(0, 255, width)
    pixels[:, :, 1] = np.linspace(0, 255, height)[:, None]
    return pixels


def test_layouts_hold_the_same_numbers() -> None:
    image = image_of(gradient(50, 70))
    first = preprocess(image, CAFFE)
    last = preprocess(
        image,
        Preprocessing(
            height=24, width=32, shorter_side=40, channel_order="BGR",
            scale=1.0, mean=(1.0, 2.0, 3.0), layout="NHWC",
        ),
    )  # fmt: skip
    assert (first.shape, last.shape) == ((1, 3, 24, 32), (1, 24, 32, 3))
    assert first.flags.c_contiguous
    assert last.flags.c_contiguous
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), last)


def test_rectangle_of_each_rule() -> None:
    assert input_rectangle((100, 50), STRETCHED) == (0, 0, 100, 50)
    # 100×50 covers 32×24 at scale 0.48: 48×24, of which the middle 32 are kept.
    assert input_rectangle((100, 50), COVERING) == pytest.approx(
        (16.6667, 0, 83.3333, 50), abs=1e-3
    )
    # Shorter side to 40: 80×40, scale 0.8; 24 columns and 8 rows are cut on each side.
    assert input_rectangle((100, 50), CAFFE) == pytest.approx((30, 10, 70, 40))


def test_shorter_side_below_the_crop_still_covers_it() -> None:
    spec = Preprocessing(height=32, width=32, shorter_side=16)
    assert input_rectangle((64, 64), spec) == (0, 0, 64, 64)
    assert fit(gradient(64, 64), spec).shape == (32, 32, 3)


@settings(max_examples=200, deadline=None)
@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    target=st.tuples(st.integers(1, 64), st.integers(1, 64)),
    shorter=st.one_of(st.none(), st.integers(1, 90)),
    stretch=st.booleans(),
)
def test_any_size_is_covered_without_leaving_the_picture(
    size: tuple[int, int], target: tuple[int, int], shorter: int | None, stretch: bool
) -> None:
    spec = Preprocessing(
        height=target[0],
        width=target[1],
        shorter_side=shorter,
        resize_rule="stretch" if stretch else "shorter-side",
    )
    left, top, right, bottom = input_rectangle(size, spec)
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert left == pytest.approx(size[0] - right, abs=size[0] / target[1] + 1)
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    assert fit(pixels, spec).shape == (*target, 3)


@pytest.mark.parametrize("spec", [STRETCHED, COVERING, CAFFE])
@pytest.mark.parametrize("size", [(300, 200), (120, 260)])
def test_rectangle_leads_back_to_the_picture(spec: Preprocessing, size: tuple[int, int]) -> None:
    width, height = size
    fitted = fit(gradient(height, width), spec).astype(np.float64)
    left, top, right, bottom = input_rectangle(size, spec)
    for x, y in [(4, 4), (spec.width - 4, 6), (spec.width / 2, spec.height / 2)]:
        red, green, _ = fitted[int(y), int(x)]
        image_x = left + (int(x) + 0.5) * (right - left) / spec.width
        image_y = top + (int(y) + 0.5) * (bottom - top) / spec.height
        assert red == pytest.approx((image_x - 0.5) / (width - 1) * 255, abs=2)
        assert green == pytest.approx((image_y - 0.5) / (height - 1) * 255, abs=2)


def test_steps_tell_the_way() -> None:
    pixels = gradient(400, 600)
    image = Image(
        pixels=pixels,
        name="photo",
        stored_size=(400, 600),
        notes=("rotated as EXIF says", "16 bits reduced to 8"),
        orientation=6,
    )
    steps = {step.name: step for step in preprocessing_steps(image, CAFFE)}

    assert list(steps) == ["decoded", "upright", "resized", "cropped", "normalised"]
    assert [step.size for step in steps.values()] == [
        (400, 600), (600, 400), (60, 40), (32, 24), (32, 24),
    ]  # fmt: skip
    assert steps["decoded"].note == "16 bits reduced to 8"
    assert steps["upright"].note == "rotated as EXIF says"
    assert steps["upright"].kept == pytest.approx((140, 80, 460, 320))
    assert steps["resized"].kept == (14, 8, 46, 32)
    assert steps["normalised"].note.endswith(", BGR")
    # Stored as EXIF's 6 has it: the upright picture's top is the stored picture's left side.
    stored, upright = steps["decoded"].preview, steps["upright"].preview
    assert stored.shape[0] == PREVIEW_PX == upright.shape[1]
    np.testing.assert_array_equal(stored, upright.transpose(1, 0, 2)[::-1])


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (STRETCHED, (300, 100)),
        (COVERING, (64, 48)),
        (Preprocessing(height=24, width=24, shorter_side=24), (50, 50)),
    ],
)
def test_where_nothing_is_cut_off_no_step_says_so(
    spec: Preprocessing, size: tuple[int, int]
) -> None:
    steps = preprocessing_steps(image_of(gradient(size[1], size[0])), spec)
    assert [step.name for step in steps] == ["decoded", "upright", "resized", "normalised"]
    assert all(step.kept is None for step in steps)
    assert steps[2].size == (spec.width, spec.height)


def test_last_step_shows_the_tensor_in_its_channel_order() -> None:
    image = image_of(np.full((24, 32, 3), (250, 100, 0), np.uint8))
    exact = Preprocessing(height=24, width=32, channel_order="BGR")
    last = preprocessing_steps(image, exact)[-1]
    assert last.preview[0, 0].tolist() == [0, 100, 250]
    assert last.note == "0.00 to 0.98, BGR"
    grey = Preprocessing(height=24, width=32, channel_order="L", mean=(0.5,), std=(0.5,))
    # Luma 0.299·250 + 0.587·100 = 133.45, and the range -1..1 is shown as 0..255.
    assert preprocessing_steps(image, grey)[-1].preview[0, 0].tolist() == [133] * 3


@pytest.mark.parametrize("size", [(1, 500_000), (500_000, 1), (1, 1), (32, 24)])
def test_steps_of_odd_sizes_stay_small(size: tuple[int, int]) -> None:
    image = image_of(np.zeros((size[1], size[0], 3), np.uint8))
    spec = Preprocessing(height=224, width=224, shorter_side=256)
    for step in preprocessing_steps(image, spec):
        assert max(step.preview.shape[:2]) <= max(PREVIEW_PX, 224)
        assert not step.preview.flags.writeable
