"""The samples: pictures that may be shipped, small, readable, each for a model that knows it."""

import re

import pytest

from desktop_app import paths
from desktop_app.core.bundled import SAMPLES, Sample, samples_for
from desktop_app.core.images import load_image
from desktop_app.core.records import FileSource

CREDITS = paths.resources() / "licences" / "samples.txt"


def test_every_file_is_offered_and_every_offer_is_a_file() -> None:
    files = {path.name for path in paths.samples().iterdir()}
    assert files == {sample.file for sample in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_sample_is_small_and_has_its_author_and_licence_named(sample: Sample) -> None:
    path = paths.samples() / sample.file
    assert path.stat().st_size <= 200_000
    assert min(load_image(FileSource(path)).size) >= 256
    (credit,) = re.findall(
        rf"^{re.escape(sample.file)}\n((?: .*\n)+)", CREDITS.read_text(), re.MULTILINE
    )
    assert re.search(r"\b(CC0 1\.0|MIT)\b", credit)
    assert re.search(r"\bby \w+|for this project", credit)


def test_the_licence_that_is_named_is_there() -> None:
    assert "CC0 1.0 Universal" in CREDITS.read_text()


def test_a_model_that_no_sample_is_for_gets_them_all() -> None:
    assert samples_for("my-own") == SAMPLES
    assert {sample.model for sample in samples_for("signs")} == {"signs"}
