"""Which channels a command means, and what a picture of them shows."""

from typing import Final

from desktop_app.core.layer_picture import LayerPicture
from desktop_app.state import LensState
from desktop_app.views.compared_maps import drawn_image, drawn_model, drawn_options
from desktop_app.views.shown_maps import shown_channel, shown_maps
from desktop_app.views.shown_order import shown_order, shown_scale

_TILE_PX: Final = ((4, 224), (24, 128), (96, 80))
"""Up to so many channels a tile has this edge at least; among more it has ``_SMALLEST_PX``."""
_SMALLEST_PX: Final = 56


def picked(state: LensState) -> tuple[int, ...]:
    """The selected channels in the order they are shown in, else the chosen one."""
    maps = shown_maps(state)
    if maps is None:
        return ()
    selected = frozenset(() if state.grid is None else state.grid.selected_in(state.layer))
    shown = shown_order(state, maps).channels.tolist()
    found = tuple(channel for channel in shown if channel in selected)
    return found or (shown_channel(state, maps),)


def picture_of(state: LensState) -> LayerPicture | None:
    """The picked channels as they are shown; None without maps."""
    maps = shown_maps(state)
    if maps is None or state.layer is None or state.shown is None:
        return None
    channels = picked(state)
    return LayerPicture(
        layer=state.layer,
        maps=maps,
        channels=channels,
        scale=shown_scale(state, maps),
        colormap=drawn_options(state).colormap,
        tile_px=next((px for most, px in _TILE_PX if len(channels) <= most), _SMALLEST_PX),
        model=drawn_model(state),
        image=drawn_image(state),
    )
