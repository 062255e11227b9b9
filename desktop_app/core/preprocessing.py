"""Image → input tensor, exactly as the model's card says; and the way there as pictures.

Accuracy, activations and attributions all go through :func:`preprocess`, so that the figure on a
card is the figure a user gets. :func:`input_rectangle` leads back: which part of the picture the
network saw.
"""

import functools
from typing import Final, NamedTuple

import numpy as np
from PIL import Image as PillowImage

from desktop_app.core.images import as_stored, shrunk, to_pixels
from desktop_app.core.records import (
    Image,
    Pixels,
    Preprocessing,
    PreprocessingStep,
    Tensor,
    read_only,
)

PREVIEW_PX: Final = 192
"""Longest side of a step's picture."""

Rectangle = tuple[float, float, float, float]
"""(left, top, right, bottom), origin at the top left, right and bottom exclusive."""

_FILTERS: Final = {
    "nearest": PillowImage.Resampling.NEAREST,
    "box": PillowImage.Resampling.BOX,
    "bilinear": PillowImage.Resampling.BILINEAR,
    "bicubic": PillowImage.Resampling.BICUBIC,
    "lanczos": PillowImage.Resampling.LANCZOS,
}


class _Geometry(NamedTuple):
    """How a picture is scaled and cut.

    Attributes:
        resized: (width, height) that the whole picture would have.
        kept: The part of that which becomes the input tensor.
        whole_first: Whether the whole picture is really resized before the part is cut.
    """

    resized: tuple[float, float]
    kept: Rectangle
    whole_first: bool = False


def preprocess(image: Image, spec: Preprocessing) -> Tensor:
    """Make the input tensor of one image.

    Args:
        image: Upright sRGB.
        spec: The card's preprocessing.

    Returns:
        float32, C-contiguous, (1, C, height, width) or (1, height, width, C) as
        ``spec.layout`` says; C is 1 for the channel order ``L``, else 3.
    """
    return normalise(fit(image.pixels, spec), spec)


def fit(pixels: Pixels, spec: Preprocessing) -> Pixels:
    """Scale and cut a picture to the network's size, antialiased.

    A picture that already has the size comes back unchanged.

    Args:
        pixels: uint8 (H, W, 3).
        spec: Whose size, resize rule and interpolation are followed.

    Returns:
        uint8 (height, width, 3).
    """
    height, width = pixels.shape[:2]
    if (height, width) == (spec.height, spec.width) and spec.shorter_side is None:
        return pixels
    picture = PillowImage.fromarray(pixels)
    geometry = _geometry((width, height), spec)
    if geometry.whole_first:
        # Bit for bit torchvision: with a box, which Pillow keeps in single precision, one value
        # in a thousand would round the other way.
        wide, high = map(int, geometry.resized)
        left, top, right, bottom = map(int, geometry.kept)
        whole = picture.resize((wide, high), _FILTERS[spec.interpolation])
        return np.asarray(whole.crop((left, top, right, bottom)))
    box = input_rectangle((width, height), spec)
    size = (spec.width, spec.height)
    return np.asarray(picture.resize(size, _FILTERS[spec.interpolation], box=box))


def normalise(fitted: Pixels, spec: Preprocessing) -> Tensor:
    """Turn pixels of the network's size into numbers: (value * scale - mean) / std.

    Args:
        fitted: uint8 (height, width, 3), RGB.
        spec: Whose channel order, scale, mean, std and layout are followed.

    Returns:
        float32, batch of one, C-contiguous; see :func:`preprocess`.
    """
    height, width = fitted.shape[:2]
    table = _table(spec)
    channels = len(table)
    last = spec.layout == "NHWC"
    tensor = np.empty(
        (1, height, width, channels) if last else (1, channels, height, width), np.float32
    )
    for channel, plane in enumerate(_planes(fitted, spec)):
        out = tensor[0, :, :, channel] if last else tensor[0, channel]
        # A look-up: one pass, and every value correctly rounded. mode="clip" skips the checks.
        np.take(table[channel], plane, out=out, mode="clip")
    return tensor


def input_rectangle(image_size: tuple[int, int], spec: Preprocessing) -> Rectangle:
    """Tell which part of a picture the input tensor covers.

    Args:
        image_size: (width, height) of the upright picture.
        spec: The card's preprocessing.

    Returns:
        In pixels of the upright picture, fractions included. A point (x, y) of the input tensor,
        in 0..width and 0..height, lies at left + x * (right - left) / width, and so on.
    """
    geometry = _geometry(image_size, spec)
    x_scale = image_size[0] / geometry.resized[0]
    y_scale = image_size[1] / geometry.resized[1]
    left, top, right, bottom = geometry.kept
    # Rounding may pass the edge by one unit in the last place, which Pillow refuses.
    return (
        left * x_scale,
        top * y_scale,
        min(right * x_scale, float(image_size[0])),
        min(bottom * y_scale, float(image_size[1])),
    )


def preprocessing_steps(
    image: Image, spec: Preprocessing, *, fitted: "Pixels | None" = None
) -> tuple[PreprocessingStep, ...]:
    """Show what happens between file and input tensor.

    Args:
        image: Upright sRGB.
        spec: The card's preprocessing.
        fitted: What :func:`fit` gave for them, where it is at hand; saves its time.

    Returns:
        Decoded (as the file stores it), upright, resized, cropped (where something is cut off),
        normalised. The last shows the tensor's channels in the tensor's order, its possible values
        as 0..255.
    """
    # One reduction for all previews; what it loses is finer than their pixels.
    overview = shrunk(image.pixels, 4 * PREVIEW_PX)
    upright = shrunk(overview, PREVIEW_PX)
    geometry = _geometry(image.size, spec)
    resized = (round(geometry.resized[0]), round(geometry.resized[1]))
    cut = geometry.kept != (0.0, 0.0, *geometry.resized)
    shown = min(1.0, 4 * PREVIEW_PX / max(resized))
    shown_size = (max(1, round(resized[0] * shown)), max(1, round(resized[1] * shown)))
    whole = PillowImage.fromarray(overview).resize(shown_size, _FILTERS[spec.interpolation])
    if fitted is None:
        fitted = fit(image.pixels, spec)
    tensor = normalise(fitted, spec)
    size = (spec.width, spec.height)
    others = "; ".join(note for note in image.notes if not note.startswith("rotated"))
    cropped = PreprocessingStep(
        name="cropped", size=size, preview=shrunk(fitted, PREVIEW_PX), note="centre"
    )
    return (
        PreprocessingStep(
            name="decoded",
            size=image.stored_size,
            preview=as_stored(upright, image.orientation),
            note=others,
        ),
        PreprocessingStep(
            name="upright",
            size=image.size,
            preview=upright,
            note="rotated as EXIF says" if image.orientation != 1 else "",
            kept=input_rectangle(image.size, spec) if cut else None,
        ),
        PreprocessingStep(
            name="resized",
            size=resized,
            preview=shrunk(to_pixels(whole), PREVIEW_PX),
            note=spec.interpolation if resized != image.size else "",
            kept=geometry.kept if cut else None,
        ),
        *((cropped,) if cut else ()),
        PreprocessingStep(
            name="normalised",
            size=size,
            preview=shrunk(_displayed(fitted, spec), PREVIEW_PX),
            note=f"{tensor.min():.2f} to {tensor.max():.2f}, {spec.channel_order}",
        ),
    )


def _geometry(image_size: tuple[int, int], spec: Preprocessing) -> _Geometry:
    width, height = image_size
    if spec.resize_rule == "stretch":
        size = (float(spec.width), float(spec.height))
        return _Geometry(size, (0.0, 0.0, *size))
    if spec.shorter_side is not None:
        # torchvision.transforms.Resize(int) and CenterCrop, their rounding included.
        shorter, longer = min(width, height), max(width, height)
        sides = (spec.shorter_side, int(spec.shorter_side * longer / shorter))
        wide, high = sides if width <= height else sides[::-1]
        if wide >= spec.width and high >= spec.height:
            left = round((wide - spec.width) / 2)
            top = round((high - spec.height) / 2)
            kept = (float(left), float(top), float(left + spec.width), float(top + spec.height))
            # Not for a very long strip, which would become longer than memory.
            is_strip = wide * high > 16 * spec.width * spec.height
            return _Geometry((float(wide), float(high)), kept, whole_first=not is_strip)
    scale = max(spec.width / width, spec.height / height)
    left_edge = max((width * scale - spec.width) / 2, 0.0)
    top_edge = max((height * scale - spec.height) / 2, 0.0)
    kept = (left_edge, top_edge, left_edge + spec.width, top_edge + spec.height)
    return _Geometry((left_edge + kept[2], top_edge + kept[3]), kept)


@functools.lru_cache(maxsize=32)
def _table(spec: Preprocessing) -> Tensor:
    """The normalised value of every byte, float32 (C, 256), computed in double precision."""
    mean = np.asarray(spec.mean, np.float64)[:, None]
    std = np.asarray(spec.std, np.float64)[:, None]
    values = (np.arange(256) * spec.scale - mean) / std
    return read_only(values.astype(np.float32))


def _planes(fitted: Pixels, spec: Preprocessing) -> tuple[Pixels, ...]:
    """The tensor's channels as uint8 (height, width), in ``spec.channel_order``."""
    if spec.channel_order == "L":
        return (np.asarray(PillowImage.fromarray(fitted).convert("L")),)
    order = (2, 1, 0) if spec.channel_order == "BGR" else (0, 1, 2)
    return tuple(fitted[:, :, channel] for channel in order)


def _displayed(fitted: Pixels, spec: Preprocessing) -> Pixels:
    """The tensor as a picture: its channels as red, green and blue, its range as 0..255."""
    table = _table(spec)
    low, high = float(table.min()), float(table.max())
    shown = np.rint((table - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
    planes = [values[plane] for values, plane in zip(shown, _planes(fitted, spec), strict=True)]
    return np.stack(planes * (3 // len(planes)), axis=-1)
