"""What storing the weights smaller costs on real images, answer by answer.

The proof compares values on a few images and bounds how far rounding moves a probability. On
thousands of images there are always some between two classes, whose answer the least movement
turns, some to the better and some to the worse. So whole splits are judged by what a person would
notice: how much of the accuracy is lost (docs/decisions).
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import binomtest

from model_export.classified import Classified
from model_export.mismatches import AccuracyDiffersError
from model_export.storage import Storage
from model_export.verification import PROBABILITY_TOLERANCE

LOSS_LIMITS: Final[Mapping[Storage, float]] = {"float32": 0.0, "float16": 0.0005, "int8": 0.0025}
"""How much top-1 accuracy rounding may cost, as a share of the images, rounded down to whole ones:
of 10,000 images 5 and 25, of 120 none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingCost:
    """A model file's answers beside its checkpoint's.

    Attributes:
        images: On how many.
        changed: Images whose likeliest class is another.
        lost: Of these, right with the checkpoint and wrong with the file.
        gained: Of these, wrong with the checkpoint and right with the file.
        chance: Two-sided p-value of McNemar's exact test: how often as uneven a split of ``lost``
            and ``gained`` would come about if rounding were as good as it is bad; 1 when equal.
    """

    images: int
    changed: int
    lost: int
    gained: int
    chance: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a card."""
        return {**asdict(self), "chance": round(self.chance, 4)}


def compare_answers(
    of_file: Classified, of_checkpoint: Classified, storage: Storage
) -> RoundingCost:
    """Compare the answers on all images that both could read, and judge the difference.

    float32 rounds nothing: an answer may differ only between two classes whose probabilities the
    checkpoint itself holds equal within what the proof tolerates of each. Otherwise the accuracy
    may fall by no more than ``LOSS_LIMITS``.

    Args:
        of_file: The model file's.
        of_checkpoint: The checkpoint's, on the same split.
        storage: How the file stores its kernels.

    Raises:
        AccuracyDiffersError: The difference is more than that.
    """
    _, ours, theirs = np.intersect1d(
        of_file.positions, of_checkpoint.positions, assume_unique=True, return_indices=True
    )
    predicted, wanted = of_file.predicted[ours], of_checkpoint.predicted[theirs]
    right, was_right = of_file.right[ours], of_checkpoint.right[theirs]
    changed = np.flatnonzero(predicted != wanted)
    lost, gained = int((was_right & ~right).sum()), int((right & ~was_right).sum())
    cost = RoundingCost(
        images=len(ours),
        changed=len(changed),
        lost=lost,
        gained=gained,
        chance=float(binomtest(lost, lost + gained).pvalue) if lost + gained else 1.0,
    )
    said = of_checkpoint.probabilities[theirs[changed]]
    rows = np.arange(len(changed))
    lead = said[rows, wanted[changed]] - said[rows, predicted[changed]]
    if storage == "float32":
        turned = int((lead > 2 * PROBABILITY_TOLERANCE).sum())
        if turned:
            raise AccuracyDiffersError(
                f"{of_file.name}: {turned} of {cost.images} images get another answer, "
                "although float32 rounds nothing"
            )
    elif lost - gained > math.floor(LOSS_LIMITS[storage] * cost.images):
        before = int(was_right.sum())
        raise AccuracyDiffersError(
            f"{of_file.name}: {before} of {cost.images} right with the checkpoint, "
            f"{before - lost + gained} with the file; stored as {storage}, it may lose "
            f"{math.floor(LOSS_LIMITS[storage] * cost.images)}"
        )
    return cost
