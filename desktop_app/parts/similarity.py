"""Which loaded images the network takes for alike, as part of the snapshot.

Both parts come from the features of the index of the loaded images, and only while they are looked
at: so each says what it was made for, and may be of a moment ago.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SimilarImage:
    """A loaded image seen from another one.

    Attributes:
        entry: Its number in the image list.
        similarity: Cosine of the angle between the two features, -1 to 1.
    """

    entry: int
    similarity: float


@dataclass(frozen=True, slots=True)
class SimilarImages:
    """The loaded images nearest to one of them.

    Attributes:
        entry: Nearest to which.
        is_indexed: Whether its own features are known; without them nothing can be said.
        images: The most similar first.
        among: Of how many images the features are known.
    """

    entry: int
    is_indexed: bool
    images: tuple[SimilarImage, ...]
    among: int


@dataclass(frozen=True, slots=True, eq=False)
class ImagePlane:
    """All loaded images on the plane of their first two principal components.

    Attributes:
        entries: Numbers in the image list, ascending.
        points: float32 (N, 2), read-only, one row per entry, finite.
        explained: Share of the features' variance along each axis, 0..1.
    """

    entries: tuple[int, ...]
    points: NDArray[np.float32]
    explained: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """What was computed last of each.

    Attributes:
        nearest: Of the image on screen, or of one that was; None before the first.
        plane: None before the first.
        nearest_error: Why the nearest asked for last could not be had; empty while they may come.
        plane_error: Why a newer plane could not be had; the one before stays.
    """

    nearest: SimilarImages | None = None
    plane: ImagePlane | None = None
    nearest_error: str = ""
    plane_error: str = ""
