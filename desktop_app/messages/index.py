"""Messages about the index of all loaded images: what excites a channel, and over which range."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from desktop_app.core.errors import LensError
from desktop_app.core.records import ImageSource
from desktop_app.messages.base import Priority, Reply, Request
from desktop_app.parts.survey import IndexProgress, StrongestImage

if TYPE_CHECKING:
    from desktop_app.core.patches import PatchPicture

# --- requests ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindStrongest(Request):
    """Which images excite a channel most? Answered by the list, then picture by picture.

    Attributes:
        layer: Of the channel.
        channel: Its index in the layer.
        pictured: Those of which the pictures are at hand: (entry, x, y).
        is_settled: Whether all that is loaded is indexed, so that what cannot be told now will
            not be told later either, unless it is indexed anew.
    """

    supersedes: ClassVar[bool] = True

    layer: str
    channel: int
    pictured: frozenset[tuple[int, int, int]] = frozenset()
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class ForgetImages(Request):
    """Images have left the list. What a dropped folder's index knows of them is kept."""

    entries: frozenset[int]


@dataclass(frozen=True, slots=True)
class IndexImages(Request):
    """Index what a folder run has not: images looked at in passing, or before it was wanted."""

    priority: ClassVar[Priority] = Priority.FOLDER
    supersedes: ClassVar[bool] = True

    items: tuple[tuple[int, ImageSource], ...]


@dataclass(frozen=True, slots=True)
class SetIndexing(Request):
    """Whether images are indexed at all; holds from now on, also in mid-folder."""

    wanted: bool


# --- replies -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StrongestFound(Reply):
    """First answer to :class:`FindStrongest`.

    Attributes:
        number: The request's.
        images: At most nine, the strongest first.
        begins_anew: Whether more of them can only be told once loaded images are indexed anew,
            because others hide them. These count as not indexed from now on.
    """

    number: int
    images: tuple[StrongestImage, ...]
    begins_anew: bool = False


@dataclass(frozen=True, slots=True)
class StrongestFailed(Reply):
    """Answers :class:`FindStrongest` where nothing can be said."""

    number: int
    error: LensError


@dataclass(frozen=True, slots=True)
class StrongestPictured(Reply):
    """Further answers to :class:`FindStrongest`: photo and patch of one of the images."""

    number: int
    entry: int
    picture: "PatchPicture"


@dataclass(frozen=True, slots=True)
class Surveyed(Reply):
    """What is known now; whenever that has changed, at most twice a second.

    Attributes:
        images: How many of the loaded images are indexed.
        ranges: Layer → (least, greatest) finite value over them.
        progress: Of the indexing; None when none is under way.
    """

    images: int
    ranges: Mapping[str, tuple[float, float]]
    progress: IndexProgress | None
