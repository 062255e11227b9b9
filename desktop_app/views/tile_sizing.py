"""How large the tiles are: as the user wants them, or as the maps and the room allow."""

from dataclasses import dataclass
from typing import Final

from desktop_app.core.mosaic import TileLayout, fit_tiles
from desktop_app.views.tile_picture import TileScene

GAP_PX: Final = 3
TIGHT_GAP_PX: Final = 1
TIGHT_BELOW_PX: Final = 20
"""Tiles below this edge stand closer together, else the gaps would take a third of the room."""
AUTOMATIC_PX: Final = (36, 160)
"""Between these edges tiles are sized so that all of them show; below, they scroll."""
SINGLE_VALUE_PX: Final = 72
"""A tile of one value needs no more room than its number."""
_SMALLEST_EDGE_PX: Final = 7
_PX_PER_VALUE: Final = 3
"""Maps of few values stay legible in smaller tiles: 2048 maps of 2×2 show all at once."""
_SCROLLING_PX: Final = 44
_SCROLLING_FROM_VALUES: Final = 5
"""Maps of so many values a side that scroll anyway get tiles in which they can be made out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRoom:
    """What the tiles may fill without scrolling.

    Attributes:
        width: In device pixels.
        height: In device pixels.
        ratio: Device pixels per device-independent pixel.
    """

    width: int
    height: int
    ratio: float


def sized_layout(scene: TileScene, room: TileRoom, *, edge_px: int) -> TileLayout:
    """The layout with tiles whose longer edge is ``edge_px`` device-independent pixels."""
    return _layout(scene, room, round(edge_px * room.ratio))


def fitting_layout(scene: TileScene, room: TileRoom, *, smallest_px: int) -> TileLayout:
    """The layout with the largest tiles that all show at once.

    Args:
        scene: What is shown.
        room: Where.
        smallest_px: Below this edge, in device-independent pixels, they scroll instead.
    """
    largest = SINGLE_VALUE_PX if scene.values is not None else AUTOMATIC_PX[1]
    edge = 0
    for gap_px in (GAP_PX, TIGHT_GAP_PX):
        if edge < round(TIGHT_BELOW_PX * room.ratio):
            edge = fit_tiles(
                len(scene.channels),
                width=room.width,
                height=room.height,
                gap=max(round(gap_px * room.ratio), 1),
                smallest=round(smallest_px * room.ratio),
                largest=round(largest * room.ratio),
            )
    return _layout(scene, room, edge)


def automatic_layout(scene: TileScene, room: TileRoom) -> TileLayout:
    """The layout that shows all tiles at once where they stay legible, else larger ones."""
    layout = fitting_layout(scene, room, smallest_px=_automatic_smallest_px(scene))
    if layout.height <= room.height or max(scene.indices.shape[1:]) < _SCROLLING_FROM_VALUES:
        return layout
    return fitting_layout(scene, room, smallest_px=_SCROLLING_PX)


def _automatic_smallest_px(scene: TileScene) -> int:
    if scene.values is not None:
        return AUTOMATIC_PX[0]
    longest = int(max(scene.indices.shape[1:]))
    return min(max(_PX_PER_VALUE * longest, _SMALLEST_EDGE_PX), AUTOMATIC_PX[0])


def _layout(scene: TileScene, room: TileRoom, edge: int) -> TileLayout:
    """The layout with tiles whose longer edge is ``edge`` device pixels."""
    _, map_height, map_width = scene.indices.shape
    edge, longer = max(min(edge, room.width), 1), max(map_height, map_width)
    gap_px = TIGHT_GAP_PX if edge < round(TIGHT_BELOW_PX * room.ratio) else GAP_PX
    gap = max(round(gap_px * room.ratio), 1)
    tile_width = max(edge * map_width // longer, 1)
    return TileLayout(
        count=len(scene.channels),
        columns=max((room.width + gap) // (tile_width + gap), 1),
        tile_width=tile_width,
        tile_height=max(edge * map_height // longer, 1),
        gap=gap,
    )
