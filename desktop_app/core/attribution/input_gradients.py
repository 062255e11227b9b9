"""Gradients with respect to the picture: how the score follows the pixels.

x is the input tensor, y the score. Values are (H, W), one for each pixel of the input tensor;
three colours become one value as each paper has it.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.attribution.case import Case, Finding, Steps
from desktop_app.core.attributions import Completeness
from desktop_app.core.preprocessing import normalise
from desktop_app.core.records import Tensor

SAMPLES: Final = 48
"""Noisy copies, or steps: the papers find little change beyond 50."""
NOISE: Final = 0.15
"""Standard deviation, as a share of the input tensor's range; the paper's choice is 0.1 to 0.2."""
_SEED: Final = 0


def gradient(case: Case) -> Finding:
    """max_c |∂y/∂x|.

    Simonyan et al. 2014, "Deep Inside Convolutional Networks: Visualising Image Classification
    Models and Saliency Maps", section 3.1.
    """
    run = case.derivatives.at_input(case.tensor, case.weights, case.switch)
    return _largest(run.gradients[0], float(run.scores[0]), run.run_ms)


def guided_backprop(case: Case) -> Finding:
    """max_c |R|, where R goes back like the gradient, but past every ReLU only where it is above 0.

    Springenberg et al. 2015, "Striving for Simplicity: The All Convolutional Net", section 3.4.

    Raises:
        AttributionError: The network has no ReLU.
    """
    run = case.derivatives.at_input(case.tensor, case.weights, case.switch, guided=True)
    return _largest(run.gradients[0], float(run.scores[0]), run.run_ms)


def smoothgrad(case: Case) -> Steps:
    """max_c |(1/n) Σ ∂y/∂x at x + N(0, σ²)|, n copies; the same noise in every call.

    Smilkov et al. 2017, "SmoothGrad: removing noise by adding noise", section 2.1.
    """
    noise = np.random.default_rng(_SEED)
    spread = np.float32(NOISE * float(np.ptp(case.tensor)))
    total, run_ms = np.zeros(1, np.float64), 0.0
    for count, done in _portions(case, SAMPLES):
        shape = (count, *case.tensor.shape[1:])
        batch = case.tensor + spread * noise.standard_normal(shape, np.float32)
        run = case.derivatives.at_input(batch, case.weights, case.switch)
        total = total + run.gradients.sum(axis=0, dtype=np.float64)
        run_ms += run.run_ms
        case.progress(done, SAMPLES)
        yield
    score, more_ms = case.derivatives.scores(case.tensor, case.weights, case.switch)
    return _largest(total / SAMPLES, float(score[0]), run_ms + more_ms, runs=SAMPLES)


def integrated_gradients(case: Case) -> Steps:
    """Σ_c (x - x') ∫ ∂y/∂x at x' + a (x - x') da, a from 0 to 1; x' is a black picture.

    Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", equation 1. The integral is
    taken by Gauss and Legendre's rule. The values add up to y(x) - y(x'), but for the error of the
    rule, which is given as the paper advises (section 5): a large one asks for more steps.
    """
    baseline = _black(case)
    nodes, shares = np.polynomial.legendre.leggauss(SAMPLES)
    places, shares = (1 + nodes) / 2, shares / 2
    way = case.tensor - baseline
    total, run_ms = np.zeros(1, np.float64), 0.0
    for count, done in _portions(case, SAMPLES):
        part = slice(done - count, done)
        steps = places[part].reshape(-1, *[1] * (case.tensor.ndim - 1)).astype(np.float32)
        run = case.derivatives.at_input(baseline + steps * way, case.weights, case.switch)
        total = total + np.einsum("n,nchw->chw", shares[part], run.gradients.astype(np.float64))
        run_ms += run.run_ms
        case.progress(done, SAMPLES)
        yield
    values = (_channels_first(case, way)[0] * total).sum(axis=0)
    score, first_ms = case.derivatives.scores(case.tensor, case.weights, case.switch)
    without, second_ms = case.derivatives.scores(baseline, case.weights, case.switch)
    return Finding(
        values=values.astype(np.float32),
        score=float(score[0]),
        run_ms=run_ms + first_ms + second_ms,
        completeness=Completeness(
            total=float(values.sum()), difference=float(score[0] - without[0])
        ),
        runs=SAMPLES,
    )


def _portions(case: Case, total: int) -> list[tuple[int, int]]:
    """How many each run takes, and how many are done after it."""
    size = case.derivatives.images_at_once(case.tensor)
    ends = [*range(size, total, size), total]
    starts = [0, *ends[:-1]]
    return [(end - start, end) for start, end in zip(starts, ends, strict=True)]


def _black(case: Case) -> Tensor:
    """What the network is given of a black picture."""
    height, width = case.derivatives.input_size(case.tensor)
    spec = case.derivatives.model.preprocessing
    return normalise(np.zeros((height, width, 3), np.uint8), spec)


def _channels_first(case: Case, tensor: Tensor) -> Tensor:
    last = case.derivatives.model.preprocessing.layout == "NHWC"
    return np.moveaxis(tensor, -1, 1) if last else tensor


def _largest(gradients: NDArray[Any], score: float, run_ms: float, *, runs: int = 1) -> Finding:
    """The largest magnitude among the colours of (C, H, W)."""
    values = np.abs(gradients).max(axis=0).astype(np.float32)
    return Finding(values=values, score=score, run_ms=run_ms, runs=runs)
