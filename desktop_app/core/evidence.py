"""How much each channel of a layer speaks for a class: gradient × activation, summed over a map.

What the numbers mean, and where they come from, stands in :mod:`desktop_app.core.graph.evidence`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from desktop_app.core.errors import GradientError
from desktop_app.core.records import Tensor, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelEvidence:
    """The channels' scores of one image for one class, of all layers, from one run.

    Attributes:
        scores: Layer name → float32 (channels,), read-only, in units of the logit: above 0 speaks
            for the class, below 0 against it.
        refused: Layer name → why it has no scores.
        run_ms: Wall-clock milliseconds of the run.
    """

    scores: Mapping[str, Tensor]
    refused: Mapping[str, GradientError]
    run_ms: float


def weights_for(class_index: int, classes: int, *, against: int | None = None) -> Tensor:
    """What is asked about: one class, or why it and not another.

    Args:
        class_index: That speaks with 1.
        classes: How many there are.
        against: That speaks with -1.

    Returns:
        float32 (1, classes), read-only.

    Raises:
        IndexError: There is no such class.
    """
    weights = np.zeros((1, classes), np.float32)
    weights[0, class_index] = 1
    if against is not None:
        weights[0, against] -= 1
    return read_only(weights)
