"""Channels of a layer as a picture for the clipboard, or as a file."""

from dataclasses import dataclass
from pathlib import Path

from desktop_app.core.errors import LensError
from desktop_app.core.layer_picture import LayerPicture
from desktop_app.core.records import Pixels
from desktop_app.messages.base import Reply, Request


@dataclass(frozen=True, slots=True)
class PictureChannels(Request):
    """Make one picture of some channels, for the clipboard."""

    picture: LayerPicture


@dataclass(frozen=True, slots=True)
class SaveChannels(Request):
    """Write some channels to a file: as numbers where it ends in .npz, else as a PNG."""

    picture: LayerPicture
    path: Path


@dataclass(frozen=True, slots=True)
class ChannelsPictured(Reply):
    """Answers :class:`PictureChannels`.

    Attributes:
        number: The request's.
        pixels: uint8 (H, W, 3), read-only.
        png: The same as a file, with the scale in it.
        count: How many channels.
    """

    number: int
    pixels: Pixels
    png: bytes
    count: int


@dataclass(frozen=True, slots=True)
class ChannelsSaved(Reply):
    """Answers :class:`SaveChannels`."""

    number: int
    path: Path
    picture: LayerPicture


@dataclass(frozen=True, slots=True)
class ChannelsNotSaved(Reply):
    """Answers :class:`SaveChannels`; what was there before still is."""

    number: int
    error: LensError
