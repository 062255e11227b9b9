"""The picture of a layer's tiles: maps, gaps and channel numbers, for some rows at a time.

Drawn once for what is visible and kept by the scroll area; hover and choice are painted over it.
All channel numbers are two glyph runs, light ones and dark ones as the maps beneath them ask for,
because a thousand text calls cost several milliseconds.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGlyphRun, QImage, QPainter, QRawFont

from desktop_app.core.maps import Indices
from desktop_app.core.mosaic import TileLayout, compose
from desktop_app.core.records import Tensor
from desktop_app.views.colormaps import colour_at, luminances
from desktop_app.views.figures import format_value
from desktop_app.views.qimage import indexed_image

NUMBERED_FROM_PX = 26
"""Smaller tiles (device-independent) have no number: it would hide the map.

128 maps have 27 to 29 in a window of 1280 × 800, where three small digits take a fifth of one."""
SMALL_PRINT_BELOW_PX = 56
"""Smaller tiles have smaller and quieter numbers."""
_QUIET = 0.85
_INSET_PX = 3
"""From the lower left corner of a tile to its number."""
_DARK_INK_FROM = 0.18
"""On grounds of this luminance black and white have the same contrast (WCAG 2.2)."""
_RIM = (QPointF(-1, 0), QPointF(1, 0), QPointF(0, -1), QPointF(0, 1), QPointF(1, 1))
_VALUED_FROM_PX = 44
"""Smaller tiles of single values do not spell the value out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TileScene:
    """What a picture of tiles is made of.

    Attributes:
        indices: uint8 (C, H, W), colour indices of every channel.
        channels: int64 (N,), which channel stands at which place.
        values: float32 (C,), written into the tiles of a vector layer; else None.
        colormap: Name of the table.
    """

    indices: Indices
    channels: NDArray[np.int64]
    values: "Tensor | None"
    colormap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TileStyle:
    """How the picture is drawn.

    Attributes:
        ground: Colour of the gaps.
        font: Of the channel numbers, in device-independent pixels.
        ratio: Device pixels per device-independent pixel.
    """

    ground: QColor
    font: QFont
    ratio: float


def tile_picture(scene: TileScene, layout: TileLayout, rows: range, style: TileStyle) -> QImage:
    """Draw some rows of tiles.

    Args:
        scene: What to draw.
        layout: In device pixels; its ``count`` is the number of places.
        rows: Of tiles.
        style: How to draw it.

    Returns:
        RGB32 with ``style.ratio``, (columns * pitch, len(rows) * pitch) device pixels, gaps to
        the right and below included.
    """
    composed = compose(scene.indices, layout, rows, channels=scene.channels)
    tiles = indexed_image(composed, scene.colormap)
    picture = tiles.convertToFormat(QImage.Format.Format_RGB32)
    with QPainter(picture) as painter:
        _fill_gaps(painter, layout, rows, style.ground)
        painter.scale(style.ratio, style.ratio)
        painter.setFont(style.font)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        places = slice(rows.start * layout.columns, rows.stop * layout.columns)
        shown = scene.channels[places].tolist()
        edge = min(layout.tile_width, layout.tile_height) / style.ratio
        if edge >= NUMBERED_FROM_PX:
            painter.setOpacity(_QUIET if edge < SMALL_PRINT_BELOW_PX else 1)
            numbers = _Numbers(shown, int(scene.channels.max(initial=0)), style)
            bright = luminances(scene.colormap)[_below_numbers(composed, layout, numbers)]
            dark = bright.mean(axis=(1, 3)).ravel() > _DARK_INK_FROM
            _draw_numbers(painter, layout, numbers, dark[: len(shown)])
            painter.setOpacity(1)
        if scene.values is not None and edge >= _VALUED_FROM_PX:
            _draw_values(painter, scene, layout, shown, style.ratio)
    picture.setDevicePixelRatio(style.ratio)
    return picture


def _fill_gaps(painter: QPainter, layout: TileLayout, rows: range, ground: QColor) -> None:
    pitch_x, pitch_y = layout.tile_width + layout.gap, layout.tile_height + layout.gap
    width, height = layout.columns * pitch_x, len(rows) * pitch_y
    for column in range(layout.columns):
        painter.fillRect(column * pitch_x + layout.tile_width, 0, layout.gap, height, ground)
    for row in range(len(rows)):
        painter.fillRect(0, row * pitch_y + layout.tile_height, width, layout.gap, ground)
    used = layout.count - (layout.rows - 1) * layout.columns
    if rows.stop == layout.rows and used < layout.columns:
        left = used * pitch_x
        painter.fillRect(left, height - pitch_y, width - left, pitch_y, ground)


class _Numbers:
    """The numbers of the places in sight, and the room that the longest of all takes."""

    def __init__(self, shown: list[int], largest: int, style: TileStyle) -> None:
        self.shown = shown
        self.largest = largest
        self.style = style
        self.raw = QRawFont.fromFont(style.font)
        self.glyphs = self.raw.glyphIndexesForString("0123456789")
        self.steps = [point.x() for point in self.raw.advancesForGlyphIndexes(self.glyphs)]

    @property
    def box(self) -> tuple[int, int]:
        """Width and height in device pixels, from the lower left corner of a tile."""
        widest = len(str(self.largest)) * max(self.steps)
        ratio = self.style.ratio
        return round((_INSET_PX + widest) * ratio), round(
            (_INSET_PX + self.raw.capHeight()) * ratio
        )


def _below_numbers(composed: Indices, layout: TileLayout, numbers: _Numbers) -> Indices:
    """What the numbers stand on: the lower left of each tile.

    Args:
        composed: uint8 (rows * pitch, columns * pitch), the tiles and their gaps.
        layout: In device pixels.
        numbers: As large as the longest of them.

    Returns:
        uint8 (rows, h, columns, w), about one value per device-independent pixel.
    """
    pitch_x, pitch_y = layout.tile_width + layout.gap, layout.tile_height + layout.gap
    tiles = composed.reshape(-1, pitch_y, layout.columns, pitch_x)
    width, height = numbers.box
    top, step = max(layout.tile_height - height, 0), max(round(numbers.style.ratio), 1)
    return tiles[:, top : layout.tile_height : step, :, : min(width, layout.tile_width) : step]


def _draw_numbers(
    painter: QPainter, layout: TileLayout, numbers: _Numbers, dark: NDArray[np.bool_]
) -> None:
    """Write each channel's number at the lower left of its tile, with a rim that sets it off."""
    layout = replace(layout, count=len(numbers.shown))
    for inked, ink, rim in (
        (~dark, QColor("white"), QColor(0, 0, 0, 180)),
        (dark, QColor("black"), QColor(255, 255, 255, 150)),
    ):
        run = _glyph_run(numbers, layout, np.flatnonzero(inked).tolist())
        painter.setPen(rim)
        for offset in _RIM:
            painter.drawGlyphRun(offset, run)
        painter.setPen(ink)
        painter.drawGlyphRun(QPointF(0, 0), run)


def _glyph_run(numbers: _Numbers, layout: TileLayout, places: list[int]) -> QGlyphRun:
    """The numbers of some places, in device-independent pixels."""
    ratio = numbers.style.ratio
    indexes: list[int] = []
    positions: list[QPointF] = []
    for place in places:
        x, y = layout.corner(place)
        pen = x / ratio + _INSET_PX
        baseline = (y + layout.tile_height) / ratio - _INSET_PX
        for digit in map(int, str(numbers.shown[place])):
            indexes.append(numbers.glyphs[digit])
            positions.append(QPointF(pen, baseline))
            pen += numbers.steps[digit]
    run = QGlyphRun()
    run.setRawFont(numbers.raw)
    run.setGlyphIndexes(indexes)
    run.setPositions(positions)
    return run


def _draw_values(
    painter: QPainter, scene: TileScene, layout: TileLayout, shown: list[int], ratio: float
) -> None:
    """Write the value of a single-value channel into the middle of its tile."""
    values = np.asarray(scene.values)
    for place, channel in enumerate(shown):
        colour = colour_at(scene.colormap, int(scene.indices[channel, 0, 0]))
        painter.setPen(QColor("black") if colour.lightnessF() > 0.5 else QColor("white"))
        x, y = replace(layout, count=len(shown)).corner(place)
        box = QRectF(QRect(x, y, layout.tile_width, layout.tile_height))
        device_independent = QRectF(box.topLeft() / ratio, box.size() / ratio)
        painter.drawText(
            device_independent, Qt.AlignmentFlag.AlignCenter, format_value(float(values[channel]))
        )
