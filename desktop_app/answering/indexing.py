"""The index of all loaded images, as the worker keeps it: which entry is which indexed image.

Images of a dropped folder share that folder's index, which is kept on disk; all others share one
that is not. What is asked about all of them is merged from these. Entries are numbered by the
window; here each leads to a folder's index and a name in it, so that an index that begins anew, or
an image that has changed meanwhile, leaves no number that means another image.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from desktop_app.core.file_stamp import FileStamp, stamp_of
from desktop_app.core.folder_index import FolderIndex, innermost
from desktop_app.core.graph.rectified import rectified_tensors
from desktop_app.core.image_index_file import model_digest
from desktop_app.core.image_peaks import IndexLayout, image_peaks
from desktop_app.core.index_table import SHOWN
from desktop_app.core.opened_file import read_again
from desktop_app.core.records import FileSource, ImageSource, Model, Tensor, read_only
from desktop_app.messages.base import Reply
from desktop_app.messages.index import Surveyed
from desktop_app.parts.survey import IndexProgress, StrongestImage

_TOLD_EVERY_S: Final = 0.5
_IN_MEMORY: Final = FileStamp(0, 0)

Items = Iterable[tuple[int, ImageSource]]
"""Entries with where their pictures come from."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image belongs, noted before it is decoded: what is indexed is what was read.

    Attributes:
        entry: In the image list.
        source: Where its picture comes from.
        folder: Whose index it is in.
        name: There.
        stamp: Of its file now.
    """

    entry: int
    source: ImageSource
    folder: FolderIndex
    name: str
    stamp: FileStamp

    @property
    def is_indexed(self) -> bool:
        """Whether the image, as it is now, needs no run any more."""
        return self.folder.number(self.name, self.stamp) is not None


class Indexing:
    """Belongs to the worker's thread.

    Attributes:
        wanted: Whether a person wants images to be indexed.
    """

    def __init__(self, deliver: Callable[[Reply], None], cache: Path) -> None:
        """Begin without a model.

        Args:
            deliver: Takes what is told.
            cache: The folder in which indexes are kept.
        """
        self.wanted = True
        self._deliver = deliver
        self._cache = cache
        self._roots: tuple[Path, ...] = ()
        self._followed: Model | None = None
        self._model: Model | None = None
        self._digest = ""
        self._layout = IndexLayout(())
        self._folders: dict[Path | None, FolderIndex] = {}
        self._unchecked: set[Path] = set()
        self._places: dict[int, Place] = {}
        self._gone: frozenset[int] = frozenset()
        self._progress: IndexProgress | None = None
        self._told = 0.0

    # --- what is indexed -----------------------------------------------------------------------

    def note_folders(self, paths: Iterable[Path]) -> None:
        """Folders have been dropped: their images get an index of their own."""
        folders = [_absolute(path) for path in paths if path.is_dir()]
        self._roots = tuple(dict.fromkeys((*self._roots, *folders)))
        self._unchecked.update(folders)

    def follow(self, model: Model) -> None:
        """Index for this model from now on; costs nothing before something is asked."""
        self._followed = model

    def follows(self, model: Model) -> bool:
        """Whether it is for this model; a run of the one before may be going on."""
        return self._followed is model

    def place(self, entry: int, source: ImageSource) -> Place | None:
        """Where an image belongs; None for a file that is not there, or has left the list."""
        self._catch_up()
        if entry in self._gone:
            return None
        stamp = source_stamp(source)
        if not isinstance(source, FileSource):
            return Place(entry, source, self._folder(None), f"entry {entry}", _IN_MEMORY)
        path = _absolute(source.path)
        folder = self._folder(innermost(self._roots, path))
        name = folder.name_of(path)
        return None if stamp is None or name is None else Place(entry, source, folder, name, stamp)

    def recognise(self, items: Items) -> Iterator[None]:
        """Take over what is kept of the images, a few at a time; compares with the disk first."""
        for entry, source in items:
            place = self.place(entry, source)
            if place is not None and place.folder.root in self._unchecked:
                self._unchecked.discard(place.folder.root)
                yield from place.folder.check()
            if place is not None and place.is_indexed:
                self._note(place)
            if entry % 100 == 0:
                yield

    def add(self, place: Place, values: Mapping[str, Tensor]) -> None:
        """Index an image by its activations, unless it is; see ``image_peaks`` for the shapes."""
        if not place.is_indexed:
            place.folder.add(place.name, place.stamp, image_peaks(values, self._layout))
        self._note(place)

    def keep(self) -> None:
        """Write what has changed; never raises."""
        for folder in self._folders.values():
            folder.keep()

    def forget(self, entries: frozenset[int]) -> None:
        """These entries have left the list, also where a run is still to come to them.

        What a folder's index knows of them is kept for when it is dropped again. Images that came
        one by one would only hide others.
        """
        self._gone |= entries
        left = [place for entry, place in self._places.items() if entry in entries]
        self._places = {entry: p for entry, p in self._places.items() if entry not in entries}
        stay = {(place.folder.root, place.name) for place in self._places.values()}
        for place in left:
            if place.folder.root is None and (None, place.name) not in stay:
                place.folder.forget(place.name)

    def renew(self, layer: str, channel: int) -> bool:
        """Let go of indexes in which images that are not loaded hide a channel's strongest.

        To be asked once everything loaded is indexed. The loaded images of such an index count as
        not indexed then, and get an index of their own. What is kept of the whole folder stays
        as it is, and is used again when the folder is dropped again.

        Returns:
            Whether there is something to be indexed anew.
        """
        hiding = [
            folder
            for folder, numbers in self._by_folder().items()
            if folder.index.lacks(layer, channel, set(numbers.values()))
        ]
        if not self.wanted or not hiding:
            return False
        for folder in hiding:
            if folder.root is None or folder.index.is_worn:
                folder.begin_anew()
            else:
                self._roots = tuple(root for root in self._roots if root != folder.root)
        self._places = {e: place for e, place in self._places.items() if place.folder not in hiding}
        return True

    # --- what is told --------------------------------------------------------------------------

    def tell(self, progress: IndexProgress | None) -> None:
        """Say what is known now; while indexing goes on, twice a second."""
        now = time.perf_counter()
        goes_on = progress is not None and self._progress is not None
        self._progress = progress
        if goes_on and now - self._told < _TOLD_EVERY_S:
            return
        self._told = now
        self._deliver(self.survey())

    def survey(self) -> Surveyed:
        """How many images are indexed, and the ranges over them."""
        ranges: dict[str, tuple[float, float]] = {}
        count = 0
        for folder, numbers in self._by_folder().items():
            count += len(numbers)
            for name, (low, high) in folder.index.ranges(set(numbers.values())).items():
                least, greatest = ranges.get(name, (low, high))
                ranges[name] = min(low, least), max(high, greatest)
        return Surveyed(count, ranges, self._progress)

    def strongest(self, layer: str, channel: int) -> tuple[StrongestImage, ...]:
        """The images that excite a channel most, the strongest first, at most nine."""
        found: list[StrongestImage] = []
        for folder, numbers in self._by_folder().items():
            entries: dict[int, int] = {}
            for entry, number in numbers.items():
                entries.setdefault(number, entry)  # a file that is in the list twice counts once
            found += [
                StrongestImage(entries[one.image], one.value, one.x, one.y)
                for one in folder.index.strongest(layer, channel, among=entries)
            ]
        return tuple(sorted(found, key=lambda one: (-one.value, one.entry))[:SHOWN])

    def features(self) -> tuple[tuple[int, ...], Tensor]:
        """What images are compared by.

        Returns:
            The indexed entries, ascending, and float32 (N, F), read-only, a row for each: the
            ``avg_pool`` vectors where the model has them, see
            :class:`~desktop_app.core.image_peaks.ImagePeaks`.
        """
        rows: dict[int, Tensor] = {}
        for folder, numbers in self._by_folder().items():
            known, features = folder.index.features(set(numbers.values()))
            row_of = {number: row for row, number in enumerate(known)}
            rows |= {entry: features[row_of[number]] for entry, number in numbers.items()}
        entries = tuple(sorted(rows))
        empty = np.empty((0, self._layout.features), np.float32)
        return entries, read_only(np.stack([rows[entry] for entry in entries]) if rows else empty)

    def place_of(self, entry: int) -> Place | None:
        """Where an indexed entry's image is; None for any other."""
        return self._places.get(entry)

    def _catch_up(self) -> None:
        """Begin anew for another model; what was indexed for the one before is kept.

        Raises:
            LensError: The model's file cannot be read any more; the next call tries again.
        """
        model = self._followed
        if model is self._model or model is None:
            return
        digest = model_digest(model)
        if digest != self._digest:
            names = [layer.name for layer in model.layers]
            layout = IndexLayout(model.layers, rectified_tensors(read_again(model), names))
            self.keep()
            self._digest, self._layout = digest, layout
            self._folders, self._places = {}, {}
        self._model = model

    def _note(self, place: Place) -> None:
        if place.entry not in self._gone:
            self._places[place.entry] = place

    def _folder(self, root: Path | None) -> FolderIndex:
        if root not in self._folders:
            self._folders[root] = FolderIndex(
                self._layout, root=root, cache=self._cache, model=self._digest
            )
            if root is not None:
                self._unchecked.add(root)
        return self._folders[root]

    def _by_folder(self) -> dict[FolderIndex, dict[int, int]]:
        """Per folder: entry → number in its index. What has changed on disk is left out."""
        self._catch_up()
        found: dict[FolderIndex, dict[int, int]] = {}
        for entry, place in self._places.items():
            number = place.folder.number(place.name, place.stamp)
            if number is not None:
                found.setdefault(place.folder, {})[entry] = number
        return found


def source_stamp(source: ImageSource) -> FileStamp | None:
    """What tells whether a picture is still the same; None for a file that is not there."""
    return stamp_of(source.path) if isinstance(source, FileSource) else _IN_MEMORY


def _absolute(path: Path) -> Path:
    """Without links resolved: a file keeps the name under which it was found."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve follows links
