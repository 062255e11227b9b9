"""How unlike the pictures that a network was trained on is this one?

A softmax has no class for "none of these", and is often sure where nothing fits. The features of
the training pictures lie in a small part of their space; how far a picture's own features are from
it tells more. The build step measures where they lie and writes it on the card
(``model-export doubt``); here it is compared with one picture.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.familiarity import DoubtScore, Familiarity
from desktop_app.core.records import Activations, Model, Tensor

UNUSUAL_FROM: Final = 0.95
UNLIKE_FROM: Final = 0.99
"""Of a hundred pictures like those of the training, five are called unusual, and one unlike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How unlike the training's pictures one picture is.

    Attributes:
        rank: Share of the familiar pictures that are less unlike, 0..0.99.
        score: The score itself, in its own unit.
        kind: Which score.
    """

    rank: float
    score: float
    kind: DoubtScore

    @property
    def sentence(self) -> str:
        """What a person should know; empty where there is nothing to doubt."""
        if self.rank < UNUSUAL_FROM:
            return ""
        share = f"{100 * self.rank:.0f}\N{NO-BREAK SPACE}%"
        if self.rank < UNLIKE_FROM:
            return f"Unusual: less like the training pictures than {share} of their kind."
        return (
            f"Unlike anything the network was trained on (more than {share} of pictures of "
            "that kind). Perhaps none of the classes fits."
        )


def judge(model: Model, activations: Activations) -> Doubt | None:
    """Compare one picture with those that the model's card tells of; None where it tells nothing.

    Args:
        model: With its card.
        activations: Of the picture: the card's layer of features, or the logits.
    """
    card = None if model.card is None else model.card.doubt
    if card is None or not card.quantiles:
        return None
    name = card.layer if card.score == "mahalanobis" else model.logits_name
    values = activations.values.get(name)
    if values is None:
        return None
    row = values.reshape(1, -1)
    score = float((mahalanobis(row, card) if card.score == "mahalanobis" else energy(row))[0])
    rank = int(np.searchsorted(np.asarray(card.quantiles), score)) / (len(card.quantiles) + 1)
    return Doubt(rank=rank, score=score, kind=card.score)


def mahalanobis(features: Tensor, card: Familiarity) -> NDArray[np.float64]:
    """Distance from the Gaussian of the training's features, in standard deviations squared.

    Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples", with
    one mean for all classes, on features of length 1 (Mueller and Hein 2025, "Mahalanobis++"), and
    the covariance of probabilistic PCA (Tipping and Bishop 1999): K axes, and one variance for all
    other directions. So it fits on a card: the full one of 2048 features would take 16 MB.

    Args:
        features: float32 (N, F).
        card: With ``mean``, ``axes``, ``variances`` and ``rest``.

    Returns:
        float64 (N,); infinite where a feature is not finite.
    """
    mean = np.frombuffer(card.mean, "<f4").astype(np.float64)
    axes = np.frombuffer(card.axes, "<f2").astype(np.float64).reshape(-1, len(mean))
    away = unit_length(features) - mean
    along = away @ axes.T
    # Not the difference of two squares: the axes are rounded, and it would show their rounding.
    beside = ((away - along @ axes) ** 2).sum(axis=1)
    squared = (along**2 / np.asarray(card.variances)).sum(axis=1) + beside / card.rest
    return np.where(np.isfinite(squared), squared, np.inf)


def energy(logits: Tensor) -> NDArray[np.float64]:
    """The free energy, -log Σ exp(logit): low where some class fits well.

    Liu et al. 2020, "Energy-based out-of-distribution detection", equation 4 with T = 1.

    Args:
        logits: float32 (N, classes).
    """
    total: NDArray[np.float64] = np.logaddexp.reduce(logits.astype(np.float64), axis=1)
    return -total


def unit_length(features: Tensor) -> NDArray[np.float64]:
    """Every row of float (N, F) at Euclidean length 1; rows of zeros stay so."""
    wide = features.astype(np.float64)
    lengths = np.sqrt((wide**2).sum(axis=1, keepdims=True))
    return wide / np.where(lengths > 0, lengths, 1.0)
