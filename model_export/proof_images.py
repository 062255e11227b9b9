"""The images on which the proof compares PyTorch and ONNX Runtime."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from desktop_app.core.errors import LensError
from desktop_app.core.images import load_image
from desktop_app.core.records import Image, Pixels, read_only
from model_export.datasets import DataSet, DataSetError

PROOF_IMAGES: Final = 16
MADE: Final = ""
"""The origin of pictures that no data set gave."""
_WIDTH, _HEIGHT = 320, 240


class ProofImages(NamedTuple):
    """What the proof runs on.

    Attributes:
        images: One or more.
        origin: ``data set/split``, or ``MADE``.
    """

    images: Sequence[Image]
    origin: str


def proof_images(data_set: DataSet | None, count: int = PROOF_IMAGES) -> ProofImages:
    """Real images, spread evenly over a data set; made ones only where there is no data set.

    Args:
        data_set: Its ``test`` images, else ``val``, else ``train``. Unreadable ones are left out.
        count: How many, at most.

    Raises:
        DataSetError: There is no image in the data set, or none of the chosen can be read.
    """
    if data_set is None:
        return ProofImages(made_images(), MADE)
    filled = [n for n in ("test", "val", "train") if len(data_set.splits.get(n, ()))]
    if not filled:
        raise _no_images(data_set.name, "there is no image in it")
    origin, sources = f"{data_set.name}/{filled[0]}", data_set.splits[filled[0]].sources
    chosen = np.linspace(0, len(sources) - 1, min(count, len(sources))).astype(int)
    images: list[Image] = []
    for index in chosen:
        try:
            images.append(load_image(sources[index]))
        except LensError:
            continue
    if not images:
        tried = f"none of its {len(sources)} images can be read"
        if len(chosen) < len(sources):
            tried = f"none of {len(chosen)} images tried, of {len(sources)}, can be read"
        raise _no_images(origin, tried)
    return ProofImages(images, origin)


def made_images() -> Sequence[Image]:
    """Eight pictures of edges, textures, colours and noise; always the same."""
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH].astype(np.float64)
    u, v = x / _WIDTH, y / _HEIGHT
    radius = np.hypot(x - _WIDTH / 2, y - _HEIGHT / 2)
    noise = np.random.default_rng(0).random((_HEIGHT, _WIDTH, 3))
    waves = [0.5 + 0.5 * np.sin(radius / period) for period in (4, 7, 11)]
    pictures = {
        "gradient": (u, v, 1 - u),
        "chequers": ((x // 16 + y // 16) % 2,) * 3,
        "disc": (radius < 80, radius < 100, radius < 60),
        "rings": tuple(waves),
        "noise": tuple(noise.transpose(2, 0, 1)),
        "stripes": (np.sin((x + y) / 6) > 0, np.sin((x - y) / 9) > 0, u > v),
        "dim": (0.1 * u, 0.1 * v, 0.05 * noise[:, :, 0]),
        "bright": (1 - 0.1 * u, 1 - 0.1 * v, 0.95 + 0.05 * noise[:, :, 0]),
    }
    return [
        Image(pixels=_as_pixels(planes), name=name, stored_size=(_WIDTH, _HEIGHT))
        for name, planes in pictures.items()
    ]


def _no_images(place: str, why: str) -> DataSetError:
    return DataSetError(
        f"cannot prove the model file on {place}",
        why=why,
        remedy="Give another data set with --data, or none for made pictures.",
    )


def _as_pixels(planes: Sequence[object]) -> Pixels:
    stacked = np.stack([np.asarray(plane, np.float64) for plane in planes], axis=-1)
    return read_only(np.rint(stacked * 255).astype(np.uint8))
