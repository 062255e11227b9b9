"""The one number that makes a network's probabilities honest.

Networks are surer, or more modest, than they are right. Dividing all logits by one temperature,
fitted on images that were not trained on, takes most of that away and changes no answer (Guo et
al. 2017, "On Calibration of Modern Neural Networks", section 4.2).

A fit flatters on the images that it was made on. So the figures "after" are cross-fitted: each half
of the images is judged at the temperature that the other half gave. Only where that beats no
temperature at all is the one fitted on all images taken; else it stays 1, and ``note`` says why.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from desktop_app.core.predictions import softmax
from model_export.reliability import Reliability, reliability

FEWEST_IMAGES: Final = 50
LOWEST: Final = 0.05
HIGHEST: Final = 20.0
"""What a temperature may be. Logits that want another are not miscalibrated but broken."""
_SEED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was found on held-out images.

    Attributes:
        temperature: To divide logits by; 1 where none can be told or none would help.
        note: Why it was left at 1; empty after a fit.
        before: At temperature 1.
        after: Each half at the temperature of the other half; ``before`` where it was left at 1.
    """

    temperature: float
    note: str
    before: Reliability
    after: Reliability

    def facts(self, on: str) -> dict[str, Any]:
        """Plain values for the training facts of a checkpoint or a card.

        Args:
            on: Name of the images, for people.
        """
        return {
            "temperature": self.temperature,
            "note": self.note,
            "on": on,
            "images": self.before.images,
            "error_before": round(self.before.error, 5),
            "error_after": round(self.after.error, 5),
            "likelihood_loss_before": round(self.before.likelihood_loss, 5),
            "likelihood_loss_after": round(self.after.likelihood_loss, 5),
        }


def temperature_in(training: Mapping[str, Any]) -> float:
    """The temperature in a checkpoint's training facts; 1 where none was fitted."""
    return float(training.get("calibration", {}).get("temperature", 1.0))


def fit_temperature(logits: NDArray[Any], targets: NDArray[np.int64]) -> Calibration:
    """The temperature under which the true classes are likeliest.

    The loss is convex in 1/T. Where every image is right it falls for ever towards T = 0, which
    would claim certainty; there, and with few images or those of one class, T is left at 1.

    Args:
        logits: Any float type (N, classes), finite, of N held-out images. Logarithms of
            probabilities will do: they are logits less a number per image.
        targets: int64 (N,), the true classes.

    Raises:
        ValueError: Shapes do not fit, there is no image, or a logit is not finite.
    """
    if logits.ndim != 2 or len(logits) != len(targets) or not len(targets):
        msg = f"{len(targets)} targets for logits of shape {logits.shape}"
        raise ValueError(msg)
    if not np.isfinite(logits).all():
        msg = "a logit is not finite"
        raise ValueError(msg)
    before = after = reliability(softmax(logits), targets)
    right = logits.argmax(axis=1) == targets
    temperature, note = 1.0, _obstacle(right, targets)
    if not note:
        cross_fitted = _cross_fitted(logits, targets, _halves(right))
        if cross_fitted.likelihood_loss < before.likelihood_loss:
            temperature, after = _best_temperature(logits, targets), cross_fitted
        else:
            note = "a temperature fitted on one half of the images does not help the other half"
    return Calibration(temperature=temperature, note=note, before=before, after=after)


def _obstacle(right: NDArray[np.bool_], targets: NDArray[np.int64]) -> str:
    """Why no temperature can be told; empty where one can."""
    if len(right) < FEWEST_IMAGES:
        return f"{len(right)} images are too few, {FEWEST_IMAGES} are needed"
    if (targets == targets[0]).all():
        return "all images are of one class"
    wrong = len(right) - int(right.sum())
    if wrong < 2:  # each half needs one
        return "all images but one are right" if wrong else "all images are right"
    return ""


def _halves(right: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two random halves with as many mistakes each; always the same ones."""
    generator = np.random.default_rng(_SEED)
    wrong_and_right = [generator.permutation(np.flatnonzero(right == value)) for value in (0, 1)]
    order = np.concatenate(wrong_and_right)
    return order[::2], order[1::2]


def _cross_fitted(
    logits: NDArray[Any],
    targets: NDArray[np.int64],
    halves: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> Reliability:
    judged = np.empty(logits.shape, np.float64)
    for half, other in (halves, halves[::-1]):
        judged[half] = logits[half] / _best_temperature(logits[other], targets[other])
    return reliability(softmax(judged), targets)


def _best_temperature(logits: NDArray[Any], targets: NDArray[np.int64]) -> float:
    """Where the mean negative log-likelihood is least, between ``LOWEST`` and ``HIGHEST``."""
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / math.exp(log_temperature)
        return float(-log_softmax(scaled, axis=1)[rows, targets].mean())

    bounds = (math.log(LOWEST), math.log(HIGHEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-5})
    return math.exp(found.x)
