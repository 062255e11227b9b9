"""A layer as one picture for a file: all channels as tiles, and a legend with the scale."""

import io
import math
from typing import Final

import numpy as np
from cmap import Colormap
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from desktop_app.core.maps import LEVELS, ValueRange, layer_range, quantise
from desktop_app.core.mosaic import TileLayout, compose
from desktop_app.core.records import Pixels, Tensor

_GAP_PX: Final = 2
_SMALLEST_TILE_PX: Final = 24
_BACKGROUND: Final = (29, 32, 38)
_TEXT: Final = (215, 218, 224)
_LEGEND_PX: Final = 36
_BAR_PX: Final = (120, 10)
_LARGEST_EDGE_PX: Final = 8192


def layer_png(name: str, maps: Tensor, *, colormap: str = "inferno") -> bytes:
    """All channels of a layer in the order of their numbers, row by row, as a PNG.

    One scale for the whole layer, so that channels are comparable; it stands in the legend and,
    exactly, in the PNG's text chunks ``layer``, ``shape``, ``low`` and ``high``. Maps smaller
    than 24 pixels are enlarged by a whole factor, never smoothed.

    Args:
        name: The layer's.
        maps: float32 (C, H, W).
        colormap: A name of the ``cmap`` library.
    """
    shown = layer_range(maps)
    table = np.rint(Colormap(colormap).lut(LEVELS)[:, :3] * 255).astype(np.uint8)
    tiles = PillowImage.fromarray(_tiles(maps, shown, table))
    width = max(tiles.width, 480)
    page = PillowImage.new("RGB", (width, tiles.height + _LEGEND_PX), _BACKGROUND)
    page.paste(tiles, (0, 0))
    channels, height, columns = maps.shape
    shape = f"{channels} x {height} x {columns}"  # Pillow's own font has no ×
    _draw_legend(page, f"{name}   {shape}   scale: layer", shown, table)
    text = PngInfo()
    text.add_text("layer", name)
    text.add_text("shape", f"{channels},{height},{columns}")
    text.add_text("low", repr(shown.low))
    text.add_text("high", repr(shown.high))
    file = io.BytesIO()
    page.save(file, "PNG", pnginfo=text)
    return file.getvalue()


def _tiles(maps: Tensor, shown: ValueRange, table: Pixels) -> Pixels:
    channels, height, width = maps.shape
    factor = max(-(-_SMALLEST_TILE_PX // max(height, width)), 1)
    tile_height, tile_width = height * factor, width * factor
    columns = math.ceil(math.sqrt(channels * (tile_height + _GAP_PX) / (tile_width + _GAP_PX)))
    columns = max(min(columns, channels, _LARGEST_EDGE_PX // (tile_width + _GAP_PX)), 1)
    layout = TileLayout(
        count=channels,
        columns=columns,
        tile_width=tile_width,
        tile_height=tile_height,
        gap=_GAP_PX,
    )
    ranges = np.array([[shown.low, shown.high]], dtype=np.float64)
    picture: Pixels = table[compose(quantise(maps, ranges), layout, range(layout.rows))]
    occupied = compose(np.ones(maps.shape, np.uint8), layout, range(layout.rows)) == 1
    picture[~occupied] = _BACKGROUND
    return picture


def _draw_legend(page: PillowImage.Image, caption: str, shown: ValueRange, table: Pixels) -> None:
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(13)
    middle = page.height - _LEGEND_PX // 2
    draw.text((8, middle), caption, _TEXT, font, anchor="lm")
    high = f"{shown.high:.4g}"
    right = page.width - 8
    draw.text((right, middle), high, _TEXT, font, anchor="rm")
    bar_right = right - int(draw.textlength(high, font)) - 8
    bar = PillowImage.fromarray(table[np.newaxis]).resize(_BAR_PX)
    page.paste(bar, (bar_right - _BAR_PX[0], middle - _BAR_PX[1] // 2))
    draw.text((bar_right - _BAR_PX[0] - 8, middle), f"{shown.low:.4g}", _TEXT, font, anchor="rm")
