"""Images as training wants them: decoded, resized and cropped by the program itself, once."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import fit
from desktop_app.core.records import Pixels, Preprocessing, read_only
from model_export.datasets import Split

MEMORY_LIMIT: Final = 4 << 30
"""Prepared images beyond this many bytes live in a temporary file beside the run."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledPixels:
    """Prepared images: uint8 (N, 3, height, width) RGB and int64 (N,) targets, read-only."""

    pixels: Pixels = field(repr=False)
    targets: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.targets)


def prepare(
    split: Split,
    preprocessing: Preprocessing,
    *,
    progress: bool = False,
    scratch: Path | None = None,
) -> LabelledPixels:
    """Decode, resize and crop every image as the program does, once.

    Args:
        split: The images.
        preprocessing: Its size, resize rule and interpolation are followed; the numbers come later.
        progress: Show a bar on standard error.
        scratch: Folder for a temporary file when the images outgrow ``MEMORY_LIMIT``.

    Raises:
        LensError: An image cannot be read.
    """
    shape = (len(split), 3, preprocessing.height, preprocessing.width)
    if np.prod(shape, dtype=np.int64) <= MEMORY_LIMIT:
        prepared: Pixels = np.empty(shape, np.uint8)
    else:
        with tempfile.TemporaryFile(dir=scratch) as file:
            prepared = np.memmap(file, np.uint8, mode="w+", shape=shape)

    def one(index: int) -> None:
        fitted = fit(load_image(split.sources[index]).pixels, preprocessing)
        prepared[index] = fitted.transpose(2, 0, 1)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in _shown(pool.map(one, range(len(split))), len(split), split.name, show=progress):
            pass
    return LabelledPixels(pixels=read_only(prepared), targets=split.targets)


def _shown(steps: Iterable[Any], total: int, name: str, *, show: bool) -> Iterator[Any]:
    yield from tqdm(
        steps, total=total, desc=f"preparing {name}", unit="image", disable=not show, leave=False
    )
