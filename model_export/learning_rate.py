"""The learning rate over a run, as a pure function of how far it is.

A function of the progress alone needs no state in a checkpoint, and a run whose length changes
keeps a rate that can be told from its recipe.
"""

import math
from typing import Final, Literal

Schedule = Literal["one-cycle", "cosine", "trapezoid"]

_FIRST_SHARE: Final = 1 / 25
"""Of the peak rate, at the first step (the default of torch's OneCycleLR)."""
_LAST_SHARE: Final = _FIRST_SHARE / 1e4
"""Of the peak rate, at the end of one cycle (likewise)."""


def rate_share(schedule: Schedule, progress: float, *, warm_up: float, cool_down: float) -> float:
    """Say which share of the peak rate a step takes.

    ``one-cycle`` rises and falls along half cosines (Smith and Topin 2018); ``cosine`` rises
    linearly and falls along a half cosine to 0 (Loshchilov and Hutter 2017, without restarts);
    ``trapezoid`` rises linearly, stays, and falls linearly to 0 (Hägele et al. 2024, "Scaling laws
    and compute-optimal training beyond fixed training durations"): on its top it does not depend
    on how long the run will be.

    Args:
        schedule: Which shape.
        progress: Steps taken over steps in all, 0..1.
        warm_up: Share of the run in which the rate rises, 0..1, both excluded.
        cool_down: Share of the run in which ``trapezoid`` falls, above 0; the others fall from
            the end of the warm-up.

    Returns:
        A share in 0..1.
    """
    rising = progress / warm_up
    falling = (progress - warm_up) / (1 - warm_up)
    if schedule == "one-cycle":
        if rising < 1:
            return _half_cosine(_FIRST_SHARE, 1.0, rising)
        return _half_cosine(1.0, _LAST_SHARE, falling)
    if rising < 1:
        return _FIRST_SHARE + (1 - _FIRST_SHARE) * rising
    if schedule == "cosine":
        return _half_cosine(1.0, 0.0, falling)
    return min(1.0, (1 - progress) / cool_down)


def on_top(progress: float, *, warm_up: float, cool_down: float) -> bool:
    """Whether a trapezoid is at its peak rate at ``progress``."""
    return warm_up <= progress <= 1 - cool_down


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
