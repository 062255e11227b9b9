"""The input tensor's values, against formulas written down independently of the program.

A wrong constant here gives wrong answers without any error, so every convention that a card can
name is computed a second time, in double precision, from its published definition.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from desktop_app.core.preprocessing import fit, preprocess
from desktop_app.core.records import Image, Preprocessing

LESSON = Preprocessing(height=64, width=64, resize_rule="stretch")
CAFFE = Preprocessing(
    height=224,
    width=224,
    shorter_side=256,
    channel_order="BGR",
    scale=1.0,
    mean=(103.939, 116.779, 123.68),
)
TORCHVISION = Preprocessing(
    height=224,
    width=224,
    shorter_side=256,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
GREY = Preprocessing(
    height=28,
    width=28,
    resize_rule="stretch",
    channel_order="L",
    mean=(0.1307,),
    std=(0.3081,),
)


def image_of(pixels: NDArray[np.uint8]) -> Image:
    return Image(pixels=pixels, name="test", stored_size=(pixels.shape[1], pixels.shape[0]))


def flat(red: int, green: int, blue: int, *, height: int = 300, width: int = 400) -> Image:
    return image_of(np.full((height, width, 3), (red, green, blue), np.uint8))


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        # 200/255, 100/255, 50/255
        (LESSON, (0.78431373, 0.39215686, 0.19607843)),
        # 50 - 103.939, 100 - 116.779, 200 - 123.68
        (CAFFE, (-53.939, -16.779, 76.32)),
        # red (0.784314 - 0.485) / 0.229, green (0.392157 - 0.456) / 0.224, and so on
        (TORCHVISION, (1.30704686, -0.28501401, -0.93298475)),
        # luma 0.299·200 + 0.587·100 + 0.114·50 = 124.2 → 124; (124/255 - 0.1307) / 0.3081
        (GREY, (1.15408797,)),
    ],
)
def test_flat_colour_has_the_values_of_the_convention(
    spec: Preprocessing, expected: tuple[float, ...]
) -> None:
    tensor = preprocess(flat(200, 100, 50), spec)
    assert tensor.shape == (1, len(expected), spec.height, spec.width)
    assert tensor.dtype == np.float32
    assert tensor.flags.c_contiguous
    for channel, value in enumerate(expected):
        np.testing.assert_allclose(tensor[0, channel], value, rtol=2e-6)


@pytest.mark.parametrize("spec", [LESSON, CAFFE, TORCHVISION])
def test_every_byte_is_the_formula_rounded_once(spec: Preprocessing) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    pixels = np.stack([ramp, ramp[::-1], ramp.T], axis=-1)
    small = Preprocessing(
        height=16, width=16, channel_order=spec.channel_order,
        scale=spec.scale, mean=spec.mean, std=spec.std,
    )  # fmt: skip
    ordered = pixels[:, :, ::-1] if spec.channel_order == "BGR" else pixels
    expected = (ordered * spec.scale - np.array(spec.mean)) / np.array(spec.std)
    tensor = preprocess(image_of(pixels), small)
    np.testing.assert_array_equal(tensor[0].transpose(1, 2, 0), expected.astype(np.float32))


def triangle_weights(source: int, target: int, start: float, length: float) -> NDArray[np.float64]:
    """Antialiased bilinear resampling, one axis: float64 (target, source), rows sum to 1.

    The triangle filter, widened by the scale when shrinking (as in Pillow and in
    ``torch.nn.functional.interpolate(antialias=True)``), sampled at pixel centres.
    """
    scale = length / target
    support = max(scale, 1.0)
    centres = start + (np.arange(target) + 0.5) * scale
    distance = np.abs(np.arange(source) + 0.5 - centres[:, None])
    weights = np.maximum(0, 1 - distance / support)
    return weights / weights.sum(axis=1, keepdims=True)


def resampled(
    pixels: NDArray[np.uint8], size: tuple[int, int], box: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    """float64 (height, width, 3) in 0..255, not rounded; box is (left, top, right, bottom)."""
    width, height = size
    left, top, right, bottom = box
    down = triangle_weights(pixels.shape[0], height, top, bottom - top)
    across = triangle_weights(pixels.shape[1], width, left, right - left)
    return np.einsum("yi,ijc,xj->yxc", down, pixels.astype(np.float64), across, optimize=True)


def test_lesson_stretches_the_whole_picture() -> None:
    pixels = noise(150, 211)
    expected = resampled(pixels, (64, 64), (0, 0, 211, 150)) / 255
    tensor = preprocess(image_of(pixels), LESSON)
    # Pillow rounds to whole numbers after each of its two passes: at most one step apart.
    np.testing.assert_allclose(tensor[0].transpose(1, 2, 0), expected, atol=1.01 / 255)


@pytest.mark.parametrize(("height", "width"), [(375, 500), (500, 375), (300, 333), (256, 256)])
def test_torchvision_resizes_to_256_and_cuts_the_centre(height: int, width: int) -> None:
    pixels = noise(height, width)
    # torchvision.transforms: Resize(256) truncates the longer side, CenterCrop rounds its offset.
    if width <= height:
        wide, high = 256, int(256 * height / width)
    else:
        wide, high = int(256 * width / height), 256
    left, top = round((wide - 224) / 2), round((high - 224) / 2)
    x, y = width / wide, height / high
    box = (left * x, top * y, (left + 224) * x, (top + 224) * y)
    expected = resampled(pixels, (224, 224), box) / 255
    expected = (expected - TORCHVISION.mean) / TORCHVISION.std

    tensor = preprocess(image_of(pixels), TORCHVISION)

    np.testing.assert_allclose(tensor[0].transpose(1, 2, 0), expected, atol=1.01 / 255 / 0.224)


@pytest.mark.parametrize(("height", "width"), [(375, 500), (500, 300), (300, 402)])
def test_torchvision_resizes_bit_for_bit(height: int, width: int) -> None:
    pixels = noise(height, width)
    short = min(height, width)
    size = (int(256 * width / short), int(256 * height / short))
    whole = PillowImage.fromarray(pixels).resize(size, PillowImage.Resampling.BILINEAR)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    expected = np.asarray(whole.crop((left, top, left + 224, top + 224)))
    np.testing.assert_array_equal(fit(pixels, CAFFE), expected)


def test_a_long_strip_is_cut_while_it_is_resized() -> None:
    # Resized whole it would be 256 × 25,600,000: 26 GB. The middle 224 × 224 of that is 17.5 × 17.5
    # pixels of the source, here in its middle 40 columns.
    pixels = np.zeros((20, 2_000_000, 3), np.uint8)
    middle = pixels[:, 999_980:1_000_020] = noise(20, 40)
    edge = ((40 - 17.5) / 2, (20 - 17.5) / 2)
    box = (*edge, edge[0] + 17.5, edge[1] + 17.5)
    np.testing.assert_allclose(fit(pixels, CAFFE), resampled(middle, (224, 224), box), atol=1.01)


@pytest.mark.parametrize("rule", ["stretch", "shorter-side"])
def test_a_picture_of_the_right_size_passes_bit_for_bit(rule: str) -> None:
    pixels = noise(64, 64)
    spec = Preprocessing(height=64, width=64, resize_rule=rule, scale=1.0)  # type: ignore[arg-type]
    tensor = preprocess(image_of(pixels), spec)
    np.testing.assert_array_equal(tensor[0].transpose(1, 2, 0), pixels)
