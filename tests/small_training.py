"""A network narrow enough to train in tests, and the build step's command line around it.

Run as a script, it is ``model-export`` with the narrow network, for tests that kill it or have
torchrun start several. Then ``--only RANK WORDS`` gives one of them further words, and any but the
first fails when it moves a file into place.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn
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


@contextmanager
def norms_at_rest() -> Iterator[None]:
    """Make batch norms use their statistics, and leave them, in training too.

    Then no image of a batch affects another, however the batch is divided.
    """
    from torch.nn import functional

    def forward(norm: Any, inputs: Any) -> Any:
        statistics = (norm.running_mean, norm.running_var)
        return functional.batch_norm(inputs, *statistics, norm.weight, norm.bias, eps=norm.eps)

    with patch("torch.nn.BatchNorm2d.forward", forward):
        yield


def _refuse(*_: object, **__: object) -> NoReturn:
    raise AssertionError("only the first process writes")


def _main(words: list[str]) -> int:
    from model_export.__main__ import main

    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--norms-at-rest", action="store_true")
    parser.add_argument("--only", nargs=2, metavar=("RANK", "WORDS"), default=("", ""))
    options, rest = parser.parse_known_args(words)
    rank = os.environ.get("RANK", "0")
    if options.only[0] == rank:
        rest += shlex.split(options.only[1])
    with ExitStack() as changes:
        changes.enter_context(narrow_network())
        if options.norms_at_rest:
            changes.enter_context(norms_at_rest())
        if rank != "0":
            changes.enter_context(patch("desktop_app.core.atomic.Path.replace", _refuse))
        return main(rest)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
