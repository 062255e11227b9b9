"""The schedules: where they begin, peak and end, and how they go between."""

from itertools import pairwise
from typing import get_args

import pytest

from model_export.learning_rate import Schedule, on_top, rate_share

SCHEDULES = get_args(Schedule)
WARM_UP, COOL_DOWN = 0.2, 0.4


def share(schedule: Schedule, progress: float) -> float:
    return rate_share(schedule, progress, warm_up=WARM_UP, cool_down=COOL_DOWN)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_each_begins_at_a_25th_peaks_after_the_warm_up_and_ends_at_nothing(
    schedule: Schedule,
) -> None:
    assert share(schedule, 0.0) == pytest.approx(1 / 25)
    assert share(schedule, WARM_UP) == pytest.approx(1.0)
    assert share(schedule, 1.0) == pytest.approx(4e-6 if schedule == "one-cycle" else 0.0)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_each_rises_then_never_rises_again_and_does_not_jump(schedule: Schedule) -> None:
    shares = [share(schedule, step / 1000) for step in range(1001)]
    assert all(a < b for a, b in pairwise(shares[:201]))
    assert all(a >= b for a, b in pairwise(shares[200:]))
    assert max(abs(a - b) for a, b in pairwise(shares)) < 0.01


@pytest.mark.parametrize(
    ("schedule", "progress", "expected"),
    [
        ("one-cycle", 0.1, (1 + 1 / 25) / 2),  # half of the rise, along a half cosine
        ("one-cycle", 0.05, 1 / 25 + (1 - 1 / 25) * 0.1464466),  # (1 - cos 45°) / 2
        ("one-cycle", 0.6, (1 + 4e-6) / 2),
        ("cosine", 0.05, 1 / 25 + (1 - 1 / 25) / 4),  # a quarter of the rise, along a line
        ("cosine", 0.6, 0.5),
        ("cosine", 0.4, 0.8535534),  # (1 + cos 45°) / 2
        ("trapezoid", 0.05, 1 / 25 + (1 - 1 / 25) / 4),
        ("trapezoid", 0.5, 1.0),
        ("trapezoid", 0.6, 1.0),
        ("trapezoid", 0.7, 0.75),
        ("trapezoid", 0.9, 0.25),
    ],
)
def test_each_has_its_shape(schedule: Schedule, progress: float, expected: float) -> None:
    assert share(schedule, progress) == pytest.approx(expected, abs=1e-6)


def test_a_trapezoid_is_on_top_from_the_end_of_its_rise_to_the_begin_of_its_fall() -> None:
    steps = (0.0, 0.19, 0.2, 0.4, 0.6, 0.61, 1.0)
    tops = [on_top(step, warm_up=WARM_UP, cool_down=COOL_DOWN) for step in steps]
    assert tops == [False, False, True, True, True, False, False]
    assert tops == [share("trapezoid", step) == pytest.approx(1.0) for step in steps]
