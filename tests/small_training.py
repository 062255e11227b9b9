"""A network narrow enough to train in tests, and the build step's command line around it.

Run as a script, it is ``model-export`` with the narrow network, for tests that kill it.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from unittest.mock import patch

import numpy as np
from PIL import Image as PillowImage

NARROW = dict.fromkeys((2, 3, 4, 5), (4, 4, 8))
QUARTER = {2: (16, 16, 64), 3: (32, 32, 128), 4: (64, 64, 256), 5: (128, 128, 512)}


@contextmanager
def narrow_network(
    filters: Mapping[int, tuple[int, int, int]] = MappingProxyType(NARROW),
) -> Iterator[None]:
    """Make every network ``filters`` wide instead of 64 to 2048."""
    with patch("model_export.resnet.STAGE_FILTERS", dict(filters)):
        yield


def write_folders(
    folder: Path, *, splits: tuple[str, ...] = ("train", "val"), count: int = 6
) -> Path:
    """A data set of dark and bright noise, one folder per class, PNG of 40×36."""
    generator = np.random.default_rng(0)
    for split in splits:
        for label, low in (("bright", 150), ("dark", 0)):
            place = folder / split / label
            place.mkdir(parents=True)
            for index in range(count):
                pixels = generator.integers(low, low + 100, (36, 40, 3), dtype=np.uint8)
                PillowImage.fromarray(pixels).save(place / f"{index}.png")
    return folder


if __name__ == "__main__":
    from model_export.__main__ import main

    with narrow_network():
        sys.exit(main())
