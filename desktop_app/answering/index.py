"""The index of all loaded images: filling it while a folder is classified, and asking it."""

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from desktop_app.answering.bench import Bench, Table
from desktop_app.answering.index_run import IndexRun, Taken
from desktop_app.answering.indexing import Place
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.file_stamp import FileStamp
from desktop_app.core.images import load_image, thumbnail
from desktop_app.core.patches import picture_patch
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import Pixels
from desktop_app.messages.index import (
    FindStrongest,
    ForgetImages,
    IndexImages,
    SetIndexing,
    StrongestFailed,
    StrongestFound,
    StrongestPictured,
)

PICTURE_PX: Final = 320
"""Longest side of a photo and of a patch: a tile of 150 px at 200 %."""
_PREPARED_AT_ONCE: Final = 8
_OVERVIEW_PX: Final = 1024
"""From a photo of this size a patch of a seventh is still sharper than its tile."""
_OVERVIEW_BYTES: Final = 96_000_000


class IndexAnswers:
    """Answers what concerns all loaded images together."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._overviews = _Overviews()
        self.table: Table = {
            FindStrongest: self._find_strongest,
            ForgetImages: self._forget,
            IndexImages: self._index_images,
            SetIndexing: self._set_indexing,
        }

    def _find_strongest(self, request: FindStrongest, switch: Cancellation) -> Iterator[None]:
        index = self._bench.index
        try:
            sessions = self._bench.need_sessions()
            found = index.strongest(request.layer, request.channel)
            begins_anew = request.is_settled and index.renew(request.layer, request.channel)
        except LensError as error:  # the model's file may have gone since it was opened
            self._bench.deliver(StrongestFailed(request.number, error))
            return
        self._bench.deliver(StrongestFound(request.number, found, begins_anew))
        if begins_anew:
            self._bench.deliver(index.survey())  # after which it is asked anew
            return
        node = sessions.model.network.node(request.layer)
        field = None if node is None else node.receptive_field
        for one in found:
            place = index.place_of(one.entry)
            if place is None or (one.entry, one.x, one.y) in request.pictured:
                continue
            yield
            switch.raise_if_cancelled()
            is_whole = field is None or field.is_shared
            part = None if field is None or is_whole else field.rectangle(one.x, one.y)
            with contextlib.suppress(LensError):
                photo = self._overviews.get(place)
                spec = sessions.model.preprocessing
                picture = picture_patch(photo, spec, part, side_px=PICTURE_PX)
                self._bench.deliver(StrongestPictured(request.number, one.entry, picture))

    def _forget(self, request: ForgetImages, _: Cancellation) -> None:
        self._bench.index.forget(request.entries)
        with contextlib.suppress(LensError):  # then there is nothing to be told either
            self._bench.deliver(self._bench.index.survey())

    def _set_indexing(self, request: SetIndexing, _: Cancellation) -> None:
        self._bench.index.wanted = request.wanted

    def _index_images(self, request: IndexImages, switch: Cancellation) -> Iterator[None]:
        sessions = self._bench.sessions
        if sessions is None:
            return
        run = IndexRun(self._bench.index, sessions, switch)
        try:
            yield from run.recognise(request.items)
            prepared: list[Taken] = []
            left_out = run.left_out(request.items)
            for done, (entry, source) in enumerate(left_out, 1):
                switch.raise_if_cancelled()
                place = run.place(entry, source)
                tensor = None
                if place is not None and run.needs(place):
                    with contextlib.suppress(LensError):
                        tensor = preprocess(load_image(source), sessions.model.preprocessing)
                prepared.append((place, tensor))
                yield
                if done % _PREPARED_AT_ONCE == 0 or done == len(left_out):
                    yield from run.take(prepared)
                    prepared = []
        finally:
            run.end()


class _Overviews:
    """The photos cut from last, reduced: going through channels meets the same ones again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path | None, str, FileStamp], Pixels] = OrderedDict()
        self._bytes = 0

    def get(self, place: Place) -> Pixels:
        """The upright photo, uint8 (h, w, 3), at most ``_OVERVIEW_PX`` long.

        Raises:
            LensError: As for :func:`~desktop_app.core.images.thumbnail`.
        """
        key = (place.folder.root, place.name, place.stamp)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        pixels = self._kept[key] = thumbnail(place.source, _OVERVIEW_PX)
        self._bytes += pixels.nbytes
        while self._bytes > _OVERVIEW_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return pixels
