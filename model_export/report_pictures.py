"""Pictures inside a report, each a ``data:`` address: no file beside the page, no network."""

import base64
import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

RIGHT_COLOUR: Final = (74, 123, 230)
WRONG_COLOUR: Final = (224, 104, 66)
"""Read on a light and on a dark ground."""
_ORDERED_OPTIMALLY: Final = 400
"""Classes; the optimal order of the tree's leaves takes the square of their number in memory."""


def confusion_address(confusion: NDArray[np.int64]) -> str:
    """A confusion matrix as a picture, one pixel a cell, as a ``data:`` address.

    Opacity is the square root of the share of the row, so that a rare confusion still shows.

    Args:
        confusion: (classes, classes), true classes in rows.
    """
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    picture = np.empty((*confusion.shape, 4), np.uint8)
    picture[..., :3] = WRONG_COLOUR
    diagonal = np.arange(len(confusion))
    picture[diagonal, diagonal, :3] = RIGHT_COLOUR
    picture[..., 3] = np.rint(255 * np.sqrt(shares))
    file = io.BytesIO()
    PillowImage.fromarray(picture, "RGBA").save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def confused_order(confusion: NDArray[np.int64]) -> NDArray[np.int64]:
    """An order of the classes in which those that are taken for one another stand together.

    Average linkage (UPGMA) on one less the share of their images that two classes exchange.

    Args:
        confusion: (classes, classes), three classes or more.
    """
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    distance = 1 - (shares + shares.T) / 2
    np.fill_diagonal(distance, 0)
    tree = linkage(
        squareform(distance, checks=False),
        "average",
        optimal_ordering=len(confusion) <= _ORDERED_OPTIMALLY,
    )
    order: NDArray[np.int64] = leaves_list(tree).astype(np.int64)
    return order
