"""Where the marks of a report's charts stand. Their look is the template's affair.

A chart is a frozen value in SVG user units, origin at the top left. Colours are named by role, so
that the page can have a light and a dark side.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from matplotlib.ticker import MaxNLocator

from model_export.curves import EpochRecord
from model_export.gradient_flow import Flow

Role = Literal["quiet", "accent", "against"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 12.0, 40.0
_FEW_POINTS: Final = 20
"""Lines of no more points than these show each of them."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A number at an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One value. ``says`` is read out and shown under the pointer."""

    x: float
    y: float
    says: str
    role: Role = "accent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Marks joined in their order; drawn as dots too where they are few."""

    label: str
    role: Role
    marks: tuple[Mark, ...]
    dots: bool

    @property
    def path(self) -> str:
        """For an SVG polyline."""
        return " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the horizontal axis that has a name."""

    x: float
    width: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Axes and what stands between them.

    Attributes:
        title: What is drawn.
        says: The same in a sentence, for who cannot see it.
        x_label: Under the horizontal axis.
        width: Of the whole.
        height: Of the whole.
        left: Edge of the plot; so ``right``, ``top`` and ``bottom``.
    """

    title: str
    says: str
    x_label: str
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()


class Scale:
    """A linear or logarithmic way from values to places on an axis."""

    def __init__(
        self, low: float, high: float, start: float, end: float, *, logarithmic: bool = False
    ) -> None:
        self._place = math.log10 if logarithmic else float
        self._low, self._high = self._place(low), self._place(high)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        """The place of a value; the middle of the axis where it has no length."""
        if self._high == self._low:
            return (self._start + self._end) / 2
        share = (self._place(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)


def whole_percent(share: float) -> str:
    """A share for an axis: ``40 %``, with a space that does not break."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def curve_charts(history: Sequence[EpochRecord]) -> tuple[Chart, ...]:
    """Loss, accuracy and learning rate over the epochs; none without a history."""
    if not history:
        return ()
    held = "held out"
    return (
        _curves(
            "Cross entropy", history, ("loss", "training", "quiet"), ("val_loss", held, "accent")
        ),
        _curves(
            "Top-1 accuracy",
            history,
            ("accuracy", "training, augmented", "quiet"),
            ("val_accuracy", held, "accent"),
            ("val_accuracy_averaged", "held out, averaged weights", "against"),
            percent=True,
        ),
        _curves("Learning rate", history, ("rate", "last step of the epoch", "accent")),
    )


def gradient_chart(flow: Flow, *, relative: bool) -> Chart:
    """Each layer's gradient norm, or its quotient by the norm of the weights, logarithmically.

    A layer without any gradient has no place on a logarithmic axis and is left out.
    """
    norms = flow.gradient_norms[-1] / (flow.weight_norms[-1] if relative else 1.0)
    values = [(name, float(norm)) for name, norm in zip(flow.layers, norms, strict=True)]
    positive = [value for _, value in values if value > 0] or [1.0]
    lowest = math.floor(math.log10(min(positive)))
    highest = max(math.ceil(math.log10(max(positive))), lowest + 1)
    width, height = 1000.0, 250.0
    right, bottom = width - _RIGHT, height - _BOTTOM
    across = Scale(-0.5, len(values) - 0.5, _LEFT, right)
    up = Scale(10.0**lowest, 10.0**highest, bottom, _TOP, logarithmic=True)
    symbol = "‖∂L/∂W‖ / ‖W‖" if relative else "‖∂L/∂W‖"
    exponents = range(lowest, highest + 1)
    return Chart(
        title=f"Relative to the weights: {symbol}" if relative else f"Norm: {symbol}",
        says=f"{symbol} of {len(values)} layers, from {min(positive):.2g} to {max(positive):.2g}.",
        x_label="layer, from the input to the output",
        width=width,
        height=height,
        left=_LEFT,
        right=right,
        top=_TOP,
        bottom=bottom,
        y_ticks=tuple(
            Tick(up(10.0**e), f"{10.0**e:g}" if -4 < e < 5 else f"1e{e}") for e in exponents
        ),
        marks=tuple(
            Mark(
                x=across(index),
                y=up(value),
                says=f"{name}: {value:.3g}",
                role="against" if name.endswith("branch1") else "accent",
            )
            for index, (name, value) in enumerate(values)
            if value > 0
        ),
        bands=tuple(_bands([name for name, _ in values], across)),
    )


def _curves(
    title: str,
    history: Sequence[EpochRecord],
    *series: tuple[str, str, Role],
    percent: bool = False,
) -> Chart:
    width, height = 330.0, 230.0
    right, bottom = width - _RIGHT, height - _BOTTOM
    found = [
        (label, role, [(r.epoch, float(v)) for r in history if (v := getattr(r, key)) is not None])
        for key, label, role in series
    ]
    values = [value for _, _, points in found for _, value in points]
    epochs = [record.epoch for record in history]
    heights = _tick_values(0.0, max(values))
    across = Scale(epochs[0], epochs[-1], _LEFT, right)
    up = Scale(heights[0], heights[-1], bottom, _TOP)

    def text(value: float) -> str:
        return f"{value:.1%}" if percent else f"{value:.3g}"

    return Chart(
        title=title,
        says=f"{title} over {len(history)} epochs. At the end: "
        + ", ".join(f"{label} {text(points[-1][1])}" for label, _, points in found if points)
        + ".",
        x_label="epoch",
        width=width,
        height=height,
        left=_LEFT,
        right=right,
        top=_TOP,
        bottom=bottom,
        x_ticks=tuple(
            Tick(across(value), f"{value:.0f}")
            for value in _tick_values(epochs[0], epochs[-1], whole=True)
            if epochs[0] <= value <= epochs[-1]
        ),
        y_ticks=tuple(Tick(up(v), whole_percent(v) if percent else f"{v:g}") for v in heights),
        lines=tuple(
            Line(
                label=label,
                role=role,
                marks=tuple(
                    Mark(x=across(x), y=up(y), says=f"epoch {x}, {label}: {text(y)}", role=role)
                    for x, y in points
                ),
                dots=len(points) <= _FEW_POINTS,
            )
            for label, role, points in found
            if points
        ),
    )


def _tick_values(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers from ``low`` or below to ``high`` or above."""
    locator = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=whole)
    return [round(float(value), 12) for value in locator.tick_values(low, high)]


def _bands(names: Iterable[str], across: Scale) -> Iterable[Band]:
    """The stem, stages 2 to 5 and the head, as the layers' names tell."""
    stages = [f"stage {name[3]}" if name.startswith("res") else "" for name in names]
    for stage in dict.fromkeys(stages):
        if stage:
            first, last = stages.index(stage), len(stages) - 1 - stages[::-1].index(stage)
            start = across(first - 0.5)
            yield Band(x=start, width=across(last + 0.5) - start, label=stage)
