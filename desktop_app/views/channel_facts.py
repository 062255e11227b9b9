"""What is said of the chosen channel beside its map: in words, and as the bars of a histogram."""

from desktop_app.core.figures import format_field
from desktop_app.core.maps import ValueRange, histogram, layer_range
from desktop_app.core.records import Tensor
from desktop_app.intervening import changed_by
from desktop_app.state import LensState
from desktop_app.views.compared_maps import drawn_side, side_caption
from desktop_app.views.histogram_plot import HistogramBars
from desktop_app.views.shown_field import field_of
from desktop_app.views.shown_maps import class_label


def bars_of(values: Tensor, *, zeros: float) -> HistogramBars:
    """The histogram of one map without its exact zeros.

    After a ReLU most values are zero: with them, all other bars would be hairlines. Their share
    stands among the figures.
    """
    kept = values[values != 0]
    if kept.size == 0:
        return HistogramBars(counts=(0,) * 32, values=ValueRange(0, 0), note="all zero")
    shown = layer_range(kept.reshape(1, 1, -1))
    counts = tuple(histogram(kept, shown).tolist())
    return HistogramBars(counts=counts, values=shown, note="without zeros" if zeros > 0 else "")


def subtitle_of(state: LensState, maps: "Tensor | None", channel: int) -> str:
    """Class and layer, and how much of the network's input a position sees."""
    label = "" if maps is None else class_label(state, maps, channel)
    parts = [label, state.layer or "", side_caption(state)]
    if (field := field_of(state)) is not None:
        parts.append(f"receptive field {format_field(field.size)}")
    if maps is not None and is_before_change(state, channel):
        parts.append("before the change")
    return " · ".join(part for part in parts if part)


def is_before_change(state: LensState, channel: int) -> bool:
    """Whether the channel has another factor now than when its map was computed."""
    if drawn_side(state) == "a":
        return False
    return changed_by(state).factor("channel", state.layer or "", channel) != 1
