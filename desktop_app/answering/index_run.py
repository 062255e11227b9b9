"""Indexing many images in the background: one by one, within a folder run or on its own."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Final

from desktop_app.answering.indexing import Indexing, Place
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.records import ImageSource, Tensor
from desktop_app.core.sessions import ModelSessions
from desktop_app.parts.survey import IndexProgress

_log: Final = logging.getLogger(__name__)


class IndexRun:
    """Indexes some images one by one, and tells how far it is."""

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

    def take(self, place: Place | None, tensor: "Tensor | None") -> None:
        """Index an image, by a run of its input tensor where that is needed.

        Raises:
            Cancelled: The switch was thrown.
        """
        self._done += 1
        if place is None or not self._is_on:
            return
        try:
            if place.is_indexed:
                self._index.add(place, {})
            elif tensor is not None and not self._failed:
                values = self._sessions.activations(tensor, self._switch, exact=True).values
                self._index.add(place, values)
        except LensError as error:
            self._give_up(error)
        self._index.tell(IndexProgress(self._done, self._total))

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
