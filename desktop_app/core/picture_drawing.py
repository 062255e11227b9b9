"""How pictures are drawn without a window: the house's colours and typeface, text, bars, photos.

Everything is measured in logical pixels and drawn at twice their number, so that a picture stays
sharp on a screen at 200 % and in print. The same input gives the same pixels wherever the same
Pillow runs: the typeface ships with the program and is laid out by FreeType alone.
"""

import math
from pathlib import Path
from typing import Final, Literal

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from desktop_app.core.colour_tables import colour_table, is_diverging
from desktop_app.core.maps import ValueRange, quantise, resample_bilinear
from desktop_app.core.records import Pixels, Tensor

SCALE: Final = 2
"""Device pixels in a logical one."""
Colour = tuple[int, int, int]
WINDOW: Final[Colour] = (22, 24, 29)
GROUND: Final[Colour] = (18, 20, 24)
LINE: Final[Colour] = (43, 47, 55)
TEXT: Final[Colour] = (215, 218, 224)
SECONDARY: Final[Colour] = (156, 162, 173)
ACCENT: Final[Colour] = (91, 141, 239)
AGAINST: Final[Colour] = (224, 121, 91)
_SHADE: Final = 0.6
"""How much the ground covers what the network has not seen."""
_ROUNDING_PX: Final = 4
_FINER: Final = 4
"""Edges are smoothed by drawing this much larger; Pillow's own shapes have steps."""

Rectangle = tuple[float, float, float, float]
"""(left, top, right, bottom)."""
Anchor = Literal["ls", "rs", "ms"]
"""Which end of the baseline a place means: left, right or middle."""


class Canvas:
    """A picture that is being drawn; all lengths are logical pixels."""

    def __init__(self, width: int, height: int, *, fonts: Path) -> None:
        """Begin with the window's colour everywhere.

        Args:
            width: Of the picture.
            height: Of the picture.
            fonts: The folder with the bundled typeface.
        """
        self.picture = PillowImage.new("RGB", (width * SCALE, height * SCALE), WINDOW)
        self._draw = ImageDraw.Draw(self.picture)
        self._faces = fonts
        self._loaded: dict[tuple[int, bool], ImageFont.FreeTypeFont] = {}

    def text_width(self, text: str, size: int = 13, *, medium: bool = False) -> float:
        """How wide a text would be."""
        return self._font(size, medium=medium).getlength(text) / SCALE

    def text(
        self,
        place: tuple[float, float],
        text: str,
        *,
        size: int = 13,
        medium: bool = False,
        colour: Colour = TEXT,
        anchor: Anchor = "ls",
    ) -> None:
        """Write one line with its baseline at ``place``."""
        x, y = place
        self._draw.text(
            (x * SCALE, y * SCALE),
            text,
            colour,
            self._font(size, medium=medium),
            anchor=anchor,
        )

    def elided(self, text: str, width: float, size: int = 13, *, medium: bool = False) -> str:
        """``text``, cut with an ellipsis where it is wider than ``width``; of one line."""
        line = " ".join(text.split())
        if self.text_width(line, size, medium=medium) <= width:
            return line
        low, high = 0, len(line)
        while low < high:
            middle = (low + high + 1) // 2
            shown = self.text_width(f"{line[:middle].rstrip()}…", size, medium=medium)
            low, high = (middle, high) if shown <= width else (low, middle - 1)
        return f"{line[:low].rstrip()}…"

    def rounded(self, area: Rectangle, colour: Colour, radius: float) -> None:
        """Fill a rectangle with round corners, smoothly."""
        left, top, right, bottom = (round(edge * SCALE) for edge in area)
        size = (right - left, bottom - top)
        if min(size) > 0:
            self.picture.paste(colour, (left, top, right, bottom), _rounded_mask(size, radius))

    def bar(self, area: Rectangle, share: float) -> None:
        """A thin round bar; its full width stands for the whole."""
        left, top, right, bottom = area
        self.rounded(area, LINE, (bottom - top) / 2)
        length = (right - left) * min(max(share, 0.0), 1.0)
        if length >= 0.5:
            # Never narrower than the round ends, which would look like no bar at all.
            self.rounded(
                (left, top, left + max(length, bottom - top), bottom), ACCENT, (bottom - top) / 2
            )

    def mark(self, area: Rectangle, share: float) -> None:
        """A line across a bar, where it would end at another share of the whole; none at NaN."""
        if math.isnan(share):
            return
        left, top, right, bottom = area
        x = left + (right - left) * min(max(share, 0.0), 1.0)
        self.rounded((x - 1, top - 2, x + 1, bottom + 2), TEXT, 0)

    def picture_at(self, place: tuple[float, float], pixels: Pixels) -> None:
        """Put a picture of device pixels with slightly round corners.

        Args:
            place: Left and top.
            pixels: uint8 (h, w, 3).
        """
        height, width = pixels.shape[:2]
        corner = (round(place[0] * SCALE), round(place[1] * SCALE))
        mask = _rounded_mask((width, height), _ROUNDING_PX)
        self.picture.paste(PillowImage.fromarray(pixels), corner, mask)

    def gradient(self, area: Rectangle, colormap: str) -> None:
        """All colours of a colour map, the first at the left."""
        left, top, right, bottom = area
        size = (round((right - left) * SCALE), round((bottom - top) * SCALE))
        row = PillowImage.fromarray(gradient_row(colormap))
        wide = row.resize(size, PillowImage.Resampling.BILINEAR)
        corner = (round(left * SCALE), round(top * SCALE))
        self.picture.paste(wide, corner, _rounded_mask(size, 2))

    def _font(self, size: int, *, medium: bool) -> ImageFont.FreeTypeFont:
        key = (size, medium)
        if key not in self._loaded:
            file = self._faces / f"Inter-{'Medium' if medium else 'Regular'}.otf"
            # FreeType's own layout: the other one depends on libraries of the machine.
            self._loaded[key] = ImageFont.truetype(
                file, size * SCALE, layout_engine=ImageFont.Layout.BASIC
            )
        return self._loaded[key]


def coloured_map(
    values: Tensor, shown: ValueRange, colormap: str, *, size: tuple[int, int] | None = None
) -> Pixels:
    """One map in colours, its pixels shown as pixels.

    Args:
        values: float32 (h, w).
        shown: Values of the first and the last colour.
        colormap: Name of the colour map.
        size: (width, height) of the result; the map's own when None.

    Returns:
        uint8 (height, width, 3).
    """
    ranges = np.array([[shown.low, shown.high]], np.float64)
    indices = quantise(values[None], ranges, symmetric=is_diverging(colormap))[0]
    picture: Pixels = colour_table(colormap)[indices]
    if size is None:
        return picture
    large = PillowImage.fromarray(picture).resize(size, PillowImage.Resampling.NEAREST)
    return np.asarray(large)


def gradient_row(colormap: str) -> Pixels:
    """All colours of a table in one row, uint8 (1, 256, 3)."""
    return colour_table(colormap)[None]


def seen_photo(
    pixels: Pixels,
    size: tuple[int, int],
    *,
    crop: Rectangle,
    overlay: "tuple[Tensor, ValueRange, str] | None",
    opacity: float,
) -> Pixels:
    """The photo with what the crop cut off shaded, and a channel over the rest.

    Args:
        pixels: uint8 (H, W, 3), upright.
        size: (width, height) of the result.
        crop: What the network saw, in pixels of ``pixels``.
        overlay: Map (h, w), its range and its colour map; None for none.
        opacity: Of the overlay, in 0..1.

    Returns:
        uint8 (height, width, 3).
    """
    reduced = PillowImage.fromarray(pixels).resize(
        size, PillowImage.Resampling.LANCZOS, reducing_gap=3.0
    )
    photo = np.asarray(reduced).astype(np.float32)
    height, width = pixels.shape[:2]
    left, right = (round(crop[i] * size[0] / width) for i in (0, 2))
    top, bottom = (round(crop[i] * size[1] / height) for i in (1, 3))
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    seen = photo[top:bottom, left:right].copy()
    if overlay is not None:
        values, shown, colormap = overlay
        smooth = resample_bilinear(values, height=seen.shape[0], width=seen.shape[1])
        seen += (coloured_map(smooth, shown, colormap) - seen) * np.float32(opacity)
    photo += (np.array(GROUND, np.float32) - photo) * np.float32(_SHADE)
    photo[top:bottom, left:right] = seen
    return np.rint(photo).astype(np.uint8)


def fitted(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a picture of ``size`` that is as large as ``room`` allows."""
    scale = min(room[0] / size[0], room[1] / size[1])
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _rounded_mask(size: tuple[int, int], radius: float) -> PillowImage.Image:
    """Opaque but for the corners; ``size`` in device pixels, ``radius`` in logical ones."""
    mask = PillowImage.new("L", size, 255)
    edge = min(round(radius * SCALE), min(size) // 2)
    if edge < 1:
        return mask
    large = PillowImage.new("L", (2 * edge * _FINER, 2 * edge * _FINER), 0)
    ImageDraw.Draw(large).ellipse((0, 0, large.width - 1, large.height - 1), fill=255)
    round_shape = large.resize((2 * edge, 2 * edge), PillowImage.Resampling.BOX)
    for x, u in ((0, 0), (size[0] - edge, edge)):
        for y, v in ((0, 0), (size[1] - edge, edge)):
            mask.paste(round_shape.crop((u, v, u + edge, v + edge)), (x, y))
    return mask
