"""Images as training wants them: decoded, resized and cropped by the program itself, once.

They then live in memory, or in a file that the system keeps in memory as far as there is room.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from desktop_app.core.errors import OutputError
from desktop_app.core.images import load_image
from desktop_app.core.preprocessing import fit
from desktop_app.core.records import Pixels, Preprocessing, read_only
from model_export.datasets import Split

MEMORY_LIMIT: Final = 4 << 30
"""Prepared images beyond this many bytes live in a temporary file beside the run."""

_AT_A_TIME: Final = 32
"""Images that a thread prepares in a row: a million tasks would outweigh their images."""


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
        OutputError: There is no room for the temporary file.
    """
    shape = shape_of(split, preprocessing)
    if np.prod(shape, dtype=np.int64) <= MEMORY_LIMIT:
        pixels: Pixels = np.empty(shape, np.uint8)
    else:
        folder = scratch or Path(tempfile.gettempdir())
        see_that_there_is_room(shape, folder)
        with tempfile.TemporaryFile(dir=folder) as file:
            pixels = np.memmap(file, np.uint8, mode="w+", shape=shape)
    fill(pixels, split, preprocessing, progress=progress)
    return LabelledPixels(pixels=read_only(pixels), targets=split.targets)


def shape_of(split: Split, preprocessing: Preprocessing) -> tuple[int, int, int, int]:
    """(N, 3, height, width) of the prepared images."""
    return (len(split), 3, preprocessing.height, preprocessing.width)


def fill(
    pixels: Pixels,
    split: Split,
    preprocessing: Preprocessing,
    *,
    indices: Sequence[int] | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> None:
    """Prepare images into their places in ``pixels``.

    Args:
        pixels: uint8, of the shape that :func:`shape_of` says.
        split: The images.
        preprocessing: As for :func:`prepare`.
        indices: Which ones; all without it.
        threads: That decode at the same time; one for each core without it.
        progress: Show a bar on standard error.

    Raises:
        LensError: An image cannot be read.
    """
    wanted = range(len(split)) if indices is None else indices

    def some(start: int) -> int:
        part = wanted[start : start + _AT_A_TIME]
        for index in part:
            fitted = fit(load_image(split.sources[index]).pixels, preprocessing)
            pixels[index] = fitted.transpose(2, 0, 1)
        return len(part)

    with (
        ThreadPoolExecutor(threads or os.cpu_count()) as pool,
        tqdm(
            total=len(wanted),
            desc=f"preparing {split.name}",
            unit="image",
            disable=not (progress and wanted),
            leave=False,
        ) as bar,
    ):
        for done in pool.map(some, range(0, len(wanted), _AT_A_TIME)):
            bar.update(done)


def see_that_there_is_room(shape: tuple[int, ...], folder: Path) -> None:
    """Refuse what the disk cannot hold: writing to a mapped file there would end the process.

    Raises:
        OutputError: The folder cannot be used, or has less room than uint8 ``shape`` takes.
    """
    needed = int(np.prod(shape, dtype=np.int64))
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        free, why = 0, str(error)
    else:
        why = f"they take {needed / 1e9:.1f} GB and {folder} has room for {free / 1e9:.1f}"
    if free < needed:
        raise OutputError(
            "cannot keep the prepared images in a file",
            why=why,
            remedy="Make room, choose another folder with --output, or a smaller image size.",
        )
