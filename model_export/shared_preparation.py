"""Images prepared once for all processes of a machine, each doing its share.

They lie in a file that every process maps and that loses its name at once: memory and time are
not multiplied, and whatever ends the processes, the system takes the file away.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from desktop_app.core.errors import OutputError
from desktop_app.core.records import Pixels, Preprocessing, read_only
from model_export.datasets import Split
from model_export.prepared_images import (
    LabelledPixels,
    fill,
    prepare,
    see_that_there_is_room,
    shape_of,
)
from model_export.ranks import Ranks


def prepare_together(
    split: Split, preprocessing: Preprocessing, *, ranks: Ranks, scratch: Path
) -> LabelledPixels:
    """Decode, resize and crop every image as the program does, once on each machine.

    The first process of all shows a bar on standard error.

    Args:
        split: The images, the same in all processes.
        preprocessing: Its size, resize rule and interpolation are followed; the numbers come later.
        ranks: This process among the others.
        scratch: Existing folder for a temporary file.

    Raises:
        LensError: An image cannot be read.
        OutputError: There is no room for the temporary file.
    """
    if ranks.local_world_size == 1 or not len(split):
        return prepare(split, preprocessing, progress=ranks.first, scratch=scratch)
    pixels = _shared_array(shape_of(split, preprocessing), ranks, scratch)
    fill(
        pixels,
        split,
        preprocessing,
        indices=ranks.local_share(range(len(split))),
        threads=max(1, (os.cpu_count() or 1) // ranks.local_world_size),
        progress=ranks.first,
    )
    ranks.told("prepared")  # nobody reads before all have written
    return LabelledPixels(pixels=read_only(pixels), targets=split.targets)


def _shared_array(shape: tuple[int, ...], ranks: Ranks, folder: Path) -> Pixels:
    """The same memory in every process of this machine, uint8, filled with zeros."""
    own: Path | None = None
    try:
        if ranks.local_rank == 0:
            own = _new_file(shape, folder)
        path = ranks.local_told("" if own is None else str(own))
        pixels: Pixels = np.memmap(path, np.uint8, mode="r+", shape=shape)
        ranks.told("mapped")
    finally:
        if own is not None:
            with suppress(PermissionError):  # Windows keeps the name of a mapped file
                own.unlink()
    return pixels


def _new_file(shape: tuple[int, ...], folder: Path) -> Path:
    see_that_there_is_room(shape, folder)
    try:
        descriptor, name = tempfile.mkstemp(prefix=".images-", dir=folder)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.truncate(int(np.prod(shape, dtype=np.int64)))  # takes no room until it is filled
    except OSError as error:
        raise OutputError(
            "cannot keep the prepared images in a file",
            why=str(error),
            remedy="Choose another folder with --output.",
        ) from error
    return Path(name)
