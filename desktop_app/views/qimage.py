"""NumPy arrays to QImage and back, safely.

A QImage over foreign memory aliases it, and assumes rows padded to four bytes unless told. Every
function here names the row length and hands out images and arrays that own their memory.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColorSpace, QImage, QPainter

from desktop_app.core.maps import Indices
from desktop_app.core.records import Pixels, read_only
from desktop_app.views.colormaps import colour_table

_SMOOTH_UP_TO_PIXELS: Final = 4_000_000


def to_qimage(pixels: Pixels) -> QImage:
    """A picture that owns its memory.

    Args:
        pixels: uint8 (H, W, 3), sRGB; any strides.
    """
    return _wrap(np.ascontiguousarray(pixels), QImage.Format.Format_RGB888).copy()


def from_qimage(image: QImage) -> Pixels:
    """The pixels of a picture of any format, transparency over white, colours in sRGB.

    Returns:
        uint8 (H, W, 3), read-only.

    Raises:
        ValueError: If the picture is null or could not be converted.
    """
    if image.isNull():
        message = "the image is null"
        raise ValueError(message)
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    if image.colorSpace().isValid() and image.colorSpace() != srgb:
        image = image.convertedToColorSpace(srgb)
    rgba = image.convertToFormat(QImage.Format.Format_RGBA8888)
    height, width = rgba.height(), rgba.width()
    rows = np.frombuffer(rgba.constBits(), dtype=np.uint8).reshape(height, rgba.bytesPerLine())
    pixels = rows[:, : width * 4].reshape(height, width, 4)
    if not image.hasAlphaChannel():
        return read_only(pixels[..., :3].copy())
    colour, alpha = pixels[..., :3].astype(np.uint16), pixels[..., 3:].astype(np.uint16)
    over_white = (colour * alpha + 255 * (255 - alpha) + 127) // 255
    return read_only(over_white.astype(np.uint8))


def indexed_image(indices: NDArray[np.uint8], colormap: str) -> QImage:
    """A picture of uint8 (H, W) colour indices; pixels own their memory, the table is shared."""
    image = _wrap(np.ascontiguousarray(indices), QImage.Format.Format_Indexed8)
    image.setColorTable(colour_table(colormap))
    return image.copy()


def map_image(indices: Indices, colormap: str, size: QSize) -> QImage:
    """One map of uint8 (h, w) indices at ``size``, pixels shown as pixels."""
    return indexed_image(indices, colormap).scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation
    )


def screen_copy(pixels: Pixels, size: QSize) -> QImage:
    """A picture reduced to about ``size``, quickly.

    A smooth reduction of all 12 million pixels of a photo would hold the window for several
    frames. So whole rows and columns are left out first, as long as a quarter more than wanted
    remains, and only the rest is averaged; where that is still much, it is interpolated, which
    is as good for reductions to no less than half.

    Args:
        pixels: uint8 (H, W, 3).
        size: Wanted, in device pixels, not empty.

    Returns:
        RGB32 of exactly ``size``; enlarged smoothly where the picture is smaller.
    """
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    image = _wrap(pixels, QImage.Format.Format_RGB888)
    step = max(min(4 * width // (5 * size.width()), 4 * height // (5 * size.height())), 1)
    if step > 1:
        image = image.scaled(-(-width // step), -(-height // step))
    if image.width() * image.height() <= _SMOOTH_UP_TO_PIXELS:
        small = image.convertToFormat(QImage.Format.Format_RGB32)
        return small.scaled(
            size,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    target = QImage(size, QImage.Format.Format_RGB32)
    with QPainter(target) as painter:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target.rect(), image)
    return target


def _wrap(pixels: NDArray[np.uint8], image_format: QImage.Format) -> QImage:
    """An image over ``pixels``, C-contiguous: valid only as long as the array lives."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], image_format)
