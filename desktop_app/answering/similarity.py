"""Which loaded images are alike: the nearest to one, and all of them on a plane."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.neighbours import nearest
from desktop_app.core.projection import principal_plane
from desktop_app.core.records import Tensor, read_only
from desktop_app.messages.similarity import (
    FindSimilar,
    ImagesPlaced,
    PlaceImages,
    SimilarFound,
    SimilarityFailed,
)
from desktop_app.parts.similarity import ImagePlane, SimilarImage, SimilarImages

Features: TypeAlias = "Callable[[], tuple[tuple[int, ...], Tensor]]"
"""Gives the entries whose features are known, ascending, and float32 (N, F), a row for each."""


class SimilarityAnswers:
    """Answers from the features of the loaded images."""

    def __init__(self, bench: Bench, features: Features) -> None:
        self._bench = bench
        self._features = features
        self.table: Table = {FindSimilar: self._find, PlaceImages: self._place}

    def _known(self, number: int) -> "tuple[tuple[int, ...], Tensor] | None":
        """The features; None where that was told as a failure of the request."""
        try:
            return self._features()
        except LensError as error:  # the model's file may have gone since it was opened
            self._bench.deliver(SimilarityFailed(number, error))
            return None

    def _find(self, request: FindSimilar, _: Cancellation) -> None:
        if (known := self._known(request.number)) is None:
            return
        entries, features = known
        found: tuple[SimilarImage, ...] = ()
        if is_indexed := request.entry in entries:
            near = nearest(features, entries.index(request.entry), request.count)
            found = tuple(SimilarImage(entries[each.row], each.similarity) for each in near)
        answer = SimilarImages(request.entry, is_indexed, found, len(entries))
        self._bench.deliver(SimilarFound(request.number, answer))

    def _place(self, request: PlaceImages, switch: Cancellation) -> None:
        if (known := self._known(request.number)) is None:
            return
        entries, features = known
        plane = principal_plane(features, switch)
        placed = np.flatnonzero(np.isfinite(plane.points).all(axis=1))
        self._bench.deliver(
            ImagesPlaced(
                request.number,
                ImagePlane(
                    tuple(entries[row] for row in placed),
                    read_only(plane.points[placed]),
                    plane.explained,
                ),
            )
        )
