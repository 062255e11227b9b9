"""All that an index knows, as plain arrays: what ``image_index`` works on and its file holds."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.image_peaks import IndexLayout
from desktop_app.core.records import Tensor

SHOWN: Final = 9
"""How many of the strongest images are shown."""
SPARE: Final = 3
"""How many images may be forgotten before the nine are not certain any more."""
PLACES: Final = SHOWN + SPARE
NOBODY: Final = -1
"""Stands for the image in a place that is free."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndexTable:
    """All that an index knows, as arrays: what its file holds. P is at most ``PLACES``.

    Attributes:
        values: float32 (channels, P), ``-inf`` where a place is free; unsorted.
        images: int32 (channels, P), the image in each place, -1 where it is free.
        positions: int32 (channels, P), y * width + x.
        extremes: float32 (images, layers, 2).
        features: float32 (images, F).
        present: bool (images,), false for forgotten ones.
    """

    values: Tensor
    images: NDArray[np.int32]
    positions: NDArray[np.int32]
    extremes: Tensor
    features: Tensor
    present: NDArray[np.bool_]


def empty_table(layout: IndexLayout) -> IndexTable:
    """Of an index without images."""
    return IndexTable(
        values=np.empty((layout.channels, 0), np.float32),
        images=np.empty((layout.channels, 0), np.int32),
        positions=np.empty((layout.channels, 0), np.int32),
        extremes=np.empty((0, len(layout.stored), 2), np.float32),
        features=np.empty((0, layout.features), np.float32),
        present=np.empty(0, bool),
    )


def check_table(table: IndexTable, layout: IndexLayout) -> None:
    """Refuse a table that would be misread or read beyond its end.

    Raises:
        ValueError: It does not fit ``layout``, or contradicts itself.
    """
    images, places = len(table.present), min(len(table.present), PLACES)
    shapes = {
        "values": (layout.channels, places),
        "images": (layout.channels, places),
        "positions": (layout.channels, places),
        "extremes": (images, len(layout.stored), 2),
        "features": (images, layout.features),
        "present": (images,),
    }
    for name, shape in shapes.items():
        if getattr(table, name).shape != shape:
            msg = f"{name} is {getattr(table, name).shape}, not {shape}"
            raise ValueError(msg)
    if table.images.size and not NOBODY <= table.images.min() <= table.images.max() < images:
        msg = "a place is taken by an image that is not known"
        raise ValueError(msg)
    if np.isnan(table.values).any() or (table.values == np.inf).any():
        msg = "a place holds a value that is not finite"
        raise ValueError(msg)
    if table.positions.size and table.positions.min() < 0:
        msg = "a place lies outside its map"
        raise ValueError(msg)
