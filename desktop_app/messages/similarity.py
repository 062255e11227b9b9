"""What is asked and answered about images that are alike."""

from dataclasses import dataclass
from typing import ClassVar

from desktop_app.core.errors import LensError
from desktop_app.messages.base import Priority, Reply, Request
from desktop_app.parts.similarity import ImagePlane, SimilarImages


@dataclass(frozen=True, slots=True)
class FindSimilar(Request):
    """Which loaded images are nearest to this one?

    Attributes:
        entry: From which.
        count: At most so many.
    """

    priority: ClassVar[Priority] = Priority.ROWS
    supersedes: ClassVar[bool] = True

    entry: int
    count: int


@dataclass(frozen=True, slots=True)
class PlaceImages(Request):
    """Where do all loaded images lie on the plane of their principal components?"""

    priority: ClassVar[Priority] = Priority.LISTING
    supersedes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SimilarFound(Reply):
    """Answers :class:`FindSimilar`."""

    number: int
    nearest: SimilarImages


@dataclass(frozen=True, slots=True)
class ImagesPlaced(Reply):
    """Answers :class:`PlaceImages`."""

    number: int
    plane: ImagePlane


@dataclass(frozen=True, slots=True)
class SimilarityFailed(Reply):
    """Answers :class:`FindSimilar` or :class:`PlaceImages` in place of what could not be had."""

    number: int
    error: LensError
