"""The moving average of the weights, as a function for torch's AveragedModel."""

from collections.abc import Callable
from typing import Any

import torch


def moving_average(decay: float) -> Callable[[Any, Any, Any], None]:
    """An exponential moving average whose decay rises to ``decay``: min(decay, (1+n)/(10+n)).

    n counts the steps. Without the rise, the first 1/(1 - decay) steps' averages would remember
    the random weights of the start (TensorFlow's ExponentialMovingAverage does the same).
    """

    @torch.no_grad()
    def update(averages: Any, values: Any, count: Any) -> None:  # noqa: ANN401 - torch's protocol
        weight = 1 - min(decay, (1 + int(count)) / (10 + int(count)))
        if torch.is_floating_point(averages[0]):
            torch._foreach_lerp_(averages, values, weight)
        else:  # batch norm's count of batches
            for average, value in zip(averages, values, strict=True):
                average.copy_(value)

    return update
