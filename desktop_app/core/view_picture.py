"""The picture of a view: photo, map, colour bar and classes on one sheet, drawn without a window.

A pure function of the view and the analysis: the window and the command ``render`` write the same
bytes. The colours' range is the view's own, never computed anew, so that a view looks the same on
another machine.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL.PngImagePlugin import PngInfo

from desktop_app.core.analysis import Analysis
from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution_text import place_text
from desktop_app.core.attributions import Attribution
from desktop_app.core.console import path_text
from desktop_app.core.figures import format_shape
from desktop_app.core.findings import Findings
from desktop_app.core.opened_view import OpenedChannel, opened_channel, receptive_field_text
from desktop_app.core.picture_drawing import SCALE, SECONDARY, Canvas, fitted, seen_photo
from desktop_app.core.preprocessing import input_rectangle
from desktop_app.core.records import Pixels
from desktop_app.core.view_columns import (
    CLASSES_PX,
    HEADING,
    MAP_PX,
    TOP,
    channel_column,
    class_column,
    why_column,
)
from desktop_app.core.view_file import View

_MARGIN: Final = 28
_GAP: Final = 32
_PHOTO_ROOM: Final = (600, 450)


def view_png(view: View, analysis: Analysis, findings: Findings, *, fonts: Path) -> bytes:
    """Draw the picture of a view.

    Args:
        view: What is looked at.
        analysis: Of its image with its model.
        findings: With the attribution, where the view explains a class, and the outcome, where it
            changes the network.
        fonts: The folder with the bundled typeface.

    Returns:
        A PNG, 8 bits, at 2 pixels for each of the layout's. Its text chunks ``image``, ``model``,
        ``layer``, ``channel``, ``scale``, ``low`` and ``high`` say exactly what is shown; in place
        of channel and scale ``class``, ``against``, ``method`` and ``score`` where a class is
        explained; ``changes`` where there are some.

    Raises:
        ViewFileError: The model has no such layer or channel.
    """
    attribution = None if view.explanation is None else findings.attribution
    opened = opened_channel(view, analysis) if attribution is None else None
    photo = _photo(view, analysis, attribution or opened)
    photo_width, photo_height = photo.shape[1] / SCALE, photo.shape[0] / SCALE
    middle = None
    if attribution is not None:
        middle = why_column(view, analysis, attribution)
    elif opened is not None:
        middle = channel_column(view, analysis, opened)
    classes = class_column(view, analysis, findings.outcome if view.interventions else None)
    map_left = _MARGIN + max(round(photo_width), 200) + _GAP
    classes_left = map_left + (MAP_PX + _GAP if middle is not None else 0)
    lowest = max(photo_height, 0 if middle is None else middle.height, classes.height)
    width = classes_left + CLASSES_PX + _MARGIN
    canvas = Canvas(width, round(TOP + lowest) + _MARGIN, fonts=fonts)
    _draw_title(canvas, view, analysis, attribution, width=width - 2 * _MARGIN)
    canvas.text((_MARGIN, HEADING), "Image", medium=True)
    canvas.picture_at((_MARGIN, TOP), photo)
    if middle is not None:
        middle.draw(canvas, map_left)
    classes.draw(canvas, classes_left)
    return _encoded(canvas, _said(view, analysis, attribution))


def _photo(view: View, analysis: Analysis, shown: Attribution | OpenedChannel | None) -> Pixels:
    image = analysis.image
    overlay = None
    if isinstance(shown, Attribution):
        overlay = (shown.values, shown.shown_range, shown.colormap(view.colormap))
    elif shown is not None and not shown.is_value:
        overlay = (shown.one[0], shown.shown, view.colormap)
    room = (_PHOTO_ROOM[0] * SCALE, _PHOTO_ROOM[1] * SCALE)
    return seen_photo(
        image.pixels,
        fitted(image.size, room),
        crop=input_rectangle(image.size, analysis.model.preprocessing),
        overlay=overlay if view.overlay else None,
        opacity=view.overlay_opacity,
    )


def _draw_title(
    canvas: Canvas, view: View, analysis: Analysis, attribution: Attribution | None, *, width: int
) -> None:
    canvas.text(
        (_MARGIN, 44),
        canvas.elided(path_text(analysis.image.name), width, 20, medium=True),
        size=20,
        medium=True,
    )
    image_width, image_height = analysis.image.size
    parts = [f"{image_width} × {image_height}", path_text(analysis.model.title)]
    layer = analysis.model.layer(view.layer) if view.layer else None
    if attribution is not None:
        parts += [METHODS[attribution.question.method].title, place_text(attribution)]
    elif layer is not None:
        parts += [layer.name, format_shape(layer.shape), f"channel {view.channel}"]
        if field := receptive_field_text(analysis.model, layer.name):
            parts.append(f"receptive field {field}")
    if view.interventions:  # which only the classes are told with
        parts.append("map of the untouched network")
    line = "  ·  ".join(parts)
    canvas.text((_MARGIN, 66), canvas.elided(line, width), colour=SECONDARY)


def _said(view: View, analysis: Analysis, attribution: Attribution | None) -> dict[str, str]:
    """What is shown, exactly."""
    said = {
        "image": path_text(analysis.image.name),
        "model": path_text(analysis.model.name),
        "layer": view.layer,
        "channel": str(view.channel),
    }
    if attribution is not None:
        labels, question = analysis.model.labels, attribution.question
        del said["channel"]
        said |= {
            "layer": attribution.layer,
            "class": labels[question.class_index],
            "method": question.method,
            "score": repr(attribution.score),
            "low": repr(attribution.shown_range.low),
            "high": repr(attribution.shown_range.high),
        }
        if question.against is not None:
            said["against"] = labels[question.against]
    elif view.scale is not None:
        said |= {
            "scale": view.scale.legend or view.scale.kind,
            "low": repr(view.scale.low),
            "high": repr(view.scale.high),
        }
    if view.interventions:
        said["changes"] = "; ".join(map(str, view.interventions))
    return said


def _encoded(canvas: Canvas, said: Mapping[str, str]) -> bytes:
    text = PngInfo()
    for name, value in said.items():
        text.add_itxt(name, value)
    file = io.BytesIO()
    canvas.picture.save(file, "PNG", pnginfo=text, optimize=False)
    return file.getvalue()
