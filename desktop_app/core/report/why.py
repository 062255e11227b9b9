"""The page's section on why a class: the heat map over the photo, its colours and its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop_app.core.analysis import Analysis
from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution_picture import OPACITY
from desktop_app.core.attribution_text import figures_of, place_text, question_text, scale_text
from desktop_app.core.attributions import Attribution
from desktop_app.core.figures import format_values, probability_text
from desktop_app.core.html_page import jpeg_address, png_address
from desktop_app.core.picture_drawing import fitted, gradient_row, seen_photo
from desktop_app.core.preprocessing import input_rectangle

_PHOTO_PX: Final = 1000
"""Longest side: sharp on a screen at 200 %, where it takes half of the page's width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPart:
    """A heat map that explains a class.

    Attributes:
        question: "golden retriever and not cocker spaniel".
        method: Its usual name.
        paper: Who proposed it.
        place: Where the map lives: layer and size.
        shows: A sentence on what is seen.
        address: Of the photo with the map over it.
        legend: What the ends of the colours are.
        low: The value of the first colour, with what it means.
        high: The value of the last colour, likewise.
        gradient: All colours in a row.
        figures: Each with its name.
    """

    question: str
    method: str
    paper: str
    place: str
    shows: str
    address: str
    legend: str
    low: str
    high: str
    gradient: str
    figures: Sequence[tuple[str, str]]


def why_part(analysis: Analysis, attribution: Attribution, *, colormap: str) -> WhyPart:
    """What the page shows of an explanation.

    Args:
        analysis: Of the image that is explained.
        attribution: Of the same image.
        colormap: The one wanted; methods whose values have signs have their own.
    """
    image, labels = analysis.image, analysis.model.labels
    question, shown = attribution.question, attribution.shown_range
    facts, colours = METHODS[question.method], attribution.colormap(colormap)
    room = min(_PHOTO_PX, max(image.size))
    photo = seen_photo(
        image.pixels,
        fitted(image.size, (room, room)),
        crop=input_rectangle(image.size, analysis.model.preprocessing),
        overlay=(attribution.values, shown, colours),
        opacity=OPACITY,
    )
    low, high = format_values([shown.low, shown.high])
    probability = float(analysis.classification.probabilities[question.class_index])
    return WhyPart(
        question=question_text(question, labels),
        method=facts.title,
        paper=facts.paper,
        place=place_text(attribution),
        shows=facts.shows,
        address=jpeg_address(photo),
        legend=scale_text(attribution),
        low=f"against {low}" if attribution.signed else low,
        high=f"{high} for" if attribution.signed else high,
        gradient=png_address(gradient_row(colours)),
        figures=(("probability", probability_text(probability)), *figures_of(attribution)),
    )
