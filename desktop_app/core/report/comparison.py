"""The page's section on a comparison: what A is, its classes beside B's, and the channel of both.

B is what the rest of the page is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from desktop_app.core.analysis import Analysis
from desktop_app.core.comparison import difference, obstacle
from desktop_app.core.console import path_text
from desktop_app.core.figures import format_values, points_text, probability_text
from desktop_app.core.findings import Counterpart
from desktop_app.core.html_page import jpeg_address, png_address
from desktop_app.core.images import shrunk
from desktop_app.core.maps import ValueRange, map_statistics
from desktop_app.core.opened_view import shown_classes
from desktop_app.core.picture_drawing import coloured_map, fitted
from desktop_app.core.predictions import ranking
from desktop_app.core.records import Tensor
from desktop_app.core.report.changes import Sense, sense_of
from desktop_app.core.view_file import View

_FIGURES: Final = ("minimum", "mean", "maximum")
_SIGNS: Final = ("A", "B", "B − A")
_PICTURE_PX: Final = 180
"""Longest side of each picture, as it is laid out."""
_DIFFERENCE_COLOURS: Final = "crameri:vik_r"
"""Blue where B has more, as its classes have it; white, like a page, where both are alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One class; a probability is empty where that model has no such class."""

    label: str
    a: str
    b: str
    change: str
    sense: Sense
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPicture:
    """A photo or a map; lengths as it is laid out, in pixels."""

    is_map: bool
    address: str
    width: int
    height: int
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPart:
    """A beside B.

    Attributes:
        name: Of A.
        sentence: What A and B are.
        pictures: A's photo, where it is another one, and the open channel's maps.
        rows: The likeliest classes of either, the likeliest in one of them first.
        channel: "Channel 3 of conv1"; empty where none is open.
        figures: Name, A's, B's and the difference's, of that channel's maps.
        obstacle: Why there is no difference, a clause; empty where there is one.
    """

    name: str
    sentence: str
    pictures: Sequence[ComparedPicture]
    rows: Sequence[ComparedRow]
    channel: str
    figures: Sequence[tuple[str, str, str, str]]
    obstacle: str


def compared_part(view: View, analysis: Analysis, counterpart: Counterpart) -> ComparedPart:
    """What the page shows of a comparison.

    Args:
        view: Says how many classes, and which channel is open.
        analysis: B's.
        counterpart: A.
    """
    a, b = counterpart.analysis, analysis
    layer = b.model.layer(view.layer) if view.layer else None
    why = "" if layer is None else obstacle(layer, a.model)
    maps = None if why else _maps(view, a, b)
    return ComparedPart(
        name=_title(a) if counterpart.kind == "model" else path_text(a.image.name),
        sentence=_sentence(counterpart, b),
        pictures=_pictures(view, counterpart, maps),
        rows=_rows(view, a, b),
        channel="" if layer is None else f"Channel {view.channel} of {layer.name}",
        figures=[] if maps is None else _figures(*maps),
        obstacle=why,
    )


def _sentence(counterpart: Counterpart, b: Analysis) -> str:
    a = counterpart.analysis
    if counterpart.kind == "model":
        return f"A is {_title(a)}, B is {_title(b)}: what each makes of {path_text(b.image.name)}."
    return f"A is {_image(a)}, B is {_image(b)}, both through {_title(b)}."


def _title(analysis: Analysis) -> str:
    return path_text(analysis.model.title or analysis.model.name)


def _image(analysis: Analysis) -> str:
    width, height = analysis.image.size
    return f"{path_text(analysis.image.name)} ({width} × {height})"


def _rows(view: View, a: Analysis, b: Analysis) -> list[ComparedRow]:
    in_a, in_b = _by_label(a), _by_label(b)
    of_b = shown_classes(view, b)
    shown = dict.fromkeys((*(row.label for row in of_b), *_likeliest(a, view.top_k)))
    chosen = next((row.label for row in of_b if row.index == view.chosen_class), None)
    order = sorted(shown, key=lambda label: -max(in_a.get(label, 0.0), in_b.get(label, 0.0)))
    rows = []
    for label in order:
        there, here = in_a.get(label), in_b.get(label)
        change = None if there is None or here is None else here - there
        rows.append(
            ComparedRow(
                label=label,
                a="" if there is None else probability_text(there),
                b="" if here is None else probability_text(here),
                change="" if change is None else points_text(change),
                sense=sense_of(change or 0.0),
                chosen=label == chosen,
            )
        )
    return rows


def _by_label(analysis: Analysis) -> Mapping[str, float]:
    """Label → probability: two models need not number their classes alike."""
    probabilities = analysis.classification.probabilities.tolist()
    return dict(zip(analysis.model.labels, probabilities, strict=True))


def _likeliest(analysis: Analysis, count: int) -> list[str]:
    order = ranking(analysis.classification.probabilities)
    return [analysis.model.labels[index] for index in order[:count]]


def _maps(view: View, a: Analysis, b: Analysis) -> tuple[Tensor, Tensor, Tensor] | None:
    """The open channel of A, of B and of B − A, float32 (1, h, w) each; None where there is none.

    Also of one layer in one model the shapes may differ, where it takes images of any size.
    """
    of_a, of_b = (each.activations.values.get(view.layer) for each in (a, b))
    if of_a is None or of_b is None or view.channel >= min(len(of_a), len(of_b)):
        return None
    one, other = (maps[view.channel : view.channel + 1] for maps in (of_a, of_b))
    less = difference(one, other)
    return None if less is None else (one, other, less)


def _pictures(
    view: View, counterpart: Counterpart, maps: tuple[Tensor, Tensor, Tensor] | None
) -> list[ComparedPicture]:
    pictures = []
    if counterpart.kind == "image":
        image = counterpart.analysis.image
        pixels = shrunk(image.pixels, 2 * _PICTURE_PX)
        pictures.append(
            _picture(jpeg_address(pixels), image.size, path_text(image.name), "A", is_map=False)
        )
    if maps is None or maps[0].shape[1:] == (1, 1) or view.scale is None:
        return pictures
    reach = float(np.abs(maps[2]).max(initial=0.0, where=np.isfinite(maps[2])))
    both = ValueRange(view.scale.low, view.scale.high)
    drawn = [(both, view.colormap), (both, view.colormap)]
    drawn.append((ValueRange(-reach, reach), _DIFFERENCE_COLOURS))
    for sign, one, (shown, colormap) in zip(_SIGNS, maps, drawn, strict=True):
        low, high = format_values((shown.low, shown.high))
        name = f"channel {view.channel} of {sign}"
        pictures.append(
            _picture(
                png_address(coloured_map(one[0], shown, colormap)),
                (one.shape[2], one.shape[1]),
                f"Map of {name}",
                f"{name}, {low} to {high}",
                is_map=True,
            )
        )
    return pictures


def _picture(
    address: str, size: tuple[int, int], alt: str, caption: str, *, is_map: bool
) -> ComparedPicture:
    width, height = fitted(size, (_PICTURE_PX, _PICTURE_PX))
    return ComparedPicture(
        is_map=is_map,
        address=address,
        width=width,
        height=height,
        alt=alt,
        caption=caption,
    )


def _figures(*maps: Tensor) -> list[tuple[str, str, str, str]]:
    names = ("value",) if maps[0].shape[1:] == (1, 1) else _FIGURES
    rows = []
    for name in names:
        wanted = "mean" if name == "value" else name
        values = [float(getattr(map_statistics(each), wanted)[0]) for each in maps]
        a, b, less = format_values(values, decimals=3)
        rows.append((name, a, b, less))
    return rows
