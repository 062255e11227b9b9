"""How far probabilities can be trusted: what was said against what came true.

A probability is honest when, of all images whose likeliest class got 80 %, 80 % are right. The
figures are those of Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.predictions import log_of

BINS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """The images whose likeliest class got a probability in one range.

    Attributes:
        images: How many; where there is none, the other two are 0.
        confidence: Mean probability of the likeliest class, 0..1.
        accuracy: Share of the images that is right, 0..1.
    """

    images: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Probabilities against what came true.

    Attributes:
        bins: ``BINS`` of equal width from 0 to 1, each with its upper and without its lower end.
        likelihood_loss: Mean negative log-likelihood of the true class, in nats.
    """

    bins: tuple[ReliabilityBin, ...]
    likelihood_loss: float

    @property
    def images(self) -> int:
        """How many in all."""
        return sum(each.images for each in self.bins)

    @property
    def error(self) -> float:
        """Expected calibration error, 0..1: Σ n/N · abs(accuracy − confidence) (equation 3)."""
        misses = (b.images * abs(b.accuracy - b.confidence) for b in self.bins)
        return sum(misses) / self.images


def reliability(probabilities: NDArray[Any], targets: NDArray[np.int64]) -> Reliability:
    """Sort images by the probability of their likeliest class and see how many are right.

    Args:
        probabilities: Any float type (N, classes), N at least 1.
        targets: int64 (N,), the true classes.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == targets
    index = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    counts = np.bincount(index, minlength=BINS)
    sums, rights = (np.bincount(index, each, minlength=BINS) for each in (confidence, right))
    per_image = np.maximum(counts, 1)
    bins = zip(counts, sums / per_image, rights / per_image, strict=True)
    of_true = probabilities[np.arange(len(targets)), targets]
    return Reliability(
        bins=tuple(
            ReliabilityBin(images=int(count), confidence=float(mean), accuracy=float(share))
            for count, mean, share in bins
        ),
        likelihood_loss=float(-log_of(of_true).mean()),
    )
