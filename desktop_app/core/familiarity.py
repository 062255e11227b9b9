"""What a model's card tells of the pictures that its network knows, for :mod:`.doubt`.

Apart from the functions that use it, because cards are read before NumPy is loaded.
"""

from dataclasses import dataclass
from typing import Literal

DoubtScore = Literal["mahalanobis", "energy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How well a score tells other pictures from those that the network is for.

    Attributes:
        score: Which.
        against: What the other pictures are, for people ("photographs").
        images: How many others.
        familiar: How many pictures they were told from, which were not trained on.
        auroc: Probability that a picture of the others has the higher score; 0.5 tells nothing.
    """

    score: DoubtScore
    against: str
    images: int
    familiar: int
    auroc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Familiarity:
    """What a card says of the pictures that its network knows.

    Attributes:
        score: The one that separates better; the other's parameters are left out.
        layer: Whose activation are the features.
        mean: float32, little-endian (F,), of the features of length 1.
        axes: float16, little-endian (K, F): the directions in which these vary most.
        variances: Along the axes, K of them.
        rest: Variance along every other direction, on average.
        quantiles: The scores below which 1, 2, … 99 of 100 pictures lie that are of the training's
            kind but were not trained on, rising.
        images: How many pictures the quantiles are of.
        trained_on: How many training pictures the distribution is of.
        separation: As measured, for both scores.
    """

    score: DoubtScore
    layer: str = ""
    mean: bytes = b""
    axes: bytes = b""
    variances: tuple[float, ...] = ()
    rest: float = 1.0
    quantiles: tuple[float, ...] = ()
    images: int = 0
    trained_on: int = 0
    separation: tuple[Separation, ...] = ()
