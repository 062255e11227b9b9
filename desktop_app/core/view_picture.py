"""The picture of a view: photo, map, colour bar and classes on one sheet, drawn without a window.

A pure function of the view and the analysis: the window and the command ``render`` write the same
bytes. The colours' range is the view's own, never computed anew, so that a view looks the same on
another machine.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL.PngImagePlugin import PngInfo

from desktop_app.core.analysis import Analysis
from desktop_app.core.console import path_text
from desktop_app.core.errors import ViewFileError
from desktop_app.core.figures import (
    format_shape,
    format_share,
    format_value,
    format_values,
    probability_text,
)
from desktop_app.core.maps import ValueRange, map_statistics
from desktop_app.core.picture_drawing import (
    ACCENT,
    SCALE,
    SECONDARY,
    Canvas,
    coloured_map,
    fitted,
    seen_photo,
)
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import input_rectangle
from desktop_app.core.records import Model, Pixels, Prediction, Tensor
from desktop_app.core.view_file import View

_MARGIN: Final = 28
_GAP: Final = 32
_TOP: Final = 122
"""Where the pictures begin: below two lines of title and a heading."""
_HEADING: Final = _TOP - 14
_PHOTO_ROOM: Final = (600, 450)
_MAP_PX: Final = 340
_VALUE_PX: Final = 96
"""Edge of the square that stands for a single value."""
_CLASSES_PX: Final = 260
_ROW_PX: Final = 40
_BAR_PX: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedChannel:
    """What of the analysis a view opens.

    Attributes:
        maps: float32 (C, H, W), the whole layer.
        channel: Index of the open one.
        shown: Values of the first and the last colour.
        legend: What they hold for.
    """

    maps: Tensor
    channel: int
    shown: ValueRange
    legend: str

    @property
    def one(self) -> Tensor:
        """The open channel, float32 (1, h, w)."""
        return self.maps[self.channel : self.channel + 1]

    @property
    def is_value(self) -> bool:
        """Whether each channel is a single value."""
        return self.maps.shape[1:] == (1, 1)


def view_png(view: View, analysis: Analysis, *, fonts: Path) -> bytes:
    """Draw the picture of a view.

    Args:
        view: What is looked at.
        analysis: Of its image with its model.
        fonts: The folder with the bundled typeface.

    Returns:
        A PNG, 8 bits, at 2 pixels for each of the layout's. Its text chunks ``image``, ``model``,
        ``layer``, ``channel``, ``scale``, ``low`` and ``high`` say exactly what is shown.

    Raises:
        ViewFileError: The model has no such layer or channel.
    """
    opened = opened_channel(view, analysis)
    photo = _photo(view, analysis, opened)
    photo_width, photo_height = photo.shape[1] / SCALE, photo.shape[0] / SCALE
    rows = shown_classes(view, analysis)
    map_left = _MARGIN + max(round(photo_width), 200) + _GAP
    classes_left = map_left + (_MAP_PX + _GAP if opened is not None else 0)
    lowest = max(
        _TOP + photo_height,
        _TOP + (0 if opened is None else _map_column_height(opened)),
        _TOP + len(rows) * _ROW_PX,
    )
    width = classes_left + _CLASSES_PX + _MARGIN
    canvas = Canvas(width, round(lowest) + _MARGIN, fonts=fonts)
    _draw_title(canvas, view, analysis, width - 2 * _MARGIN)
    canvas.text((_MARGIN, _HEADING), "Image", medium=True)
    canvas.picture_at((_MARGIN, _TOP), photo)
    if opened is not None:
        _draw_map(canvas, view, analysis, opened, left=map_left)
    _draw_classes(canvas, view, rows, left=classes_left)
    return _encoded(canvas, view, analysis)


def opened_channel(view: View, analysis: Analysis) -> OpenedChannel | None:
    """What the view opens; None for a view without a layer.

    Raises:
        ViewFileError: The model has no such layer or channel.
    """
    if not view.layer or view.scale is None:
        return None
    maps = analysis.activations.values.get(view.layer)
    what = f"cannot draw the view of {analysis.image.name}"
    if maps is None:
        raise ViewFileError(
            what,
            why=f"{analysis.model.name} has no layer {view.layer}",
            remedy="Open the image with the model that the view was saved with.",
        )
    if view.channel >= len(maps):
        raise ViewFileError(
            what,
            why=f"{view.layer} has {len(maps)} channels, and the view shows number {view.channel}",
            remedy="Open the image with the model that the view was saved with.",
        )
    shown = ValueRange(view.scale.low, view.scale.high)
    return OpenedChannel(
        maps=maps, channel=view.channel, shown=shown, legend=view.scale.legend or view.scale.kind
    )


def _photo(view: View, analysis: Analysis, opened: OpenedChannel | None) -> Pixels:
    image = analysis.image
    overlay = None
    if opened is not None and view.overlay and not opened.is_value:
        overlay = (opened.one[0], opened.shown, view.colormap)
    room = (_PHOTO_ROOM[0] * SCALE, _PHOTO_ROOM[1] * SCALE)
    return seen_photo(
        image.pixels,
        fitted(image.size, room),
        crop=input_rectangle(image.size, analysis.model.preprocessing),
        overlay=overlay,
        opacity=view.overlay_opacity,
    )


def shown_classes(view: View, analysis: Analysis) -> tuple[Prediction, ...]:
    """The likeliest classes, and the chosen one if it is none of them."""
    probabilities, labels = analysis.classification.probabilities, analysis.model.labels
    likeliest = top_k(probabilities, labels, view.top_k)
    chosen = view.chosen_class
    known = chosen is not None and 0 <= chosen < len(labels)
    if chosen is None or not known or chosen in {row.index for row in likeliest}:
        return likeliest
    return (*likeliest, Prediction(labels[chosen], chosen, float(probabilities[chosen])))


def receptive_field_text(model: Model, layer: str) -> str:
    """How much of the input a position of the layer sees: "107 px"; empty where unknown."""
    node = model.network.node(layer)
    if node is None or node.receptive_field is None:
        return ""
    height, width = node.receptive_field.size
    return f"{height} px" if height == width else f"{width} × {height} px"


def _draw_title(canvas: Canvas, view: View, analysis: Analysis, width: int) -> None:
    canvas.text(
        (_MARGIN, 44),
        canvas.elided(path_text(analysis.image.name), width, 20, medium=True),
        size=20,
        medium=True,
    )
    image_width, image_height = analysis.image.size
    parts = [f"{image_width} × {image_height}", path_text(analysis.model.title)]
    layer = analysis.model.layer(view.layer) if view.layer else None
    if layer is not None:
        parts += [layer.name, format_shape(layer.shape), f"channel {view.channel}"]
        if field := receptive_field_text(analysis.model, layer.name):
            parts.append(f"receptive field {field}")
    line = "  ·  ".join(parts)
    canvas.text((_MARGIN, 66), canvas.elided(line, width), colour=SECONDARY)


def _map_size(opened: OpenedChannel) -> tuple[int, int]:
    """(width, height) in device pixels: every value is a square of the same whole size."""
    height, width = opened.maps.shape[1:]
    if opened.is_value:
        return _VALUE_PX * SCALE, _VALUE_PX * SCALE
    factor = max(_MAP_PX * SCALE // max(height, width), 1)
    if factor == 1:
        return fitted((width, height), (_MAP_PX * SCALE, _MAP_PX * SCALE))
    return width * factor, height * factor


def _bar_width(opened: OpenedChannel) -> float:
    """As wide as the map, if that leaves the numbers their room."""
    width = _map_size(opened)[0] / SCALE
    return width if width >= _MAP_PX / 2 else _MAP_PX


def _map_column_height(opened: OpenedChannel) -> float:
    return _map_size(opened)[1] / SCALE + 78


def _draw_map(
    canvas: Canvas, view: View, analysis: Analysis, opened: OpenedChannel, *, left: float
) -> None:
    labels = analysis.model.labels
    title = f"Channel {opened.channel}"
    canvas.text((left, _HEADING), title, medium=True)
    if opened.is_value and len(opened.maps) == len(labels):
        indent = canvas.text_width(title, medium=True) + 10
        label = canvas.elided(labels[opened.channel], _MAP_PX - indent)
        canvas.text((left + indent, _HEADING), label, colour=SECONDARY)
    size = _map_size(opened)
    canvas.picture_at(
        (left, _TOP), coloured_map(opened.one[0], opened.shown, view.colormap, size=size)
    )
    below = _TOP + size[1] / SCALE
    _draw_colour_bar(canvas, view, opened, left=left, baseline=below + 24)
    _draw_figures(canvas, opened, left=left, top=below + 40)


def _draw_colour_bar(
    canvas: Canvas, view: View, opened: OpenedChannel, *, left: float, baseline: float
) -> None:
    """``layer  0.00 ▒▒▒▓▓▓ 4.82``, as wide as the column."""
    low, high = format_values((opened.shown.low, opened.shown.high))
    legend = canvas.elided(opened.legend, _MAP_PX / 2, 12)
    canvas.text((left, baseline), legend, size=12, colour=SECONDARY)
    x = left + canvas.text_width(legend, 12) + 10
    canvas.text((x, baseline), low, size=12, colour=SECONDARY)
    right = left + _bar_width(opened)
    canvas.text((right, baseline), high, size=12, colour=SECONDARY, anchor="rs")
    start = x + canvas.text_width(low, 12) + 8
    end = right - canvas.text_width(high, 12) - 8
    canvas.gradient((start, baseline - 8, end, baseline), view.colormap)


def _draw_figures(canvas: Canvas, opened: OpenedChannel, *, left: float, top: float) -> None:
    if opened.is_value:
        rows = [("value", format_value(float(opened.one[0, 0, 0]), decimals=3))]
    else:
        figures = map_statistics(opened.one)
        names = ("minimum", "mean", "maximum")
        values = [float(getattr(figures, name)[0]) for name in names]
        rows = list(zip(names, format_values(values, decimals=3), strict=True))
        rows.append(("zeros", format_share(float(figures.zeros[0]))))
    for place, (name, text) in enumerate(rows):
        x = left + place * _MAP_PX / 4
        canvas.text((x, top + 12), name, size=11, colour=SECONDARY)
        canvas.text((x, top + 30), text)


def _draw_classes(canvas: Canvas, view: View, rows: tuple[Prediction, ...], *, left: float) -> None:
    canvas.text((left, _HEADING), "Predictions", medium=True)
    right = left + _CLASSES_PX
    for place, row in enumerate(rows):
        top = _TOP + place * _ROW_PX
        number = probability_text(row.probability)
        canvas.text((right, top + 12), number, colour=SECONDARY, anchor="rs")
        room = _CLASSES_PX - canvas.text_width(number) - 12
        is_chosen = row.index == view.chosen_class
        label = canvas.elided(row.label, room, medium=is_chosen)
        if is_chosen:
            canvas.text((left, top + 12), label, medium=True, colour=ACCENT)
        else:
            canvas.text((left, top + 12), label)
        canvas.bar((left, top + 20, right, top + 20 + _BAR_PX), row.probability)


def _encoded(canvas: Canvas, view: View, analysis: Analysis) -> bytes:
    said = {
        "image": path_text(analysis.image.name),
        "model": path_text(analysis.model.name),
        "layer": view.layer,
        "channel": str(view.channel),
    }
    if view.scale is not None:
        said |= {
            "scale": view.scale.legend or view.scale.kind,
            "low": repr(view.scale.low),
            "high": repr(view.scale.high),
        }
    text = PngInfo()
    for name, value in said.items():
        text.add_itxt(name, value)
    file = io.BytesIO()
    canvas.picture.save(file, "PNG", pnginfo=text, optimize=False)
    return file.getvalue()
