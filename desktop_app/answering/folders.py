"""Many pictures: what a folder holds, small pictures of rows, classifying in the background."""

import contextlib
import time
from collections.abc import Iterator
from typing import Final

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.batch import Outcome, classify_stream
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.images import find_images, thumbnail
from desktop_app.core.predictions import top_k
from desktop_app.core.records import FileSource, ImageSource, Prediction
from desktop_app.core.sessions import ModelSessions
from desktop_app.messages import (
    BatchSettled,
    ClassifyMany,
    ImagesListed,
    ListImages,
    MakeThumbnails,
    ThumbnailsMade,
)
from desktop_app.state import Progress

THUMBNAIL_PX: Final = 96
"""Longest side: 40 px rows stay sharp on a screen at 200 %."""
BATCH_SIZE: Final = 8
_REPLY_INTERVAL_S: Final = 0.1
"""A small network settles a thousand pictures a second; a window need not follow each batch."""


class FolderAnswers:
    """Answers what concerns many pictures, step by step."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.table: Table = {
            ListImages: self._list_images,
            MakeThumbnails: self._make_thumbnails,
            ClassifyMany: self._classify_many,
        }

    def _list_images(self, request: ListImages, switch: Cancellation) -> Iterator[None]:
        sources: list[ImageSource] = []
        for path in request.paths:
            switch.raise_if_cancelled()
            sources.extend(FileSource(found) for found in find_images([path], recursive=True))
            yield
        self._bench.deliver(ImagesListed(request.number, tuple(sources)))

    def _make_thumbnails(self, request: MakeThumbnails, switch: Cancellation) -> Iterator[None]:
        for entry, source in request.items:
            switch.raise_if_cancelled()
            with contextlib.suppress(LensError):
                made = ((entry, thumbnail(source, THUMBNAIL_PX)),)
                self._bench.deliver(ThumbnailsMade(request.number, made))
            yield

    def _classify_many(self, request: ClassifyMany, switch: Cancellation) -> Iterator[None]:
        sessions = self._bench.need_sessions()
        entries = [entry for entry, _ in request.items]
        total, done, failed = len(entries), 0, 0
        batch: list[Outcome] = []
        delivered = 0.0
        for outcome in classify_stream(
            [source for _, source in request.items],
            preprocessing=sessions.model.preprocessing,
            run=lambda tensor: sessions.probabilities(tensor, switch),
            batch_size=BATCH_SIZE,
            thumbnail_px=THUMBNAIL_PX,
            cancellation=switch,
        ):
            batch.append(outcome)
            self._keep(entries[outcome.position], outcome, sessions)
            done += 1
            failed += outcome.error is not None
            if done % BATCH_SIZE and done < total:
                continue
            if done < total and time.perf_counter() - delivered < _REPLY_INTERVAL_S:
                yield
                continue
            results = tuple(_result(entries[o.position], o, sessions) for o in batch)
            thumbnails = tuple(
                (entries[o.position], o.thumbnail) for o in batch if o.thumbnail is not None
            )
            progress = None if done == total else Progress(done, total, failed)
            self._bench.deliver(
                BatchSettled(request.number, results, thumbnails, progress, sessions.provider)
            )
            batch, delivered = [], time.perf_counter()
            yield

    def _keep(self, entry: int, outcome: Outcome, sessions: ModelSessions) -> None:
        scores, provider = self._bench.scores, sessions.provider.name
        if outcome.probabilities is not None:
            scores.keep(entry, outcome.probabilities, provider=provider, timing=outcome.timing)
        elif outcome.error is not None:
            scores.fail(entry, outcome.error, provider=provider, timing=outcome.timing)


def _result(
    entry: int, outcome: Outcome, sessions: ModelSessions
) -> tuple[int, Prediction | None, str]:
    if outcome.probabilities is None:
        return entry, None, str(outcome.error)
    return entry, top_k(outcome.probabilities, sessions.model.labels, 1)[0], ""
