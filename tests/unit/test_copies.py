"""Copies of training images are found, re-compressed or not; look-alikes are left alone."""

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.core.records import BytesSource, ImageSource, PixelsSource
from model_export import copies
from model_export.copies import find_copies


def scene(seed: int, *, shift: int = 0) -> PillowImage.Image:
    """A blob on a gradient, 64×64; the same seed with a shift is a neighbouring shot."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:64, 0:64]
    centre_x, centre_y = random.uniform(20, 44, 2) + shift
    blob = np.hypot(x - centre_x, y - centre_y) < 12
    pixels = np.stack([200 * blob, x * 2 + 50, y * 2 + 50], axis=-1)
    return PillowImage.fromarray(pixels.astype(np.uint8))


def bitmap(picture: PillowImage.Image) -> ImageSource:
    return PixelsSource("bitmap", np.asarray(picture))


def file(picture: PillowImage.Image, format_: str, **options: int) -> ImageSource:
    encoded = io.BytesIO()
    picture.save(encoded, format_, **options)
    return BytesSource(format_, encoded.getvalue())


def test_copies_are_found_however_they_were_saved() -> None:
    originals = [bitmap(scene(seed)) for seed in range(20)]
    images = [
        bitmap(scene(3)),
        file(scene(5), "PNG"),
        file(scene(7), "JPEG", quality=80),
        bitmap(scene(9).resize((128, 128), PillowImage.Resampling.BICUBIC)),
        bitmap(scene(11, shift=2)),
        bitmap(scene(13).point(lambda value: max(value - 8, 0))),
        bitmap(scene(99)),
        BytesSource("broken", b"broken"),
    ]
    expected = [True, True, True, True, False, False, False, False]
    assert find_copies(images, originals).tolist() == expected


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_large_sets_are_compared_in_parts(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_CHUNK", chunk)
    images = [bitmap(scene(seed)) for seed in range(8)]
    originals = [bitmap(scene(seed)) for seed in (1, 6)]
    assert np.flatnonzero(find_copies(images, originals)).tolist() == [1, 6]


def test_nothing_to_compare_with() -> None:
    assert find_copies([bitmap(scene(0))], []).tolist() == [False]
    assert find_copies([bitmap(scene(0))], [BytesSource("x", b"broken")]).tolist() == [False]
    assert find_copies([], [bitmap(scene(0))]).tolist() == []
