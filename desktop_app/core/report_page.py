"""An analysis as one self-contained HTML page: to keep, to print, to send.

:func:`analysis_page` takes what the window shows (analysis and view) and gives the page's text;
what stands on it is prepared here, how it looks stands in the template
(``resources/report/analysis.html``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.analysis import Analysis
from desktop_app.core.channel_order import ChannelOrder, arranged, channel_scores, dead_channels
from desktop_app.core.colour_tables import is_diverging
from desktop_app.core.console import path_text
from desktop_app.core.figures import (
    format_shape,
    format_share,
    format_value,
    format_values,
    probability_text,
)
from desktop_app.core.html_page import jpeg_address, page_environment, png_address, style_hash
from desktop_app.core.images import shrunk
from desktop_app.core.map_names import Criterion
from desktop_app.core.maps import channel_ranges, map_statistics
from desktop_app.core.picture_drawing import coloured_map, fitted, gradient_row, seen_photo
from desktop_app.core.preprocessing import input_rectangle, preprocessing_steps
from desktop_app.core.records import Accuracy, Model, Preprocessing, PreprocessingStep, Tensor
from desktop_app.core.report_grid import GridPicture, grid_picture
from desktop_app.core.view_file import View
from desktop_app.core.view_picture import (
    OpenedChannel,
    opened_channel,
    receptive_field_text,
    shown_classes,
)

_PHOTO_PX: Final = 1200
"""Longest side of the photo: sharp on a screen at 200 %, and some hundred kilobytes."""
_STEP_PX: Final = 112
"""Longest side of a step's picture, as it is laid out."""
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
class ClassRow:
    """One class with its bar; ``length`` is in 0..100."""

    label: str
    probability: str
    length: float
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPicture:
    """One step of preprocessing; lengths as it is laid out, in pixels."""

    name: str
    size: str
    note: str
    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """One layer of the table; ``length`` is the share of zeros in 0..100."""

    name: str
    kind: str
    shape: str
    mean: str
    zeros: str
    length: float
    chosen: bool


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


def analysis_page(view: View, analysis: Analysis, *, resources: Path, written: str) -> str:
    """The page, UTF-8 text.

    Args:
        view: What is open of the analysis, and how it is drawn.
        analysis: Of the view's image with its model.
        resources: The folder with ``report/analysis.html`` and ``analysis.css``.
        written: When, for people.

    Raises:
        ViewFileError: The model has no such layer or channel.
    """
    from jinja2 import FileSystemLoader  # noqa: PLC0415 - only for pages
    from markupsafe import Markup  # noqa: PLC0415 - as that

    environment = page_environment(FileSystemLoader(resources / "report"))
    style = environment.get_template("analysis.css").render()
    image, model, classification = analysis.image, analysis.model, analysis.classification
    opened = opened_channel(view, analysis)
    width, height = image.size
    return environment.get_template("analysis.html").render(
        # The policy's hash is over these very characters.
        style=Markup(style),  # noqa: S704 - from the program's own file
        style_hash=style_hash(style),
        written=written,
        image=image,
        name=path_text(image.name),
        size=f"{width} × {height}",
        title=path_text(model.title),
        photo=_photo_address(view, analysis, opened),
        classes=_class_rows(view, analysis),
        steps=[_step_picture(step) for step in preprocessing_steps(image, model.preprocessing)],
        channel=None if opened is None else _channel_part(view, analysis, opened),
        facts=_model_facts(model),
        accuracies=[_accuracy(each) for each in (model.card.accuracy if model.card else ())],
        provider=classification.provider,
        timings=_timings(analysis),
        layers=_layer_rows(view, analysis),
        overlaid=opened is not None and view.overlay and not opened.is_value,
    )


def _photo_address(view: View, analysis: Analysis, opened: OpenedChannel | None) -> str:
    overlay = None
    if opened is not None and view.overlay and not opened.is_value:
        overlay = (opened.one[0], opened.shown, view.colormap)
    size = analysis.image.size
    room = min(_PHOTO_PX, max(size))
    photo = seen_photo(
        analysis.image.pixels,
        fitted(size, (room, room)),
        crop=input_rectangle(size, analysis.model.preprocessing),
        overlay=overlay,
        opacity=view.overlay_opacity,
    )
    return jpeg_address(photo)


def _class_rows(view: View, analysis: Analysis) -> list[ClassRow]:
    return [
        ClassRow(
            label=row.label,
            probability=probability_text(row.probability),
            length=100 * row.probability,
            chosen=row.index == view.chosen_class,
        )
        for row in shown_classes(view, analysis)
    ]


def _step_picture(step: PreprocessingStep) -> StepPicture:
    height, width = step.preview.shape[:2]
    laid_out = fitted((width, height), (_STEP_PX, _STEP_PX))
    return StepPicture(
        name=step.name,
        size=f"{step.size[0]} × {step.size[1]}",
        note=step.note,
        address=png_address(shrunk(step.preview, 2 * _STEP_PX)),
        width=laid_out[0],
        height=laid_out[1],
    )


def _channel_part(view: View, analysis: Analysis, opened: OpenedChannel) -> ChannelPart:
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


def _model_facts(model: Model) -> list[tuple[str, str]]:
    """What the card says, as (name, text); of a file without one, what was assumed."""
    card = model.card
    facts = [
        ("Model", path_text(model.title)),
        ("Name", path_text(model.name)),
        ("Classes", f"{len(model.labels)}"),
        ("Input", _input_text(model.preprocessing)),
        ("Temperature", f"{model.temperature:g}"),
    ]
    if card is None:
        return [*facts, *(("Assumed", each) for each in model.assumptions)]
    return [
        *facts,
        ("Licence", card.licence or "not said"),
        ("Source", card.source or "not said"),
        ("Weights (SHA-256)", card.weights_sha256 or "not said"),
    ]


def _input_text(spec: Preprocessing) -> str:
    shorter = f", shorter side {spec.shorter_side}" if spec.shorter_side is not None else ""
    rule = "stretched" if spec.resize_rule == "stretch" else f"centre crop{shorter}"
    return f"{spec.width} × {spec.height} {spec.channel_order}, {rule}, {spec.interpolation}"


def _accuracy(accuracy: Accuracy) -> tuple[str, str, str, str]:
    top5 = "–" if accuracy.top5 is None else format_share(accuracy.top5)
    return accuracy.name, f"{accuracy.images:,}", format_share(accuracy.top1), top5


def _timings(analysis: Analysis) -> list[tuple[str, str]]:
    timing = analysis.classification.timing
    return [
        ("decode", f"{timing.decode_ms:.1f} ms"),
        ("preprocess", f"{timing.preprocess_ms:.1f} ms"),
        ("run", f"{timing.run_ms:.1f} ms"),
        ("run with activations", f"{analysis.activations.run_ms:.1f} ms"),
    ]


def _layer_rows(view: View, analysis: Analysis) -> list[LayerRow]:
    rows = []
    for layer in analysis.model.layers:
        maps = analysis.activations.values.get(layer.name)
        if maps is None:
            continue
        zeros = 1 - np.count_nonzero(maps) / maps.size
        rows.append(
            LayerRow(
                name=layer.name,
                kind=layer.kind,
                shape=format_shape(layer.shape),
                mean=format_value(float(maps.mean(dtype=np.float64)), decimals=3),
                zeros=format_share(zeros),
                length=100 * zeros,
                chosen=layer.name == view.layer,
            )
        )
    return rows
