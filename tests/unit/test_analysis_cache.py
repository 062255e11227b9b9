"""What was looked at lately stays, within a budget of bytes."""

from pathlib import Path

import numpy as np
import pytest

from desktop_app import analysis_cache
from desktop_app.analysis_cache import AnalysisCache, analysis_budget, bytes_of
from desktop_app.core.derived_activations import DerivedActivations
from desktop_app.core.formulas import Clipped
from desktop_app.core.model_file import load_model
from desktop_app.core.records import (
    Activations,
    Classification,
    Image,
    PreprocessingStep,
    Provider,
    Timing,
)
from desktop_app.core.sessions import ModelSessions
from desktop_app.state import Shown

KIB = 1024


def analysis(number: int, *, photo: int = KIB, maps: int = KIB) -> Shown:
    """An analysis whose photo and tapped maps have so many bytes, and as many can be derived."""
    tapped = np.ones((1, 1, maps // 4), np.float32)
    derived = DerivedActivations(
        {"bn": tapped}, {"relu": Clipped(inputs=("bn",))}, names=("bn", "relu")
    )
    pixels = np.zeros((1, photo, 1), np.uint8)
    return Shown(
        number,
        Image(pixels=pixels, name=f"{number}.png", stored_size=(photo, 1)),
        activations=Activations(values=derived, run_ms=1),
    )


def kept(cache: AnalysisCache, *numbers: int) -> list[int]:
    return [number for number in numbers if cache.back_to(number) is not None]


def test_an_analysis_that_was_kept_comes_back_whole() -> None:
    cache = AnalysisCache(10 * KIB)
    first = analysis(1)
    cache.keep(first)
    cache.keep(analysis(2))
    assert cache.back_to(1) is first
    assert cache.back_to(3) is None


def test_the_least_recently_looked_at_go_first() -> None:
    cache = AnalysisCache(6 * KIB)
    for number in (1, 2, 3):
        cache.keep(analysis(number))
    cache.back_to(1)
    cache.keep(analysis(4))
    assert kept(cache, 1, 2, 3, 4) == [1, 3, 4]
    assert cache.held_bytes == 6 * KIB


def test_stepping_through_many_images_stays_within_the_budget() -> None:
    cache = AnalysisCache(100 * KIB)
    for number in range(1000):
        shown = analysis(number, photo=KIB * (1 + number % 7))
        cache.keep(shown)
        assert shown.activations is not None
        shown.activations.values["relu"]
        assert cache.held_bytes <= 101 * KIB  # what was derived just now comes on top
    assert kept(cache, 0, 999) == [999]


def test_what_is_on_screen_is_kept_however_large() -> None:
    cache = AnalysisCache(KIB)
    cache.keep(analysis(1, photo=50 * KIB))
    assert kept(cache, 1) == [1]
    cache.keep(analysis(2))
    assert kept(cache, 1, 2) == [2]


def test_only_the_analysis_on_screen_keeps_what_was_derived() -> None:
    cache = AnalysisCache(100 * KIB)
    first, second = analysis(1), analysis(2)
    cache.keep(first)
    assert first.activations is not None
    np.testing.assert_array_equal(first.activations.values["relu"], 1)
    assert bytes_of(first) == 3 * KIB
    cache.keep(second)
    assert bytes_of(first) == 2 * KIB
    assert second.activations is not None
    second.activations.values["relu"]
    cache.back_to(1)
    assert bytes_of(second) == 2 * KIB


def test_an_image_that_is_gone_and_a_model_that_changed_are_forgotten() -> None:
    cache = AnalysisCache(100 * KIB)
    for number in (1, 2):
        cache.keep(analysis(number))
    cache.drop(1)
    cache.drop(7)
    assert kept(cache, 1, 2) == [2]
    cache.clear()
    assert cache.held_bytes == 0


def test_all_that_an_analysis_holds_is_counted_once() -> None:
    pixels = np.zeros((10, 10, 3), np.uint8)
    scores = Classification(
        probabilities=np.zeros(5, np.float32),
        provider=Provider(name="cpu", reason="asked for"),
        timing=Timing(decode_ms=1, preprocess_ms=1, run_ms=1),
    )
    steps = tuple(
        PreprocessingStep(name=name, size=(5, 5), preview=preview)
        for name, preview in (("decoded", pixels), ("upright", pixels), ("cropped", pixels[:5]))
    )
    image = Image(pixels=pixels, name="a.png", stored_size=(10, 10))
    assert bytes_of(Shown(1, image)) == 300
    assert bytes_of(Shown(1, image, steps=steps, classification=scores)) == 300 + 150 + 20


def test_activations_of_a_network_count_what_was_tapped(tiny_model: Path) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    tensor = np.zeros((1, 3, 32, 32), np.float32)
    image = Image(pixels=np.zeros((1, 1, 3), np.uint8), name="a.png", stored_size=(1, 1))
    lean = bytes_of(Shown(1, image, activations=sessions.activations(tensor)))
    exact = bytes_of(Shown(1, image, activations=sessions.activations(tensor, exact=True)))
    assert 0 < lean < exact / 2


@pytest.mark.parametrize(
    ("memory", "budget"),
    [
        (0, 128 * 2**20),
        (2 * 2**30, 128 * 2**20),
        (8 * 2**30, 512 * 2**20),
        (512 * 2**30, 1024 * 2**20),
    ],
)
def test_the_budget_is_a_share_of_the_machine_within_bounds(
    memory: int, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_cache, "memory_bytes", lambda: memory)
    assert analysis_budget() == budget
