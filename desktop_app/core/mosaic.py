"""All channels of a layer as one picture of tiles: geometry and pixels, without Qt.

One gather over whole arrays instead of one draw call per tile: 2048 draw calls cost more than a
frame of the screen allows, a gather of the same tiles takes a few milliseconds. Lengths are
device pixels, so tiles stay sharp on every screen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.maps import LEVELS, Indices


@dataclass(frozen=True, slots=True, kw_only=True)
class TileLayout:
    """Where the tiles lie, in device pixels from the top left of the first tile.

    Attributes:
        count: Number of tiles.
        columns: Tiles in a row, at least 1.
        tile_width: Of one tile.
        tile_height: Of one tile.
        gap: Between tiles, both ways.
    """

    count: int
    columns: int
    tile_width: int
    tile_height: int
    gap: int

    @property
    def rows(self) -> int:
        """Rows of tiles, the last one perhaps not full."""
        return -(-self.count // self.columns)

    @property
    def height(self) -> int:
        """Height of all rows."""
        return max(self.rows * (self.tile_height + self.gap) - self.gap, 0)

    @property
    def width(self) -> int:
        """Width of a full row."""
        return self.columns * (self.tile_width + self.gap) - self.gap

    def corner(self, index: int) -> tuple[int, int]:
        """Left and top of tile ``index``."""
        row, column = divmod(index, self.columns)
        return column * (self.tile_width + self.gap), row * (self.tile_height + self.gap)

    def tile_at(self, x: float, y: float) -> int | None:
        """The tile under a point, or None between and beyond the tiles."""
        column, inside_x = divmod(x, self.tile_width + self.gap)
        row, inside_y = divmod(y, self.tile_height + self.gap)
        index = int(row) * self.columns + int(column)
        inside = inside_x < self.tile_width and inside_y < self.tile_height
        if not inside or not 0 <= column < self.columns or not 0 <= index < self.count:
            return None
        return index

    def rows_between(self, top: float, bottom: float) -> range:
        """The rows that show anything between two heights."""
        pitch = self.tile_height + self.gap
        first = max(int(top // pitch), 0)
        return range(min(first, self.rows), min(int(bottom // pitch) + 1, self.rows))


def fit_tiles(count: int, *, width: int, height: int, gap: int, smallest: int, largest: int) -> int:
    """The greatest edge of square tiles with which ``count`` of them fit without scrolling.

    Args:
        count: Number of tiles.
        width: Of the room.
        height: Of the room.
        gap: Between tiles.
        smallest: Never less: below that the room has to scroll.
        largest: Never more.

    Returns:
        The edge. Where it is ``smallest``, widened so that a row fills the width.
    """
    best = 0
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        edge = min((width + gap) // columns, (height + gap) // rows) - gap
        best = max(best, edge)
        if (width + gap) // columns - gap < best:
            break
    if best >= smallest:
        return min(best, largest)
    columns = max((width + gap) // (smallest + gap), 1)
    return max((width + gap) // columns - gap, smallest)


def compose(
    indices: Indices,
    layout: TileLayout,
    rows: range,
    *,
    channels: "NDArray[np.int64] | None" = None,
) -> NDArray[np.uint8]:
    """The picture of some rows of tiles.

    A tile larger than its map repeats pixels (nearest neighbour: pixels are shown as pixels);
    a smaller one takes the mean of the pixels it covers, because leaving pixels out would
    hide or invent texture. What lies between the tiles has index 0 and is the painter's.

    Args:
        indices: uint8 (C, h, w).
        layout: With ``count`` equal to C, or to N.
        rows: Of tiles, from :meth:`TileLayout.rows_between`.
        channels: int64 (N,), which map stands at each place; None for all in order. Only those
            of ``rows`` are gathered.

    Returns:
        uint8 (len(rows) * (tile_height + gap), columns * (tile_width + gap)).
    """
    pitch_y, pitch_x = layout.tile_height + layout.gap, layout.tile_width + layout.gap
    canvas = np.zeros((len(rows), pitch_y, layout.columns, pitch_x), dtype=np.uint8)
    places = slice(rows.start * layout.columns, rows.stop * layout.columns)
    part = indices[places] if channels is None else indices[channels[places]]
    tiles = resize_tiles(part, height=layout.tile_height, width=layout.tile_width)
    full = len(tiles) // layout.columns
    inside = canvas[:, : layout.tile_height, :, : layout.tile_width]
    tile_shape = (layout.tile_height, layout.tile_width)
    whole = tiles[: full * layout.columns].reshape(full, layout.columns, *tile_shape)
    inside[:full] = whole.transpose(0, 2, 1, 3)
    rest = tiles[full * layout.columns :]
    if len(rest):
        inside[full, :, : len(rest)] = rest.transpose(1, 0, 2)
    return canvas.reshape(len(rows) * pitch_y, layout.columns * pitch_x)


def resize_tiles(indices: Indices, *, height: int, width: int) -> Indices:
    """Every map of uint8 (C, h, w) at another size: nearest when larger, mean when smaller."""
    return _resize_axis(_resize_axis(indices, width, axis=2), height, axis=1)


def _resize_axis(indices: Indices, target: int, *, axis: int) -> Indices:
    size = indices.shape[axis]
    if target == size:
        return indices
    if target > size:
        # Pixel i of the target shows the source pixel that its centre falls on.
        nearest = ((2 * np.arange(target) + 1) * size) // (2 * target)
        enlarged: Indices = np.take(indices, nearest, axis=axis)
        return enlarged
    return _means(indices, target, axis=axis)


def _means(indices: Indices, target: int, *, axis: int) -> Indices:
    """Each of ``target`` pixels as the mean of those it covers, rounded to nearest.

    Adds the first pixels of all, then the second ones: whole arrays at a time, which takes a
    third of the time of ``np.add.reduceat``.
    """
    edges = np.arange(target + 1) * indices.shape[axis] // target
    counts = np.diff(edges)
    most = int(counts.max())
    wide = np.uint16 if most <= np.iinfo(np.uint16).max // (LEVELS - 1) else np.uint32
    shape = [1, 1, 1]
    shape[axis] = target
    sums = np.take(indices, edges[:-1], axis=axis).astype(wide)
    for step in range(1, most):
        covered = counts > step
        following = np.take(indices, np.where(covered, edges[:-1] + step, 0), axis=axis)
        if not covered.all():
            following *= covered.astype(np.uint8).reshape(shape)
        sums += following
    divisors = counts.astype(wide).reshape(shape)
    sums += divisors // 2
    sums //= divisors
    means: Indices = sums.astype(np.uint8)
    return means
