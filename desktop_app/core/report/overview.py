"""The page's first sections: the photo, the classes, and what preprocessing made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop_app.core.analysis import Analysis
from desktop_app.core.figures import probability_text
from desktop_app.core.html_page import jpeg_address, png_address
from desktop_app.core.images import shrunk
from desktop_app.core.opened_view import OpenedChannel, shown_classes
from desktop_app.core.picture_drawing import fitted, seen_photo
from desktop_app.core.preprocessing import input_rectangle, preprocessing_steps
from desktop_app.core.records import PreprocessingStep
from desktop_app.core.view_file import View

_PHOTO_PX: Final = 1200
"""Longest side of the photo: sharp on a screen at 200 %, and some hundred kilobytes."""
_STEP_PX: Final = 112
"""Longest side of a step's picture, as it is laid out."""


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


def photo_address(view: View, analysis: Analysis, opened: OpenedChannel | None) -> str:
    """The photo, with what the crop cut off shaded and the open channel over the rest."""
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


def class_rows(view: View, analysis: Analysis) -> list[ClassRow]:
    """The classes that the view shows."""
    return [
        ClassRow(
            label=row.label,
            probability=probability_text(row.probability),
            length=100 * row.probability,
            chosen=row.index == view.chosen_class,
        )
        for row in shown_classes(view, analysis)
    ]


def step_pictures(analysis: Analysis) -> list[StepPicture]:
    """Every step of preprocessing, in order."""
    steps = preprocessing_steps(analysis.image, analysis.model.preprocessing)
    return [_step_picture(step) for step in steps]


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


def timings(analysis: Analysis) -> Sequence[tuple[str, str]]:
    """How long each part took, as (name, text)."""
    timing = analysis.classification.timing
    return [
        ("decode", f"{timing.decode_ms:.1f} ms"),
        ("preprocess", f"{timing.preprocess_ms:.1f} ms"),
        ("run", f"{timing.run_ms:.1f} ms"),
        ("run with activations", f"{analysis.activations.run_ms:.1f} ms"),
    ]
