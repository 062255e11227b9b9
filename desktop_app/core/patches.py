"""The part of a photo that made a position of a map what it is, cut out for the screen.

The position's receptive field ends in pixels of the input tensor; preprocessing's way back leads
from there to the photo. Where the field reaches beyond what the network was given, it saw padding
and no picture, so nothing of the photo is cut there either: :attr:`PatchPicture.inset` says where
in the field the picture lies, and the view leaves the rest empty. A field larger than the input
would be almost all padding; along that side the patch is the whole input.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage

from desktop_app.core.images import shrunk
from desktop_app.core.preprocessing import Rectangle, input_rectangle
from desktop_app.core.records import Pixels, Preprocessing, read_only

Point = tuple[float, float]
"""(x, y), origin at the top left."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatchPicture:
    """A photo and the patch of it that excites a channel, both small, read-only.

    Attributes:
        photo: uint8 (h, w, 3), the whole photo.
        outline: Of the patch on the photo, as shares 0..1 of its width and height.
        patch: uint8 (h, w, 3), what is cut from the photo.
        inset: Where that lies in the receptive field, as shares 0..1; ``(0, 0, 1, 1)`` where
            the field reaches nowhere beyond the input.
        shape: Width of the field by its height, on the photo.
        centre: Of the field on the photo, as shares of its width and height, may lie outside;
            None where all positions of a map have the same field.
    """

    photo: Pixels
    outline: Rectangle
    patch: Pixels
    inset: Rectangle
    shape: float
    centre: Point | None


def picture_patch(
    photo: Pixels,
    spec: Preprocessing,
    field: tuple[int, int, int, int] | None,
    *,
    side_px: int,
) -> PatchPicture:
    """Cut a receptive field out of a photo.

    Args:
        photo: uint8 (H, W, 3), upright; may be a reduced one, then the patch is as coarse.
        spec: The model's preprocessing.
        field: (left, top, right, bottom) in pixels of the input tensor, may reach beyond it;
            None for the whole input, as for vectors.
        side_px: Longest side of both pictures, at most.
    """
    height, width = photo.shape[:2]
    seen = input_rectangle((width, height), spec)
    whole = (0, 0, spec.width, spec.height)
    on_input = whole if field is None else _limited(field, whole)
    window = _on_photo(on_input, seen, spec)
    cut = _overlap(window, seen)
    span = window[2] - window[0], window[3] - window[1]
    scale = min(1.0, side_px / max(span))
    size = (
        max(1, round((cut[2] - cut[0]) * scale)),
        max(1, round((cut[3] - cut[1]) * scale)),
    )
    patch = PillowImage.fromarray(photo).resize(size, PillowImage.Resampling.BOX, box=cut)
    centre = None
    if field is not None and field != whole:
        left, top, right, bottom = _on_photo(field, seen, spec)
        centre = ((left + right) / 2 / width, (top + bottom) / 2 / height)
    return PatchPicture(
        photo=shrunk(photo, side_px),
        outline=(cut[0] / width, cut[1] / height, cut[2] / width, cut[3] / height),
        patch=read_only(np.array(patch)),
        inset=(
            (cut[0] - window[0]) / span[0],
            (cut[1] - window[1]) / span[1],
            (cut[2] - window[0]) / span[0],
            (cut[3] - window[1]) / span[1],
        ),
        shape=span[0] / span[1],
        centre=centre,
    )


def _limited(
    field: tuple[int, int, int, int], whole: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """The field; along a side where it is as long as the input, the input."""
    left, top, right, bottom = field
    if right - left >= whole[2] or right <= 0 or left >= whole[2]:
        left, right = 0, whole[2]
    if bottom - top >= whole[3] or bottom <= 0 or top >= whole[3]:
        top, bottom = 0, whole[3]
    return left, top, right, bottom


def _on_photo(
    rectangle: tuple[int, int, int, int], seen: Rectangle, spec: Preprocessing
) -> Rectangle:
    """From pixels of the input tensor to pixels of the photo."""
    x_scale = (seen[2] - seen[0]) / spec.width
    y_scale = (seen[3] - seen[1]) / spec.height
    left, top, right, bottom = rectangle
    return (
        seen[0] + left * x_scale,
        seen[1] + top * y_scale,
        seen[0] + right * x_scale,
        seen[1] + bottom * y_scale,
    )


def _overlap(one: Rectangle, other: Rectangle) -> Rectangle:
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )
