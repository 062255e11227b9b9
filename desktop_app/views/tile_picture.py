"""The picture of a layer's tiles: maps, gaps and channel numbers, for some rows at a time.

Drawn once for what is visible and kept by the scroll area; hover and choice are painted over it.
All channel numbers are one glyph run, because a thousand text calls cost several milliseconds.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGlyphRun, QImage, QPainter, QRawFont

from desktop_app.core.maps import Indices
from desktop_app.core.mosaic import TileLayout, compose
from desktop_app.core.records import Tensor
from desktop_app.views.colormaps import colour_at
from desktop_app.views.figures import format_value
from desktop_app.views.qimage import indexed_image

NUMBERED_FROM_PX = 34
"""Smaller tiles (device-independent) have no number: it would hide the map."""
SMALL_PRINT_BELOW_PX = 56
"""Smaller tiles have smaller and quieter numbers."""
_QUIET = 0.7
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
    tiles = indexed_image(
        compose(scene.indices, layout, rows, channels=scene.channels), scene.colormap
    )
    picture = tiles.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    _fill_gaps(painter, layout, rows, style.ground)
    painter.scale(style.ratio, style.ratio)
    painter.setFont(style.font)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    places = slice(rows.start * layout.columns, rows.stop * layout.columns)
    shown = scene.channels[places].tolist()
    edge = min(layout.tile_width, layout.tile_height) / style.ratio
    if edge >= NUMBERED_FROM_PX:
        painter.setOpacity(_QUIET if edge < SMALL_PRINT_BELOW_PX else 1)
        _draw_numbers(painter, replace(layout, count=len(shown)), shown, style)
        painter.setOpacity(1)
    if scene.values is not None and edge >= _VALUED_FROM_PX:
        _draw_values(painter, scene, layout, shown, style.ratio)
    painter.end()
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


def _draw_numbers(
    painter: QPainter, layout: TileLayout, shown: list[int], style: TileStyle
) -> None:
    """Write each channel's number at the lower left of its tile, light with a dark rim."""
    raw = QRawFont.fromFont(style.font)
    glyphs = raw.glyphIndexesForString("0123456789")
    advances = [point.x() for point in raw.advancesForGlyphIndexes(glyphs)]
    indexes: list[int] = []
    positions: list[QPointF] = []
    for place, channel in enumerate(shown):
        x, y = layout.corner(place)
        pen = x / style.ratio + 3
        baseline = (y + layout.tile_height) / style.ratio - 3
        for digit in map(int, str(channel)):
            indexes.append(glyphs[digit])
            positions.append(QPointF(pen, baseline))
            pen += advances[digit]
    run = QGlyphRun()
    run.setRawFont(raw)
    run.setGlyphIndexes(indexes)
    run.setPositions(positions)
    painter.setPen(QColor(0, 0, 0, 180))
    for offset in (QPointF(-1, 0), QPointF(1, 0), QPointF(0, -1), QPointF(0, 1), QPointF(1, 1)):
        painter.drawGlyphRun(offset, run)
    painter.setPen(QColor(255, 255, 255))
    painter.drawGlyphRun(QPointF(0, 0), run)


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
