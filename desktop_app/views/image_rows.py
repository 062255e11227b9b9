"""The image list's rows: entries of the state, and the small pictures that go with them.

A new snapshot is compared with the last one by identity: unchanged entries are the same objects,
so ten thousand rows cost one pass of pointer comparisons, and only what changed is announced.
"""

import itertools
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from desktop_app.core.records import FileSource, Pixels
from desktop_app.state import ImageEntry
from desktop_app.views.qimage import to_qimage

THUMBNAILS_KEPT: Final = 1000
ENTRY_ROLE: Final = Qt.ItemDataRole.UserRole + 1
THUMBNAIL_ROLE: Final = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex


class ImageRows(QAbstractListModel):
    """One row per :class:`ImageEntry`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[ImageEntry, ...] = ()
        self._thumbnails: OrderedDict[int, QPixmap] = OrderedDict()
        self._asked: OrderedDict[int, None] = OrderedDict()

    # --- Qt's questions ------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        """How many entries there are."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The entry, its thumbnail, or its texts."""
        entry = self._entries[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return headline(entry)
            case Qt.ItemDataRole.ToolTipRole:
                return tip(entry)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{headline(entry)}, {detail(entry)}"
            case _ if role == ENTRY_ROLE:
                return entry
            case _ if role == THUMBNAIL_ROLE:
                return self._thumbnail(entry.number)
            case _:
                return None

    # --- rows ----------------------------------------------------------------------------------

    def show_entries(self, entries: tuple[ImageEntry, ...]) -> None:
        """Take the entries of a new snapshot and announce the difference."""
        old = self._entries
        if entries is old:
            return
        same = _common_prefix(old, entries)
        if same == len(old) <= len(entries):
            self._announce_changes(entries[:same])
            self._append(entries)
        elif _without(old, same, len(old) - len(entries), entries):
            self._remove(same, len(old) - len(entries), entries)
        else:
            self.beginResetModel()
            self._entries = entries
            self.endResetModel()

    def entry(self, row: int) -> ImageEntry:
        """The entry in that row."""
        return self._entries[row]

    def row(self, number: int) -> int | None:
        """The row of the entry of that number, or None; numbers ascend along the list."""
        row = bisect_left(self._entries, number, key=attrgetter("number"))
        found = row < len(self._entries) and self._entries[row].number == number
        return row if found else None

    def next_failed(self, after: int | None, row: int) -> int | None:
        """The next row, around the end, that could not be opened; None where there is none.

        Args:
            after: Number of the entry to go on from.
            row: Where to begin without one; -1 at the top.
        """
        start = (
            row if after is None else bisect_left(self._entries, after, key=attrgetter("number"))
        )
        count = len(self._entries)
        places = ((start + step) % count for step in range(1, count + 1))
        return next((place for place in places if self._entries[place].status == "failed"), None)

    # --- thumbnails ----------------------------------------------------------------------------

    def set_thumbnail(self, number: int, pixels: Pixels) -> None:
        """Keep a row's small picture; the ones not seen for longest are let go."""
        self._thumbnails[number] = QPixmap.fromImage(to_qimage(pixels))
        self._thumbnails.move_to_end(number)
        self._asked.pop(number, None)
        while len(self._thumbnails) > THUMBNAILS_KEPT:
            self._thumbnails.popitem(last=False)
        if (row := self.row(number)) is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index, [THUMBNAIL_ROLE])

    def ask_for_missing(self, first: int, last: int) -> tuple[int, ...]:
        """Numbers of the rows ``first`` to ``last`` whose thumbnail nobody has asked for yet."""
        return self._ask_for(self._entries[first : last + 1])

    def ask_for(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """Of these entries those whose thumbnail nobody has asked for yet."""
        rows = (self.row(number) for number in numbers)
        return self._ask_for([self._entries[row] for row in rows if row is not None])

    def thumbnail(self, number: int) -> QPixmap | None:
        """An entry's small picture, if it has been made."""
        return self._thumbnail(number)

    # --- inside --------------------------------------------------------------------------------

    def _ask_for(self, entries: Iterable[ImageEntry]) -> tuple[int, ...]:
        missing = tuple(
            entry.number
            for entry in entries
            if entry.status != "failed"
            and entry.number not in self._thumbnails
            and entry.number not in self._asked
        )
        self._asked.update(dict.fromkeys(missing))
        while len(self._asked) > THUMBNAILS_KEPT:
            self._asked.popitem(last=False)
        return missing

    def _thumbnail(self, number: int) -> QPixmap | None:
        found = self._thumbnails.get(number)
        if found is not None:
            self._thumbnails.move_to_end(number)
        return found

    def _announce_changes(self, entries: tuple[ImageEntry, ...]) -> None:
        old = self._entries
        changed = [row for row, entry in enumerate(entries) if entry is not old[row]]
        self._entries = entries
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def _append(self, entries: tuple[ImageEntry, ...]) -> None:
        if len(entries) == len(self._entries):
            self._entries = entries
            return
        self.beginInsertRows(QModelIndex(), len(self._entries), len(entries) - 1)
        self._entries = entries
        self.endInsertRows()

    def _remove(self, first: int, count: int, entries: tuple[ImageEntry, ...]) -> None:
        self.beginRemoveRows(QModelIndex(), first, first + count - 1)
        for entry in self._entries[first : first + count]:
            self._thumbnails.pop(entry.number, None)
            self._asked.pop(entry.number, None)
        self._entries = entries
        self.endRemoveRows()


def headline(entry: ImageEntry) -> str:
    """What is known of the picture: its top-1, or where it stands."""
    match entry.status:
        case "ready" if entry.top is not None:
            return entry.top.label
        case "failed":
            return "Cannot be opened"
        case "stopped":
            return "Not classified"
        case _:
            return "Waiting"


def detail(entry: ImageEntry) -> str:
    """The second line: ``.71 · dog_on_lawn.jpg``."""
    if entry.top is None or entry.status != "ready":
        return entry.source.name
    return f"{_short_probability(entry.top.probability)} · {entry.source.name}"


def tip(entry: ImageEntry) -> str:
    """The whole story of a row, for its tooltip."""
    place = str(entry.source.path) if isinstance(entry.source, FileSource) else entry.source.name
    if entry.status == "failed":
        return f"{place}\n{entry.error}"
    if entry.status == "stopped":
        return f"{place}\nThe run was cancelled before its turn. Click to classify it."
    if entry.top is None:
        return place
    return f"{place}\n{entry.top.label}, {entry.top.probability:.1%}"


def _short_probability(probability: float) -> str:
    """Two figures without the leading zero: .71; 1.0 only where it is."""
    text = f"{min(probability, 0.99) if probability < 0.9995 else 1.0:.2f}"
    return text.removeprefix("0")


def _common_prefix(old: tuple[ImageEntry, ...], new: tuple[ImageEntry, ...]) -> int:
    """How many leading rows keep their number."""
    for row, (before, after) in enumerate(zip(old, new, strict=False)):
        if before is not after and before.number != after.number:
            return row
    return min(len(old), len(new))


def _without(
    old: tuple[ImageEntry, ...], first: int, count: int, new: tuple[ImageEntry, ...]
) -> bool:
    """Whether ``new`` is ``old`` with ``count`` rows from ``first`` taken out, nothing else."""
    if count <= 0:
        return False
    kept = itertools.chain(old[:first], old[first + count :])
    # By identity: pictures inside sources cannot be compared with ==.
    return all(before is after for before, after in zip(kept, new, strict=True))
