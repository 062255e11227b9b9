"""Indexing many images in the background, within a folder run or on its own.

Small images share a run, which reads the weights once for all of them, but never more of them than
one photo of 224×224 is: a person who wants something meanwhile waits no longer than for that.
"""

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from desktop_app.answering.indexing import Indexing, Place
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.records import ImageSource, Tensor
from desktop_app.core.sessions import ModelSessions
from desktop_app.parts.survey import IndexProgress

_log: Final = logging.getLogger(__name__)

Taken = tuple[Place | None, "Tensor | None"]
"""Where an image belongs, and its input tensor; None where there is none."""
_VALUES_AT_ONCE: Final = 3 * 8 * 64 * 64
"""Of input tensors in a run: eight images of 64×64."""


class IndexRun:
    """Indexes some images, and tells how far it is."""

    def __init__(self, index: Indexing, sessions: ModelSessions, switch: Cancellation) -> None:
        self._index = index
        self._sessions = sessions
        self._total = 0
        self._switch = switch
        self._done = 0
        self._failed = 0

    def recognise(self, items: "tuple[tuple[int, ImageSource], ...]") -> Iterator[None]:
        """Take over what is kept of these images, a few at a time, and tell it at once."""
        self._total = len(items)
        if self._is_on:
            try:
                yield from self._index.recognise(items)
                self._index.tell(IndexProgress(0, self._total))
            except LensError as error:
                self._give_up(error)
        yield

    def left_out(
        self, items: "tuple[tuple[int, ImageSource], ...]"
    ) -> "tuple[tuple[int, ImageSource], ...]":
        """Those of the images that are not indexed, which are all that this run is about."""
        waiting = tuple(item for item in items if self._index.place_of(item[0]) is None)
        self._total = len(waiting)
        return waiting

    def place(self, entry: int, source: ImageSource) -> Place | None:
        """Where an image belongs; to be asked before it is decoded."""
        if not self._is_on or self._failed:
            return None
        try:
            return self._index.place(entry, source)
        except LensError as error:
            self._give_up(error)
            return None

    def needs(self, place: Place) -> bool:
        """Whether an image is still to be run."""
        return self._is_on and not self._failed and not place.is_indexed

    def take(self, images: Sequence[Taken]) -> Iterator[None]:
        """Index images, one in each step, by runs of their input tensors where that is needed.

        Raises:
            Cancelled: The switch was thrown.
        """
        waiting = list(images)
        while waiting:
            count = _at_once(waiting)
            yield from self._take_together(waiting[:count])
            del waiting[:count]

    def _take_together(self, images: Sequence[Taken]) -> Iterator[None]:
        found = self._activations(images)
        for at, (place, _) in enumerate(images):
            self._done += 1
            if place is None or not self._is_on:
                continue
            try:
                if place.is_indexed or at in found:
                    self._index.add(place, found.get(at, {}))
            except LensError as error:
                self._give_up(error)
            self._index.tell(IndexProgress(self._done, self._total))
            yield

    def _activations(self, images: Sequence[Taken]) -> dict[int, Mapping[str, Tensor]]:
        """Of those that have to be run: where each is among ``images``, and its activations."""
        needed = {
            at: tensor
            for at, (place, tensor) in enumerate(images)
            if place is not None and tensor is not None and self.needs(place)
        }
        if not needed:
            return {}
        try:
            batch = np.concatenate(list(needed.values()))
            return dict(
                zip(needed, self._sessions.activations_of_each(batch, self._switch), strict=True)
            )
        except LensError as error:
            self._give_up(error)
            return {}

    @property
    def _is_on(self) -> bool:
        """Whether that is wanted, and no other model has been opened meanwhile."""
        return self._index.wanted and self._index.follows(self._sessions.model)

    def end(self) -> None:
        """Write what there is now, and say that nothing more comes."""
        self._index.keep()
        with contextlib.suppress(LensError):  # then no progress was told either
            self._index.tell(None)

    def _give_up(self, error: LensError) -> None:
        """Classes without an index are better than an error for each of a thousand images."""
        self._failed += 1
        _log.warning("Images are not indexed any more in this run: %s", error)


def _at_once(images: Sequence[Taken]) -> int:
    """How many of the first images one run takes, at least 1."""
    values = 0
    for count, (_, tensor) in enumerate(images):
        values += 0 if tensor is None else tensor.size
        if count and values > _VALUES_AT_ONCE:
            return count
    return len(images)
