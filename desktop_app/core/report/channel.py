"""The page's sections on the open channel, and on all channels of its layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.analysis import Analysis
from desktop_app.core.channel_order import ChannelOrder, arranged, channel_scores, dead_channels
from desktop_app.core.colour_tables import is_diverging
from desktop_app.core.figures import format_shape, format_share, format_value, format_values
from desktop_app.core.html_page import png_address
from desktop_app.core.map_names import Criterion
from desktop_app.core.maps import channel_ranges, map_statistics
from desktop_app.core.opened_view import OpenedChannel, receptive_field_text
from desktop_app.core.picture_drawing import coloured_map, fitted, gradient_row
from desktop_app.core.records import Tensor
from desktop_app.core.report.grid import GridPicture, grid_picture
from desktop_app.core.view_file import View

_MAP_PX: Final = 400
_SORTED_BY: Final = {
    "number": "number",
    "mean": "mean",
    "maximum": "maximum",
    "zeros": "share of zeros",
    "variance": "variance",
    "similarity": "similarity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPart:
    """The open layer and its channel."""

    layer: str
    shape: str
    field: str
    channel: int
    label: str
    address: str
    width: int
    height: int
    legend: str
    low: str
    high: str
    gradient: str
    figures: Sequence[tuple[str, str]]
    grid: GridPicture | None
    order: str


def channel_part(view: View, analysis: Analysis, opened: OpenedChannel) -> ChannelPart:
    """What the page shows of the open channel and its layer."""
    labels = analysis.model.labels
    is_class = opened.is_value and len(opened.maps) == len(labels)
    height, width = opened.maps.shape[1:]
    laid_out = (96, 96) if opened.is_value else fitted((width, height), (_MAP_PX, _MAP_PX))
    low, high = format_values((opened.shown.low, opened.shown.high))
    order = _order(view, opened)
    return ChannelPart(
        layer=view.layer,
        shape=format_shape(opened.maps.shape),
        field=receptive_field_text(analysis.model, view.layer),
        channel=opened.channel,
        label=labels[opened.channel] if is_class else "",
        address=png_address(coloured_map(opened.one[0], opened.shown, view.colormap)),
        width=laid_out[0],
        height=laid_out[1],
        legend=opened.legend,
        low=low,
        high=high,
        gradient=png_address(gradient_row(view.colormap)),
        figures=_channel_figures(opened.one),
        grid=grid_picture(
            opened.maps,
            _grid_ranges(view, opened),
            view.colormap,
            channels=order.channels,
            chosen=opened.channel,
        ),
        order=_order_text(view, order),
    )


def _grid_ranges(view: View, opened: OpenedChannel) -> NDArray[np.float64]:
    """The range of every tile: the view's own numbers, or each channel's."""
    if view.scale is not None and view.scale.kind == "channel" and not opened.is_value:
        return channel_ranges(opened.maps, symmetric=is_diverging(view.colormap))
    return np.array([[opened.shown.low, opened.shown.high]])


def _order(view: View, opened: OpenedChannel) -> ChannelOrder:
    """The channels in the view's order; in that of their numbers where it needs a class."""
    statistics = map_statistics(opened.maps)
    scores = None
    if view.sort in _SORTED_BY:
        criterion = cast("Criterion", view.sort)
        similar_to = min(view.similar_to, len(opened.maps) - 1)
        scores = channel_scores(criterion, opened.maps, statistics, similar_to=similar_to)
    pinned = tuple(pin for pin in view.pins if pin < len(opened.maps))
    dead = dead_channels(statistics)
    return arranged(scores, dead=dead, hide_dead=view.hide_dead, pinned=pinned)


def _order_text(view: View, order: ChannelOrder) -> str:
    words = f"Sorted by {_SORTED_BY.get(view.sort, 'number')}, row by row"
    if view.sort == "similarity":
        words = f"Sorted by similarity to channel {view.similar_to}, row by row"
    if order.pinned:
        words += f"; {order.pinned} pinned first"
    if order.hidden:
        words += f"; {order.hidden} dead left out"
    return f"{words}."


def _channel_figures(one: Tensor) -> list[tuple[str, str]]:
    if one.shape[1:] == (1, 1):
        return [("value", format_value(float(one[0, 0, 0]), decimals=3))]
    found = map_statistics(one)
    names = ("minimum", "mean", "maximum")
    values = [float(getattr(found, name)[0]) for name in names]
    rows = list(zip(names, format_values(values, decimals=3), strict=True))
    rows.append(("zeros", format_share(float(found.zeros[0]))))
    if missing := int(found.not_finite[0]):
        rows.append(("not finite", str(missing)))
    return rows
