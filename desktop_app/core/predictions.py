"""Scores → probabilities → the classes a person reads."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.records import Model, Prediction, Tensor

_SMALLEST: Final = float(np.finfo(np.float32).smallest_subnormal)


def softmax(logits: NDArray[Any]) -> Tensor:
    """Turn logits into probabilities.

    The largest logit is subtracted first, so that no finite input overflows (Goodfellow et al.
    2016, Deep Learning, equation 4.1 and the text after it).

    Args:
        logits: (..., classes), any float type; -inf is a class that cannot be.

    Returns:
        float32 of the same shape; each row sums to 1.
    """
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    shares: Tensor = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares


def temper(probabilities: NDArray[Any], temperature: float) -> Tensor:
    """Give probabilities the temperature that they would have had from their logits.

    A softmax forgets only what all logits have in common, so softmax(log p / T) is
    softmax(logits / T), the calibrated probabilities of Guo et al. 2017, "On Calibration of Modern
    Neural Networks", equation 9. Above 1 it makes them more modest, below 1 surer. No two classes
    change places; what float32 cannot tell apart becomes equal.

    Args:
        probabilities: (..., classes), each row sums to 1.
        temperature: Above 0; 1 leaves them as they are, bit for bit.

    Returns:
        float32 of the same shape; each row sums to 1.
    """
    if temperature == 1:
        return probabilities.astype(np.float32, copy=False)
    return softmax(log_of(probabilities) / temperature)


def calibrated(scores: NDArray[Any], model: Model) -> Tensor:
    """What the model's output says, as probabilities at the temperature of its card.

    Args:
        scores: (..., classes), the graph's output: probabilities, ratings or logits, as the model
            says.
        model: Whose output it is.

    Returns:
        float32 of the same shape; each row sums to 1.
    """
    if model.output_is_probabilities:
        return temper(scores, model.temperature)
    if model.output_is_ratings:
        scores = log_odds(scores)
    return softmax(scores / model.temperature)


def log_of(probabilities: NDArray[Any]) -> NDArray[np.float64]:
    """Logarithms, finite also where a float32 softmax came to 0: then of its smallest number."""
    logarithms: NDArray[np.float64] = np.log(np.maximum(probabilities, _SMALLEST, dtype=np.float64))
    return logarithms


def log_odds(ratings: NDArray[Any]) -> NDArray[np.float64]:
    """The inputs of a sigmoid, finite also where float32 came to 0 or 1.

    With each class right or wrong by itself, P(k alone) is in proportion to p_k Π_{j≠k} (1 - p_j),
    so to the odds p_k / (1 - p_k): a softmax of what is returned gives P(k | one class alone).
    """
    wide = ratings.astype(np.float64)
    rest = np.maximum(1 - wide, float(np.finfo(np.float32).epsneg))
    odds: NDArray[np.float64] = log_of(wide) - np.log(rest)
    return odds


def top_k(probabilities: NDArray[Any], labels: Sequence[str], k: int) -> tuple[Prediction, ...]:
    """The ``k`` likeliest classes, likeliest first; equal ones in the order of the labels.

    Args:
        probabilities: (classes,).
        labels: One per class.
        k: How many; more than there are classes means all of them.

    Raises:
        ValueError: ``k`` below 1, or labels and probabilities of different lengths.
    """
    if k < 1:
        msg = f"k must be at least 1, not {k}"
        raise ValueError(msg)
    if probabilities.shape != (len(labels),):
        msg = f"{len(labels)} labels for probabilities of shape {probabilities.shape}"
        raise ValueError(msg)
    return tuple(
        Prediction(label=labels[index], index=index, probability=float(probabilities[index]))
        for index in ranking(probabilities)[:k]
    )


def ranking(probabilities: NDArray[Any]) -> list[int]:
    """The indices of the classes, likeliest first; equal ones in their order."""
    # Stable on the negated values: ties keep their index order, which a reversed sort would not.
    order: list[int] = np.argsort(-probabilities, kind="stable").tolist()
    return order


def as_text(predictions: Iterable[Prediction]) -> str:
    """Predictions for the clipboard: one line each, "97.31 %<tab>label"."""
    return "\n".join(f"{100 * p.probability:.2f} %\t{p.label}" for p in predictions)
