"""What is known over all loaded images together: how many, the ranges, the strongest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.patches import PatchPicture


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far indexing is: images that were looked after, of so many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StrongestImage:
    """One of the images that excite a channel most.

    Attributes:
        entry: Its number in the image list.
        value: The greatest value in the channel's map.
        x: Column of that value in the map, from 0 at the left.
        y: Row, from 0 at the top.
    """

    entry: int
    value: float
    x: int
    y: int


@dataclass(frozen=True, slots=True, eq=False)
class StrongestImages:
    """The images that excite one channel most.

    Attributes:
        layer: Of the channel.
        channel: Its index in the layer.
        images: At most nine, the strongest first.
        pictures: Entry → photo and patch, as far as they have been made.
    """

    layer: str
    channel: int
    images: tuple[StrongestImage, ...] = ()
    pictures: "Mapping[int, PatchPicture]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What the index of the loaded images tells.

    Attributes:
        images: How many of the loaded images it knows.
        ranges: Layer → (least, greatest) finite value over them.
        progress: Of the indexing; None when none is under way.
        strongest: Of the channel that was asked about last.
        trouble: Why there are none of it; empty while they may come.
    """

    images: int = 0
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    progress: IndexProgress | None = None
    strongest: StrongestImages | None = None
    trouble: str = ""
