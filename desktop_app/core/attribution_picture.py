"""An attribution as a picture: the photo, the heat map where the network saw it, and a legend.

Pure: the same input gives the same bytes. What is shown stands, exactly, in the PNG's text chunks.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL.PngImagePlugin import PngInfo

from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution_text import figures_of, place_text, question_text, scale_text
from desktop_app.core.attributions import Attribution
from desktop_app.core.console import path_text
from desktop_app.core.figures import format_values, probability_text
from desktop_app.core.picture_drawing import SCALE, SECONDARY, Canvas, fitted, seen_photo
from desktop_app.core.preprocessing import input_rectangle
from desktop_app.core.records import Image, Model

OPACITY: Final = 0.6
_MARGIN: Final = 28
_TOP: Final = 88
"""Where the photo begins: below two lines."""
_ROOM: Final = (620, 480)
_NARROWEST: Final = 460
"""Width that the legend needs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExplainedImage:
    """What is pictured.

    Attributes:
        image: Upright picture.
        model: Whose class is explained.
        attribution: Of the image.
        probability: Of the explained class, in 0..1.
    """

    image: Image
    model: Model
    attribution: Attribution
    probability: float


def attribution_png(explained: ExplainedImage, *, fonts: Path) -> bytes:
    """Draw the picture.

    Args:
        explained: What is pictured.
        fonts: The folder with the bundled typeface.

    Returns:
        A PNG, 8 bits, at 2 pixels for each of the layout's, with text chunks ``image``, ``model``,
        ``class``, ``against``, ``method``, ``layer``, ``score``, ``low``, ``high`` and
        ``completeness_error``, those that apply.
    """
    image, attribution = explained.image, explained.attribution
    shown = attribution.shown_range
    photo = seen_photo(
        image.pixels,
        fitted(image.size, (_ROOM[0] * SCALE, _ROOM[1] * SCALE)),
        crop=input_rectangle(image.size, explained.model.preprocessing),
        overlay=(attribution.values, shown, attribution.colormap()),
        opacity=OPACITY,
    )
    photo_width, photo_height = photo.shape[1] / SCALE, photo.shape[0] / SCALE
    inner = max(round(photo_width), _NARROWEST)
    figures = figures_of(attribution)
    below = _TOP + photo_height
    height = round(below) + 108 + _MARGIN
    canvas = Canvas(inner + 2 * _MARGIN, height, fonts=fonts)
    _draw_title(canvas, explained, inner)
    canvas.picture_at((_MARGIN + (inner - photo_width) / 2, _TOP), photo)
    _draw_bar(canvas, attribution, baseline=below + 28, width=inner)
    step = inner / max(len(figures), 4)
    for place, (name, text) in enumerate(figures):
        x = _MARGIN + place * step
        canvas.text((x, below + 58), name, size=11, colour=SECONDARY)
        canvas.text((x, below + 76), text)
    sentence = canvas.elided(METHODS[attribution.question.method].shows, inner, 12)
    canvas.text((_MARGIN, below + 106), sentence, size=12, colour=SECONDARY)
    return _encoded(canvas, explained)


def _draw_title(canvas: Canvas, explained: ExplainedImage, width: int) -> None:
    attribution = explained.attribution
    asked = question_text(attribution.question, explained.model.labels)
    title = canvas.elided(f"Why {asked}", width, 20, medium=True)
    canvas.text((_MARGIN, 44), title, size=20, medium=True)
    parts = [
        METHODS[attribution.question.method].title,
        place_text(attribution),
        probability_text(explained.probability),
        path_text(explained.image.name),
        path_text(explained.model.title),
    ]
    canvas.text((_MARGIN, 68), canvas.elided("  ·  ".join(parts), width), colour=SECONDARY)


def _draw_bar(canvas: Canvas, attribution: Attribution, *, baseline: float, width: int) -> None:
    """``map  against −1.20 ▒▒▒▓▓▓ 1.20 for``."""
    shown = attribution.shown_range
    low, high = format_values([shown.low, shown.high])
    if attribution.signed:
        low, high = f"against {low}", f"{high} for"
    legend = scale_text(attribution)
    canvas.text((_MARGIN, baseline), legend, size=12, colour=SECONDARY)
    x = _MARGIN + canvas.text_width(legend, 12) + 12
    canvas.text((x, baseline), low, size=12, colour=SECONDARY)
    right = _MARGIN + width
    canvas.text((right, baseline), high, size=12, colour=SECONDARY, anchor="rs")
    start = x + canvas.text_width(low, 12) + 8
    end = right - canvas.text_width(high, 12) - 8
    canvas.gradient((start, baseline - 8, end, baseline), attribution.colormap())


def _encoded(canvas: Canvas, explained: ExplainedImage) -> bytes:
    attribution, labels = explained.attribution, explained.model.labels
    question, shown = attribution.question, attribution.shown_range
    against = "" if question.against is None else labels[question.against]
    sums = attribution.completeness
    said = {
        "image": path_text(explained.image.name),
        "model": path_text(explained.model.name),
        "class": labels[question.class_index],
        "against": against,
        "method": question.method,
        "layer": attribution.layer,
        "score": repr(attribution.score),
        "low": repr(shown.low),
        "high": repr(shown.high),
        "completeness_error": "" if sums is None else repr(sums.error),
    }
    text = PngInfo()
    for name, value in said.items():
        if value:
            text.add_itxt(name, value)
    file = io.BytesIO()
    canvas.picture.save(file, "PNG", pnginfo=text, optimize=False)
    return file.getvalue()
