"""The columns of a view's picture beside the photo: a map with its figures, and the classes.

What stands in a column is prepared as text and pixels first, so that its height is known before
the sheet is made; then it is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop_app.core.analysis import Analysis
from desktop_app.core.attribution_text import figures_of, question_text, scale_text
from desktop_app.core.attributions import Attribution
from desktop_app.core.figures import (
    MINUS,
    format_share,
    format_value,
    format_values,
    points_text,
    probability_text,
)
from desktop_app.core.interventions import InterventionOutcome
from desktop_app.core.maps import map_statistics
from desktop_app.core.opened_view import OpenedChannel, shown_classes
from desktop_app.core.picture_drawing import (
    ACCENT,
    AGAINST,
    SCALE,
    SECONDARY,
    Canvas,
    coloured_map,
    fitted,
)
from desktop_app.core.records import Pixels, Tensor
from desktop_app.core.view_file import View

TOP: Final = 122
"""Where the pictures begin: below two lines of title and a heading."""
HEADING: Final = TOP - 14
MAP_PX: Final = 340
CLASSES_PX: Final = 260
_VALUE_PX: Final = 96
"""Edge of the square that stands for a single value."""
_ROW_PX: Final = 40
_BAR_PX: Final = 6
_FIGURE_PX: Final = 40
_CHANGES_PX: Final = 34
"""From the last class down to the first change."""
_LINE_PX: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapColumn:
    """A map, large.

    Attributes:
        title: Over it.
        remark: Beside the title; may be empty.
        pixels: uint8 (h, w, 3), device pixels.
        colormap: Of the colour bar.
        legend: What its numbers hold for.
        low: The value of the first colour.
        high: The value of the last colour.
        figures: Each with its name.
        beside: So many figures stand beside each other.
    """

    title: str
    remark: str
    pixels: Pixels
    colormap: str
    legend: str
    low: str
    high: str
    figures: Sequence[tuple[str, str]]
    beside: int = 4

    @property
    def height(self) -> float:
        """From the map's upper edge down."""
        rows = -(-len(self.figures) // self.beside)
        return len(self.pixels) / SCALE + 38 + rows * _FIGURE_PX

    def draw(self, canvas: Canvas, left: float) -> None:
        """Draw it."""
        title = canvas.elided(self.title, MAP_PX, medium=True)
        canvas.text((left, HEADING), title, medium=True)
        if self.remark:
            indent = canvas.text_width(title, medium=True) + 10
            remark = canvas.elided(self.remark, MAP_PX - indent)
            canvas.text((left + indent, HEADING), remark, colour=SECONDARY)
        canvas.picture_at((left, TOP), self.pixels)
        below = TOP + self.pixels.shape[0] / SCALE
        self._draw_colour_bar(canvas, left, below + 24)
        for place, (name, text) in enumerate(self.figures):
            x = left + place % self.beside * MAP_PX / self.beside
            top = below + 40 + place // self.beside * _FIGURE_PX
            canvas.text((x, top + 12), name, size=11, colour=SECONDARY)
            canvas.text((x, top + 30), text)

    def _draw_colour_bar(self, canvas: Canvas, left: float, baseline: float) -> None:
        """``layer  0.00 ▒▒▒▓▓▓ 4.82``, as wide as the map if that leaves the numbers their room."""
        width = self.pixels.shape[1] / SCALE
        legend = canvas.elided(self.legend, MAP_PX / 2, 12)
        canvas.text((left, baseline), legend, size=12, colour=SECONDARY)
        x = left + canvas.text_width(legend, 12) + 10
        canvas.text((x, baseline), self.low, size=12, colour=SECONDARY)
        right = left + (width if width >= MAP_PX / 2 else MAP_PX)
        canvas.text((right, baseline), self.high, size=12, colour=SECONDARY, anchor="rs")
        start = x + canvas.text_width(self.low, 12) + 8
        end = right - canvas.text_width(self.high, 12) - 8
        canvas.gradient((start, baseline - 8, end, baseline), self.colormap)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class with its bar.

    Attributes:
        label: Of the class.
        number: Its probability in words.
        share: The same in 0..1.
        chosen: Whether it is the one asked about.
        mark: The probability in the untouched network; None where the network is that.
    """

    label: str
    number: str
    share: float
    chosen: bool
    mark: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassColumn:
    """The classes, each with its bar, and what of the network is changed."""

    rows: Sequence[ClassRow]
    changes: Sequence[str] = ()

    @property
    def height(self) -> float:
        """From the first class's upper edge down."""
        changes = _CHANGES_PX + len(self.changes) * _LINE_PX if self.changes else 0
        return len(self.rows) * _ROW_PX + changes

    def draw(self, canvas: Canvas, left: float) -> None:
        """Draw it."""
        canvas.text((left, HEADING), "Predictions", medium=True)
        for place, row in enumerate(self.rows):
            self._draw_row(canvas, row, left, TOP + place * _ROW_PX)
        if not self.changes:
            return
        indent = canvas.text_width("Predictions", medium=True) + 10
        canvas.text((left + indent, HEADING), "line marks untouched", size=12, colour=SECONDARY)
        below = TOP + len(self.rows) * _ROW_PX + _CHANGES_PX - 14
        canvas.text((left, below), "Changes of the network", medium=True)
        for place, change in enumerate(self.changes, 1):
            line = canvas.elided(change, CLASSES_PX, 12)
            canvas.text((left, below + place * _LINE_PX), line, size=12, colour=SECONDARY)

    def _draw_row(self, canvas: Canvas, row: ClassRow, left: float, top: float) -> None:
        right = left + CLASSES_PX
        canvas.text((right, top + 12), row.number, colour=SECONDARY, anchor="rs")
        room = CLASSES_PX - canvas.text_width(row.number) - 12
        if row.mark is not None:
            change = points_text(row.share - row.mark)
            colour = {"+": ACCENT, MINUS: AGAINST}.get(change[0], SECONDARY)
            place = (left + room, top + 12)
            canvas.text(place, change, size=12, colour=colour, anchor="rs")
            room -= canvas.text_width(change, 12) + 12
        label = canvas.elided(row.label, room, medium=row.chosen)
        if row.chosen:
            canvas.text((left, top + 12), label, medium=True, colour=ACCENT)
        else:
            canvas.text((left, top + 12), label)
        area = (left, top + 20, right, top + 20 + _BAR_PX)
        canvas.bar(area, row.share)
        if row.mark is not None:
            canvas.mark(area, row.mark)


def channel_column(view: View, analysis: Analysis, opened: OpenedChannel) -> MapColumn:
    """The open channel."""
    labels = analysis.model.labels
    is_class = opened.is_value and len(opened.maps) == len(labels)
    height, width = opened.maps.shape[1:]
    size = (_VALUE_PX * SCALE, _VALUE_PX * SCALE)
    if not opened.is_value:
        size = enlarged((width, height))
    low, high = format_values((opened.shown.low, opened.shown.high))
    return MapColumn(
        title=f"Channel {opened.channel}",
        remark=labels[opened.channel] if is_class else "",
        pixels=coloured_map(opened.one[0], opened.shown, view.colormap, size=size),
        colormap=view.colormap,
        legend=opened.legend,
        low=low,
        high=high,
        figures=_channel_figures(opened.one),
    )


def why_column(view: View, analysis: Analysis, attribution: Attribution) -> MapColumn:
    """The heat map that explains a class, in the channel's place."""
    height, width = attribution.values.shape
    shown, colormap = attribution.shown_range, attribution.colormap(view.colormap)
    low, high = format_values((shown.low, shown.high))
    return MapColumn(
        title=f"Why {question_text(attribution.question, analysis.model.labels)}",
        remark="",
        pixels=coloured_map(attribution.values, shown, colormap, size=enlarged((width, height))),
        colormap=colormap,
        legend=scale_text(attribution),
        low=f"against {low}" if attribution.signed else low,
        high=f"{high} for" if attribution.signed else high,
        figures=figures_of(attribution),
        beside=3,
    )


def class_column(
    view: View, analysis: Analysis, outcome: InterventionOutcome | None
) -> ClassColumn:
    """The classes that the view shows.

    Args:
        view: What is looked at.
        analysis: Of its image with its model.
        outcome: Of the view's changes of the network; None where it has none.
    """
    changed = None if outcome is None else outcome.probabilities
    before = None if outcome is None else outcome.untouched_probabilities
    rows = [
        ClassRow(
            label=row.label,
            number=probability_text(row.probability),
            share=row.probability,
            chosen=row.index == view.chosen_class,
            mark=None if before is None else float(before[row.index]),
        )
        for row in shown_classes(view, analysis, changed)
    ]
    return ClassColumn(rows=rows, changes=[str(one) for one in view.interventions])


def enlarged(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a map in device pixels: every value is a square of the same whole size."""
    factor = max(MAP_PX * SCALE // max(size), 1)
    if factor == 1:
        return fitted(size, (MAP_PX * SCALE, MAP_PX * SCALE))
    return size[0] * factor, size[1] * factor


def _channel_figures(one: Tensor) -> list[tuple[str, str]]:
    if one.shape[1:] == (1, 1):
        return [("value", format_value(float(one[0, 0, 0]), decimals=3))]
    figures = map_statistics(one)
    names = ("minimum", "mean", "maximum")
    values = [float(getattr(figures, name)[0]) for name in names]
    rows = list(zip(names, format_values(values, decimals=3), strict=True))
    return [*rows, ("zeros", format_share(float(figures.zeros[0])))]
