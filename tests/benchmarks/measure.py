"""Ratios that survive a noisy machine: baseline and candidate take turns in one run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the baseline's time the candidate took.

    Attributes:
        median: Of the rounds' ratios.
        lowest: Of the rounds' ratios.
        highest: Of the rounds' ratios.
        baseline_ms: Median of the baseline.
        candidate_ms: Median of the candidate.
    """

    median: float
    lowest: float
    highest: float
    baseline_ms: float
    candidate_ms: float


def compare(
    candidate: Callable[[], object],
    baseline: Callable[[], object],
    *,
    rounds: int = 15,
    warm_up: int = 2,
) -> Ratio:
    """Time both in turns; whoever begins alternates, so that neither profits from the other."""
    for _ in range(warm_up):
        baseline()
        candidate()
    times: dict[Callable[[], object], list[float]] = {baseline: [], candidate: []}
    for index in range(rounds):
        for work in (baseline, candidate) if index % 2 else (candidate, baseline):
            began = time.perf_counter()
            work()
            times[work].append((time.perf_counter() - began) * 1000)
    ratios = [c / b for c, b in zip(times[candidate], times[baseline], strict=True)]
    return Ratio(
        median=statistics.median(times[candidate]) / statistics.median(times[baseline]),
        lowest=min(ratios),
        highest=max(ratios),
        baseline_ms=statistics.median(times[baseline]),
        candidate_ms=statistics.median(times[candidate]),
    )


def timed_ms(action: Callable[[], object], *, times: int, warm_up: int = 2) -> list[float]:
    """How long ``action`` takes each time."""
    for _ in range(warm_up):
        action()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def report(name: str, ratio: Ratio, goal: float) -> None:
    """Print one line; the goal is told, never asserted: machines are noisy."""
    met = "met" if ratio.median <= goal else "missed"
    print(
        f"\n{name}: {ratio.median:.2f} times the baseline "
        f"({ratio.candidate_ms:.1f} ms against {ratio.baseline_ms:.1f} ms; "
        f"rounds {ratio.lowest:.2f} to {ratio.highest:.2f}); goal {goal:g} {met}"
    )
