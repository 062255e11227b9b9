"""Other projects' test corpora: truncated, fuzzed, bombs, rare modes. Nothing may crash or hang.

The files are not part of this project. Name a folder that holds them with ``RESIDUAL_LENS_DATA``
(its ``images/hostile`` is used); without it the test is skipped.
"""

import os
import time
from pathlib import Path

import pytest

from desktop_app.core.errors import LensError
from desktop_app.core.images import load_image, thumbnail
from desktop_app.core.records import FileSource

resource = pytest.importorskip("resource", reason="measures memory as Unix does")


def hostile_files() -> list[Path]:
    folder = os.environ.get("RESIDUAL_LENS_DATA")
    if not folder:
        pytest.skip("RESIDUAL_LENS_DATA names no folder")
    return [path for path in sorted(Path(folder, "images/hostile").rglob("*")) if path.is_file()]


def peak_mb() -> float:
    """The most memory that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_every_file_is_decoded_or_refused(capfd: pytest.CaptureFixture[str]) -> None:
    files = hostile_files()
    before_mb = peak_mb()  # of the tests before
    decoded = 0
    reasons: list[str] = []
    for path in files:
        began = time.perf_counter()
        try:
            image = load_image(FileSource(path))
        except LensError as error:
            reasons.append(error.why)
        else:
            decoded += 1
            assert min(image.size) > 0
            assert max(thumbnail(path, 96).shape[:2]) <= 96
        assert time.perf_counter() - began < 20, path
    assert all(reasons)
    assert decoded > len(files) / 2
    assert peak_mb() - before_mb < 2048
    assert capfd.readouterr() == ("", "")
