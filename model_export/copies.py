"""Pictures of a test set that were trained on: they flatter the figure, so they are found.

Copies are often not equal byte for byte: the same photo was saved twice, or one of the two went
through JPEG. Averaged to 16×16 grey values, the same picture differs by no more than 2 of 255
steps in any value, two neighbouring shots of one hand by 14 and more (the lesson's SIGNS set,
whose test set holds twelve such copies).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from desktop_app.core.errors import LensError
from desktop_app.core.images import load_image
from desktop_app.core.records import ImageSource

TOLERANCE: Final = 4.0
"""Of a grey value in 0..255."""
_SIDE: Final = 16
_CHUNK: Final = 1024


def find_copies(
    images: Sequence[ImageSource], originals: Sequence[ImageSource]
) -> NDArray[np.bool_]:
    """Tell which ``images`` are also among ``originals``, re-compressed or resized at most.

    Args:
        images: N pictures. Unreadable ones are no copies.
        originals: What they are compared with.

    Returns:
        bool (N,).
    """
    with ThreadPoolExecutor() as pool:
        ours = list(pool.map(_signature, images))
        theirs = np.array([s for s in pool.map(_signature, originals) if s is not None])
    copies = np.zeros(len(images), np.bool_)
    if not len(theirs):
        return copies
    lengths = np.square(theirs).sum(axis=1)
    readable = [index for index, signature in enumerate(ours) if signature is not None]
    for start in range(0, len(readable), _CHUNK):
        part = readable[start : start + _CHUNK]
        signatures = np.array([ours[index] for index in part])
        # |a - b|² = |a|² + |b|² - 2ab: one matrix product finds the few worth a closer look.
        squares = np.square(signatures).sum(axis=1)[:, None] + lengths - 2 * signatures @ theirs.T
        near = squares <= theirs.shape[1] * (TOLERANCE + 1) ** 2
        for row in np.flatnonzero(near.any(axis=1)):
            difference = np.abs(theirs[near[row]] - signatures[row]).max(axis=1)
            copies[part[row]] = bool((difference <= TOLERANCE).any())
    return copies


def _signature(source: ImageSource) -> NDArray[np.float32] | None:
    """Grey averages of a 16×16 grid around their middle, float32 (256,) in -128..127."""
    try:
        pixels = load_image(source).pixels
    except LensError:
        return None
    grey = PillowImage.fromarray(pixels).convert("F")
    small = grey.resize((_SIDE, _SIDE), PillowImage.Resampling.BOX)
    return np.asarray(small, np.float32).reshape(-1) - np.float32(128)
