"""Occlusion: hide a place, and see what the class loses. Needs no derivative.

A square of grey slides over the picture in steps of a third of its side or so; each pixel gets the
mean loss of the squares that hid it. It asks what a person would ask, and is the slowest method.
"""

from itertools import product
from typing import Final

import numpy as np

from desktop_app.core.attribution.case import Case, Finding, Steps
from desktop_app.core.preprocessing import normalise
from desktop_app.core.records import Tensor

PATCHES_PER_SIDE: Final = 5
"""How many squares fit side by side along the shorter side."""
STEPS_PER_PATCH: Final = 3
_GREY: Final = 128


def occlusion(case: Case) -> Steps:
    """For each pixel, the mean of y(x) - y(x with a grey square) over the squares upon it.

    Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2,
    figure 7; the mean over overlapping squares as in Captum's ``Occlusion``.
    """
    derivatives = case.derivatives
    height, width = derivatives.input_size(case.tensor)
    places = squares(height, width)
    (score,), run_ms = derivatives.scores(case.tensor, case.weights, case.switch)
    grey = normalise(np.full((height, width, 3), _GREY, np.uint8), derivatives.model.preprocessing)
    losses = np.zeros((height, width), np.float64)
    counts = np.zeros((height, width), np.int64)
    done = 0
    size = derivatives.images_at_once(case.tensor)
    for some in (places[start : start + size] for start in range(0, len(places), size)):
        batch = np.repeat(case.tensor, len(some), axis=0)
        for one, (top, left, bottom, right) in zip(batch, some, strict=True):
            _part(case, one, (top, left, bottom, right))[:] = _part(
                case, grey[0], (top, left, bottom, right)
            )
        scores, more_ms = derivatives.scores(batch, case.weights, case.switch)
        for (top, left, bottom, right), hidden_score in zip(some, scores, strict=True):
            losses[top:bottom, left:right] += score - hidden_score
            counts[top:bottom, left:right] += 1
        run_ms += more_ms
        done += len(some)
        case.progress(done, len(places))
        yield
    return Finding(
        values=(losses / counts).astype(np.float32),
        score=float(score),
        run_ms=run_ms,
        runs=len(places),
    )


def squares(height: int, width: int) -> list[tuple[int, int, int, int]]:
    """The places to hide, (top, left, bottom, right): every pixel lies in at least one."""
    side = max(round(min(height, width) / PATCHES_PER_SIDE), 1)
    step = max(side // STEPS_PER_PATCH, 1)
    tops, lefts = (_starts(length, side, step) for length in (height, width))
    return [(top, left, top + side, left + side) for top, left in product(tops, lefts)]


def _starts(length: int, side: int, step: int) -> list[int]:
    """Regular, and the last square ends with the picture."""
    last = length - side
    return [*range(0, last, step), last]


def _part(case: Case, one: Tensor, place: tuple[int, int, int, int]) -> Tensor:
    """A view of the place in one image of an input tensor."""
    top, left, bottom, right = place
    if case.derivatives.model.preprocessing.layout == "NHWC":
        return one[top:bottom, left:right]
    return one[:, top:bottom, left:right]
