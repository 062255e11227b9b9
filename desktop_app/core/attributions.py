"""Why this class: a heat map over the picture, and the question that it answers.

How it is computed stands in :mod:`desktop_app.core.explaining`; the records here are for all who
show it, and load neither ONNX nor ONNX Runtime.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.colour_tables import is_diverging
from desktop_app.core.map_names import Method
from desktop_app.core.maps import ValueRange
from desktop_app.core.records import Model, Tensor

_CAPPED_AT: Final = 99
"""Percentile: few pixels are so far above the rest that these would be black without a cap
(Smilkov et al. 2017, section 3.1)."""
_SIGNED_COLOURS: Final = "crameri:berlin_r"
"""Blue for the class, red against it, black where neither."""
_UNSIGNED_COLOURS: Final = "inferno"
_CAPPED: Final = frozenset({"gradient", "smoothgrad", "guided-backprop", "integrated-gradients"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """What the attributions add up to, and what they should (Sundararajan et al. 2017, eq. 2).

    Attributes:
        total: Σ of the attributions of all pixels and colours.
        difference: The picture's score less the baseline's.
    """

    total: float
    difference: float

    @property
    def error(self) -> float:
        """How far they are from it, in units of the score."""
        return abs(self.total - self.difference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be explained, and how.

    Attributes:
        method: See :data:`~desktop_app.core.attribution.methods.METHODS`.
        class_index: That is explained.
        against: Why it and not this one; None for the class alone.
        layer: Whose maps are looked at; None for the last one with maps. Only of methods that can
            be asked at any layer.
    """

    method: Method
    class_index: int
    against: int | None = None
    layer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attribution:
    """A heat map that explains one class, in one picture.

    Attributes:
        question: That it answers.
        values: float32 (h, w), read-only: the rows and columns divide the part of the picture that
            the network was given evenly. Below 0 speaks against the class, where the method tells.
        layer: Whose maps were looked at; empty for methods that explain the input.
        score: The class's logit, or its lead over the other one.
        completeness: What integrated gradients add up to; None for other methods.
        runs: How many pictures the network was given.
        run_ms: Wall-clock milliseconds that the network ran.
        total_ms: Loading and all the rest included, but not what was answered in between.
    """

    question: Question
    values: Tensor
    layer: str
    score: float
    completeness: Completeness | None
    runs: int
    run_ms: float
    total_ms: float

    @property
    def signed(self) -> bool:
        """Whether values below 0 speak against the class."""
        return METHODS[self.question.method].signed

    @property
    def is_capped(self) -> bool:
        """Whether a hundredth of the pixels lies beyond :attr:`shown_range`."""
        return self.question.method in _CAPPED

    @property
    def shown_range(self) -> ValueRange:
        """The values at the ends of a colour table: symmetric where signed, else from 0."""
        finite = np.abs(self.values[np.isfinite(self.values)])
        reach = 0.0
        if finite.size:
            reach = float(np.percentile(finite, _CAPPED_AT) if self.is_capped else finite.max())
        return ValueRange(-reach if self.signed else 0.0, reach)

    def colormap(self, wanted: str = _UNSIGNED_COLOURS) -> str:
        """The table that the map is drawn in: ``wanted``, unless its middle means another thing."""
        if self.signed:
            return _SIGNED_COLOURS
        return _UNSIGNED_COLOURS if is_diverging(wanted) else wanted


def question_about(
    model: Model, method: Method, class_index: int, *, against: int | None, layer: str | None
) -> Question:
    """What is asked, where only what fits is asked.

    Args:
        model: That is to be explained.
        method: How.
        class_index: The class that is explained.
        against: The class it is held against; itself means none.
        layer: Whose maps are wanted; the last one's where these are none, or the method does not
            look at a layer. None for the last one's.
    """
    fits = METHODS[method].at_layer and layer in mapped_layers(model)
    return Question(
        method=method,
        class_index=class_index,
        against=None if against == class_index else against,
        layer=layer if fits else None,
    )


def mapped_layers(model: Model) -> tuple[str, ...]:
    """The layers whose channels are maps, in the order of computation."""
    return tuple(
        layer.name
        for layer in model.layers
        if len(layer.shape) == 3 and layer.shape[1] * layer.shape[2] > 1
    )
