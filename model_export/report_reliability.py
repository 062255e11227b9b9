"""Where the bars of a reliability diagram stand (Guo et al. 2017, figure 1)."""

from dataclasses import dataclass
from typing import Final

from model_export.reliability import BINS, Reliability
from model_export.report_charts import Chart, Scale, Tick, whole_percent

FEW_IMAGES: Final = 20
"""The share of less than these that is right says little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBar:
    """One bin: how many were right, the gap to what was said, and how many images it holds.

    ``right_y``, ``said_y`` and ``count_y`` are heights where bars end; ``few``: less than
    ``FEW_IMAGES``.
    """

    x: float
    width: float
    right_y: float
    said_y: float
    count_y: float
    few: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityChart:
    """A reliability diagram, with the number of images per bin below."""

    frame: Chart
    bars: tuple[ReliabilityBar, ...]
    count_top: float
    count_bottom: float
    most: int


def reliability_chart(found: Reliability, title: str) -> ReliabilityChart:
    """Accuracy over confidence, one bar a bin that holds images."""
    side, counts = 260.0, 44.0
    left, top = 46.0, 10.0
    right, bottom = left + side, top + side
    across, up = Scale(0, 1, left, right), Scale(0, 1, bottom, top)
    count_top, count_bottom = bottom + 36, bottom + 36 + counts
    most = max(each.images for each in found.bins)
    bars = tuple(
        ReliabilityBar(
            x=across(index / BINS) + 0.5,
            width=side / BINS - 1,
            right_y=up(each.accuracy),
            said_y=up(each.confidence),
            count_y=Scale(0, most, count_bottom, count_top)(each.images),
            few=each.images < FEW_IMAGES,
            says=f"{each.images} {'image' if each.images == 1 else 'images'}: "
            f"{each.confidence:.1%} said, {each.accuracy:.1%} right",
        )
        for index, each in enumerate(found.bins)
        if each.images
    )
    fifths = [number / 5 for number in range(6)]
    frame = Chart(
        title=title,
        says=f"Reliability diagram of {found.images} images. Expected calibration error "
        f"{found.error:.1%}.",
        x_label="probability of the likeliest class",
        width=right + 12,
        height=count_bottom + 30,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        x_ticks=tuple(Tick(across(value), whole_percent(value)) for value in fifths),
        y_ticks=tuple(Tick(up(value), whole_percent(value)) for value in fifths),
    )
    return ReliabilityChart(
        frame=frame, bars=bars, count_top=count_top, count_bottom=count_bottom, most=most
    )
