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
        tile: (left, top, width, height) of the chosen tile.
        shared: Whether one range holds for all tiles.
    """

    address: str
    width: int
    height: int
    columns: int
    tile: tuple[int, int, int, int]
    shared: bool


def grid_picture(
    maps: Tensor, ranges: NDArray[np.float64], colormap: str, *, chosen: int
) -> GridPicture | None:
    """All channels in the order of their numbers, row by row.

    Args:
        maps: float32 (C, H, W).
        ranges: float64 (1, 2) for one range, (C, 2) for one per channel.
        colormap: Name of the colour map.
        chosen: The channel that is open.

    Returns:
        None where each channel is a single value.
    """
    count, height, width = maps.shape
    if (height, width) == (1, 1):
        return None
    step = max(-(-max(height, width) // _LARGEST_TILE), 1)
    small = maps[:, ::step, ::step]
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
    left, top = layout.corner(chosen)
    return GridPicture(
        address=png_address(pixels, clear=_CLEAR),
        width=pixels.shape[1],
        height=pixels.shape[0],
        columns=columns,
        tile=(left, top, tile_width, tile_height),
        shared=len(ranges) == 1,
    )
