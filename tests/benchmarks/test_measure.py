"""The measuring itself."""

import time

import pytest

from tests.benchmarks.measure import compare, report


@pytest.mark.benchmark
def test_the_same_work_has_a_ratio_between_its_rounds() -> None:
    def work() -> None:
        until = time.perf_counter() + 0.001
        while time.perf_counter() < until:
            pass

    ratio = compare(lambda: work(), lambda: work(), rounds=5)  # noqa: PLW0108 - two functions
    report("nothing / nothing", ratio, goal=1.1)
    assert ratio.lowest <= ratio.median <= ratio.highest
