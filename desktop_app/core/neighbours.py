"""Which pictures the network takes for alike: the nearest by the angle between their features.

The features of one image are the activations of the network's last pooling, one vector. Cosine
similarity compares their direction and leaves out their length, which mostly tells how strongly a
picture excites the network at all. The rows come from the index of the loaded images.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.records import Tensor

_BLOCK: Final = 1024
"""Rows that are computed at once in double precision, so that 10,000 of them need no copy."""
_DIGITS: Final = 9
"""Similarities are rounded to so many: below that, equal pictures would differ by how a sum is
carried out, and a tie would be decided by chance."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One row of the features, seen from another.

    Attributes:
        row: Which one.
        similarity: Cosine of the angle between the two, -1 to 1; 1 is the same direction.
    """

    row: int
    similarity: float


def nearest(features: Tensor, row: int, count: int) -> tuple[Neighbour, ...]:
    """The rows most similar to one of them, the most similar first; of equals the lower row.

    A row without direction (all zero) or with a value that is not finite is similar to nothing: it
    is nobody's neighbour and has none.

    Args:
        features: float32 (N, F), one row per image.
        row: The one to start from, in 0..N-1; it is left out of the result.
        count: At most so many.

    Raises:
        IndexError: There is no such row.
    """
    similarities = cosine_similarities(features, row)
    similarities[row] = np.nan
    candidates = np.flatnonzero(np.isfinite(similarities))
    order = candidates[np.argsort(-similarities[candidates], kind="stable")][: max(count, 0)]
    return tuple(Neighbour(int(each), float(similarities[each])) for each in order)


def cosine_similarities(features: Tensor, row: int) -> NDArray[np.float64]:
    """Cosine of the angle between each row and one of them.

    Args:
        features: float32 (N, F).
        row: The one to compare with, in 0..N-1.

    Returns:
        float64 (N,) in -1..1; NaN where either row has no direction.
    """
    wanted = features[row].astype(np.float64)
    similarities = np.empty(len(features))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        wanted /= np.linalg.norm(wanted)  # NaN where all is zero: NaN everywhere, as it should
        for start in range(0, len(features), _BLOCK):
            block = features[start : start + _BLOCK].astype(np.float64)
            products = block @ wanted
            similarities[start : start + len(block)] = products / np.linalg.norm(block, axis=1)
    rounded: NDArray[np.float64] = np.clip(np.round(similarities, _DIGITS), -1, 1)
    return rounded
