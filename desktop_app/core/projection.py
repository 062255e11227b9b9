"""All loaded images on one plane: the two directions in which their features differ most.

Principal components by NumPy's ``linalg.eigh`` (decision 22 says why by no other library): of the
covariance of the features where there are more images than features, else of the images' inner
products, which has the same eigenvalues and is smaller.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.records import Tensor, read_only

_BLOCK: Final = 1024
"""Rows between two looks at the switch."""
_NOTHING: Final = 1e-10
"""Eigenvalues below this share of their sum are rounding: there is no such direction."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """Images as points.

    Attributes:
        points: float32 (N, 2), read-only: coordinates along the first and the second component,
            in the unit of the features, about their mean. NaN where a feature is not finite; 0
            along a component that does not exist (one image, two images, equal images).
        explained: Share of the features' variance that lies along each of the two, 0..1.
    """

    points: NDArray[np.float32]
    explained: tuple[float, float]


def principal_plane(features: Tensor, cancellation: Cancellation | None = None) -> Plane:
    """Project features on their first two principal components (Jolliffe 2002, ch. 2).

    A component's sign is free; it is chosen so that the feature with the greatest weight has a
    positive one, so that the same images always give the same picture.

    Args:
        features: float32 (N, F), one row per image; N may be 0.
        cancellation: Stops between blocks of rows; the decomposition itself, at most of a matrix
            of F by F, is not interrupted (a second for F = 2048).

    Raises:
        Cancelled: The switch was thrown.
    """
    switch = cancellation or Cancellation()
    points = np.full((len(features), 2), np.nan, np.float32)
    usable = np.flatnonzero(np.isfinite(features).all(axis=1))
    if usable.size == 0:
        return Plane(points=read_only(points), explained=(0.0, 0.0))
    rows = features if usable.size == len(features) else features[usable]
    mean = rows.mean(axis=0, dtype=np.float64)
    directions, explained = _directions(rows, mean, switch)
    for start in range(0, len(rows), _BLOCK):
        switch.raise_if_cancelled()
        block = rows[start : start + _BLOCK] - mean
        points[usable[start : start + _BLOCK]] = block @ directions
    return Plane(points=read_only(points), explained=explained)


def _directions(
    rows: Tensor, mean: NDArray[np.float64], switch: Cancellation
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """The two components as columns, float64 (F, 2), unit length or zero, and their shares."""
    count, size = rows.shape
    components = np.zeros((size, 2))
    if min(count, size) == 0:
        return components, (0.0, 0.0)
    if count <= size:
        centred = rows - mean
        values, vectors = np.linalg.eigh(centred @ centred.T)
        vectors = centred.T @ vectors[:, -2:]
    else:
        scatter = np.zeros((size, size))
        for start in range(0, count, _BLOCK):
            switch.raise_if_cancelled()
            block = rows[start : start + _BLOCK] - mean
            scatter += block.T @ block
        switch.raise_if_cancelled()
        values, vectors = np.linalg.eigh(scatter)
    total = float(values.clip(min=0).sum())
    shares = [0.0, 0.0]
    for place in range(min(2, len(values))):
        value, vector = float(values[-1 - place]), vectors[:, -1 - place]
        if total > 0 and value > _NOTHING * total:
            heaviest = vector[np.abs(vector).argmax()]
            components[:, place] = vector / np.copysign(np.linalg.norm(vector), heaviest)
            shares[place] = value / total
    return components, (shares[0], shares[1])
