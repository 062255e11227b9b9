"""Which classes are taken for which, and the images behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from desktop_app.core.errors import LensError
from desktop_app.core.images import load_image, shrunk
from desktop_app.core.predictions import temper
from desktop_app.core.records import ImageSource, Pixels
from model_export.classified import Classified

WORST_CELLS: Final = 20
IMAGES_PER_CELL: Final = 6
THUMBNAIL_PX: Final = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One image that was taken for something else.

    Attributes:
        name: Of the image.
        probability: Of the wrong class, 0..1, as the program shows it.
        thumbnail: uint8 (h, w, 3), at most ``THUMBNAIL_PX`` long.
    """

    name: str
    probability: float
    thumbnail: Pixels = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One cell of the confusion matrix beside the diagonal.

    Attributes:
        true: Label.
        predicted: Label.
        images: In the cell.
        share: Of the true class's images, 0..1.
        mistakes: The surest of them, ``IMAGES_PER_CELL`` at most.
    """

    true: str
    predicted: str
    images: int
    share: float
    mistakes: tuple[Mistake, ...]


def worst_confusions(
    classified: Classified, sources: Sequence[ImageSource], *, temperature: float = 1.0
) -> tuple[Confusion, ...]:
    """The cells of the confusion matrix with the most mistakes, and the surest of these.

    Cells of as many images are ordered by their share of the class. An image that can no longer be
    read is left out of the pictures, not of the count.

    Args:
        classified: The answers.
        sources: Of the split's images.
        temperature: Of the probabilities that are told.
    """
    predicted, right = classified.predicted, classified.right
    classes = len(classified.labels)
    cells = np.bincount(
        (classified.targets * classes + predicted)[~right], minlength=classes * classes
    )
    per_class = np.bincount(classified.targets, minlength=classes)
    shares = cells / np.maximum(per_class, 1).repeat(classes)
    order = np.lexsort((-shares, -cells))[:WORST_CELLS]
    shown = temper(classified.probabilities, temperature).max(axis=1)
    found: list[Confusion] = []
    for cell in (int(each) for each in order if cells[each]):
        true, taken_for = divmod(cell, classes)
        members = np.flatnonzero((classified.targets == true) & (predicted == taken_for))
        surest = members[np.argsort(-shown[members], kind="stable")][:IMAGES_PER_CELL]
        pictures = [(sources[classified.positions[i]], float(shown[i])) for i in surest]
        found.append(
            Confusion(
                true=classified.labels[true],
                predicted=classified.labels[taken_for],
                images=int(cells[cell]),
                share=float(shares[cell]),
                mistakes=tuple(_mistakes(pictures)),
            )
        )
    return tuple(found)


def _mistakes(pictures: Sequence[tuple[ImageSource, float]]) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for source, probability in pictures:
        try:
            pixels = load_image(source).pixels
        except LensError:
            continue
        mistakes.append(
            Mistake(
                name=source.name,
                probability=probability,
                thumbnail=shrunk(pixels, THUMBNAIL_PX),
            )
        )
    return mistakes
