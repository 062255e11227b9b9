"""A layer as one picture for a file or the clipboard: channels as tiles, and a legend.

The scale goes with the picture: its name and its numbers stand in the legend and, exactly, in the
PNG's text chunks.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from desktop_app.core.colour_tables import colour_table, is_diverging
from desktop_app.core.map_scales import MapScale, map_scale
from desktop_app.core.maps import quantise
from desktop_app.core.mosaic import TileLayout, compose
from desktop_app.core.records import Pixels, Tensor, read_only

Ranges: TypeAlias = NDArray[np.float64]
"""float64 (1, 2) or (N, 2): low and high."""
_GAP_PX: Final = 2
_CAPTION_PX: Final = 16
"""Between the rows of tiles that each have their own numbers below."""
_SMALLEST_TILE_PX: Final = 24
_CAPTIONED_TILE_PX: Final = 80
_NUMBERED_FROM_PX: Final = 34
"""Smaller tiles have no number: it would hide the map."""
_BACKGROUND: Final = (29, 32, 38)
_TEXT: Final = (215, 218, 224)
_LEGEND_PX: Final = 36
_SPACE_PX: Final = 8
_BETWEEN_PX: Final = 24
"""Between what the legend says and its bar, at least."""
_BAR_PX: Final = (120, 10)
_LARGEST_EDGE_PX: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerPicture:
    """What is to be pictured.

    Attributes:
        layer: Its name.
        maps: float32 (C, H, W), all channels of the layer.
        channels: Those that are shown, in order.
        scale: What the colours stand for.
        colormap: A name of the ``cmap`` library.
        tile_px: No tile is smaller.
        model: Name of the network, for the file's notes; empty for none.
        image: Name of the picture that went in, likewise.
    """

    layer: str
    maps: Tensor
    channels: Sequence[int]
    scale: MapScale
    colormap: str = "inferno"
    tile_px: int = _SMALLEST_TILE_PX
    model: str = ""
    image: str = ""


def layer_png(name: str, maps: Tensor, *, colormap: str = "inferno") -> bytes:
    """All channels of a layer in the order of their numbers, row by row, on one scale, as a PNG.

    Args:
        name: The layer's.
        maps: float32 (C, H, W).
        colormap: A name of the ``cmap`` library.
    """
    scale = map_scale(maps, "layer", symmetric=is_diverging(colormap))
    picture = LayerPicture(
        layer=name, maps=maps, channels=range(len(maps)), scale=scale, colormap=colormap
    )
    return channels_png(picture, channels_page(picture))


def channels_page(picture: LayerPicture) -> Pixels:
    """Some channels of a layer as pixels, with a legend.

    Maps smaller than a tile are enlarged by a whole factor, never smoothed. Where each channel
    has its own range, its two numbers stand below its tile.

    Returns:
        uint8 (H, W, 3), sRGB, read-only.
    """
    shown = picture.maps[list(picture.channels)]
    ranges = picture.scale.ranges(shown)
    layout = _layout(picture, shown)
    tiles = PillowImage.fromarray(_tiles(picture, shown, layout))
    _write_on_tiles(tiles, picture, layout, ranges)
    width = max(tiles.width, _legend_width(picture, ranges))
    page = PillowImage.new("RGB", (width, tiles.height + _LEGEND_PX), _BACKGROUND)
    page.paste(tiles, (0, 0))
    _draw_legend(page, picture, ranges)
    return read_only(np.array(page))


def channels_png(picture: LayerPicture, page: Pixels) -> bytes:
    """A page of :func:`channels_page` as a PNG, with what it shows in text chunks.

    They are ``layer``, ``shape``, ``channels``, ``scale``, ``colormap``, ``low`` and ``high`` (one
    number, or one per channel, comma-separated, exact), and ``model`` and ``image`` where known.
    """
    ranges = picture.scale.ranges(picture.maps[list(picture.channels)])
    file = io.BytesIO()
    PillowImage.fromarray(page).save(file, "PNG", pnginfo=_text_chunks(picture, ranges))
    return file.getvalue()


def _layout(picture: LayerPicture, shown: Tensor) -> TileLayout:
    count, height, width = shown.shape
    captioned = picture.scale.shared is None
    smallest = max(picture.tile_px, _CAPTIONED_TILE_PX if captioned else 0)
    gap = _CAPTION_PX if captioned else _GAP_PX
    factor = max(-(-smallest // max(height, width)), 1)
    tile_height, tile_width = height * factor, width * factor
    columns = math.ceil(math.sqrt(count * (tile_height + gap) / (tile_width + gap)))
    columns = max(min(columns, count, _LARGEST_EDGE_PX // (tile_width + gap)), 1)
    return TileLayout(
        count=count, columns=columns, tile_width=tile_width, tile_height=tile_height, gap=gap
    )


def _tiles(picture: LayerPicture, shown: Tensor, layout: TileLayout) -> Pixels:
    ranges, rows = picture.scale.ranges(shown), range(layout.rows)
    indices = quantise(shown, ranges, symmetric=picture.scale.symmetric)
    tiles: Pixels = colour_table(picture.colormap)[compose(indices, layout, rows)]
    occupied = compose(np.ones(shown.shape, np.uint8), layout, rows) == 1
    tiles[~occupied] = _BACKGROUND
    return tiles


def _write_on_tiles(
    tiles: PillowImage.Image, picture: LayerPicture, layout: TileLayout, ranges: Ranges
) -> None:
    """Number the tiles; below those with a range of their own, its ends."""
    if layout.tile_height < _NUMBERED_FROM_PX or layout.tile_width < _NUMBERED_FROM_PX:
        return
    draw, font = ImageDraw.Draw(tiles), ImageFont.load_default(10)
    for place, channel in enumerate(picture.channels):
        left, top = layout.corner(place)
        bottom = top + layout.tile_height
        corner = (left + 3, bottom - 3)
        draw.text(
            corner, str(channel), "white", font, anchor="ls", stroke_width=1, stroke_fill="black"
        )
        if picture.scale.shared is None:
            low, high = ranges[place]
            draw.text((left, bottom + 2), f"{low:.3g}", _TEXT, font, anchor="lt")
            right = left + layout.tile_width
            draw.text((right, bottom + 2), f"{high:.3g}", _TEXT, font, anchor="rt")


def _legend_texts(picture: LayerPicture, ranges: Ranges) -> tuple[str, str, str]:
    """What is shown on which scale, and the numbers at the two ends of the bar."""
    channels, height, width = picture.maps.shape
    shape = f"{channels} x {height} x {width}"  # Pillow's own font has no ×
    caption = f"{picture.layer}   {shape}   scale: {picture.scale.legend}"
    # Several ranges stand below their tiles; here the ends can only be named.
    low, high = (f"{end:.4g}" for end in ranges[0]) if len(ranges) == 1 else ("low", "high")
    return caption, low, high


def _legend_width(picture: LayerPicture, ranges: Ranges) -> int:
    font = ImageFont.load_default(13)
    texts = sum(math.ceil(font.getlength(text)) for text in _legend_texts(picture, ranges))
    return texts + _BAR_PX[0] + 4 * _SPACE_PX + _BETWEEN_PX


def _draw_legend(page: PillowImage.Image, picture: LayerPicture, ranges: Ranges) -> None:
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    middle = page.height - _LEGEND_PX // 2
    caption, low, high = _legend_texts(picture, ranges)
    draw.text((_SPACE_PX, middle), caption, _TEXT, font, anchor="lm")
    right = page.width - _SPACE_PX
    draw.text((right, middle), high, _TEXT, font, anchor="rm")
    left = right - math.ceil(font.getlength(high)) - _SPACE_PX - _BAR_PX[0]
    top = middle - _BAR_PX[1] // 2
    bar = PillowImage.fromarray(colour_table(picture.colormap)[np.newaxis]).resize(_BAR_PX)
    page.paste(bar, (left, top))
    draw.text((left - _SPACE_PX, middle), low, _TEXT, font, anchor="rm")
    if picture.scale.symmetric:
        zero, small = left + _BAR_PX[0] // 2, ImageFont.load_default(9)
        draw.line((zero, top - 2, zero, top + _BAR_PX[1] + 1), _TEXT)
        draw.text((zero, top + _BAR_PX[1] + 3), "0", _TEXT, small, anchor="mt")


def _text_chunks(picture: LayerPicture, ranges: Ranges) -> PngInfo:
    text = PngInfo()
    for name, value in (
        ("layer", picture.layer),
        ("shape", ",".join(str(size) for size in picture.maps.shape)),
        ("channels", ",".join(str(channel) for channel in picture.channels)),
        ("scale", picture.scale.legend),
        ("colormap", picture.colormap),
        ("low", ",".join(repr(float(low)) for low in ranges[:, 0])),
        ("high", ",".join(repr(float(high)) for high in ranges[:, 1])),
        ("model", picture.model),
        ("image", picture.image),
    ):
        if not value:
            continue
        # iTXt where the text needs it: names of files and models may hold any character.
        if value.isascii():
            text.add_text(name, value)
        else:
            text.add_itxt(name, value)
    return text
