"""What the photo canvas shows, and the chosen channel as a smooth picture to lay over it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage

from desktop_app.core.maps import ValueRange, quantise, resample_bilinear
from desktop_app.core.records import Pixels, Tensor
from desktop_app.views.colormaps import is_diverging
from desktop_app.views.qimage import indexed_image

_LARGEST_EDGE: Final = 512
"""Enlarging a map of at most some hundred pixels further by painting adds nothing visible."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """The channel that is drawn over the photo.

    Attributes:
        values: float32 (h, w).
        shown: Values of the first and the last colour.
        colormap: Name of the table.
    """

    values: Tensor
    shown: ValueRange
    colormap: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotoScene:
    """What the canvas shows.

    Attributes:
        pixels: uint8 (H, W, 3), the upright photo.
        crop: The part that the input tensor covers, in photo pixels; None where unknown.
        overlay: None for none.
        opacity: Of the overlay, in 0..1, the same for every value, so that zero dims the photo.
            Where it followed the value instead, grey and cividis lost what they show: on one pixel
            in seven of fifty photos, half the reach could no longer be told from silence. Now
            equal steps of value stay equal steps of colour on whatever they lie.
        beside: Whether the crop may stand beside the photo where there is room.
    """

    pixels: Pixels
    crop: QRectF | None
    overlay: Overlay | None
    opacity: float
    beside: bool


def overlay_picture(overlay: Overlay, size: QSize) -> QImage:
    """Draw one map, interpolated between its values, in colours.

    Args:
        overlay: What to draw.
        size: Wanted, in device pixels; the result is at most 512 on its longer side.

    Returns:
        RGB32 whose edges are the edges of the map.
    """
    factor = min(_LARGEST_EDGE / max(size.width(), size.height(), 1), 1.0)
    height = max(round(size.height() * factor), 1)
    width = max(round(size.width() * factor), 1)
    smooth = resample_bilinear(overlay.values, height=height, width=width)
    ranges = np.array([[overlay.shown.low, overlay.shown.high]])
    indices = quantise(smooth[None], ranges, symmetric=is_diverging(overlay.colormap))
    return indexed_image(indices[0], overlay.colormap).convertToFormat(QImage.Format.Format_RGB32)
