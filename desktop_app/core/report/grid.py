"""All channels of a layer as one picture in a page, pixels shown as pixels."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.colour_tables import colour_table, is_diverging
from desktop_app.core.html_page import png_address
from desktop_app.core.maps import quantise
from desktop_app.core.mosaic import TileLayout, compose
from desktop_app.core.records import Pixels, Tensor

_GAP: Final = 2
_SMALLEST_TILE: Final = 24
_WIDTH: Final = 1000
_LARGEST_TILE: Final = 128
_CLEAR: Final = (255, 0, 255)
"""Of no colour map: between the tiles the page shows through, light or dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPicture:
    """The tiles, and where the chosen one lies; lengths in pixels of the picture.

    Attributes:
        address: ``data:`` address.
        width: Of the picture.
        height: Of the picture.
        columns: Tiles in a row.
        tile: (left, top, width, height) of the chosen tile; None where it is hidden.
        shared: Whether one range holds for all tiles.
    """

    address: str
    width: int
    height: int
    columns: int
    tile: tuple[int, int, int, int] | None
    shared: bool


def grid_picture(
    maps: Tensor,
    ranges: NDArray[np.float64],
    colormap: str,
    *,
    channels: NDArray[np.int64],
    chosen: int,
) -> GridPicture | None:
    """Channels in a given order, row by row.

    Args:
        maps: float32 (C, H, W).
        ranges: float64 (1, 2) for one range, (C, 2) for one per channel.
        colormap: Name of the colour map.
        channels: int64 (N,), those that are shown, in order.
        chosen: The channel that is open.

    Returns:
        None where each channel is a single value, and where none is shown.
    """
    height, width = maps.shape[1:]
    count = len(channels)
    if (height, width) == (1, 1) or not count:
        return None
    step = max(-(-max(height, width) // _LARGEST_TILE), 1)
    small = maps[channels, ::step, ::step]
    if len(ranges) > 1:
        ranges = ranges[channels]
    height, width = small.shape[1:]
    factor = max(-(-_SMALLEST_TILE // max(height, width)), 1)
    tile_width, tile_height = width * factor, height * factor
    columns = max(min((_WIDTH + _GAP) // (tile_width + _GAP), count), 1)
    if count > columns:  # as few rows, but the last one as full as can be
        columns = math.ceil(count / math.ceil(count / columns))
    layout = TileLayout(
        count=count, columns=columns, tile_width=tile_width, tile_height=tile_height, gap=_GAP
    )
    indices = quantise(small, ranges, symmetric=is_diverging(colormap))
    pixels: Pixels = colour_table(colormap)[compose(indices, layout, range(layout.rows))]
    occupied = compose(np.ones(small.shape, np.uint8), layout, range(layout.rows)) == 1
    pixels[~occupied] = _CLEAR
    (places,) = np.nonzero(channels == chosen)
    return GridPicture(
        address=png_address(pixels, clear=_CLEAR),
        width=pixels.shape[1],
        height=pixels.shape[0],
        columns=columns,
        tile=(*layout.corner(int(places[0])), tile_width, tile_height) if len(places) else None,
        shared=len(ranges) == 1,
    )
