"""The index of one dropped folder: an :class:`ImageIndex` that knows which files it is about.

Opened from its file when the folder is dropped again. What has changed or vanished since is
forgotten at once, before anything of it can be shown; what is new is for the caller to run and
add. When so much was forgotten that the nine places are not certain any more, the index begins
anew: reading pictures again is slow, but a wrong nine would be worse.

Images that came one by one, from the clipboard or as single files, share an index without a
folder, which is never written.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from desktop_app.core.file_stamp import FileStamp, stamp_of
from desktop_app.core.image_index import ImageIndex
from desktop_app.core.image_index_file import (
    StoredIndex,
    read_index,
    write_index,
)
from desktop_app.core.image_peaks import ImagePeaks, IndexLayout


class FolderIndex:
    """The images of one folder, by their path. Belongs to one thread."""

    def __init__(
        self,
        layout: IndexLayout,
        *,
        root: Path | None = None,
        cache: Path | None = None,
        model: str = "",
    ) -> None:
        """Open what is kept of a folder, or begin empty.

        Args:
            layout: Of the model.
            root: The folder, absolute; None for images that came one by one.
            cache: The folder of all indexes; None to keep nothing.
            model: ``model_digest`` of the model.
        """
        self.root = root
        self._cache, self._model = cache, model
        self._layout = layout
        self._numbers: dict[str, int] = {}
        self._stamps: dict[str, FileStamp] = {}
        self._files: list[tuple[str, FileStamp]] = []
        self._changed = False
        self.index = ImageIndex(layout)
        if root is not None and cache is not None:
            stored = read_index(cache, root, model, layout)
            if stored is not None:
                self._take(stored)

    def name_of(self, path: Path) -> str | None:
        """How a file is called here; None for one outside the folder."""
        if self.root is None:
            return path.as_posix()
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return None

    def number(self, name: str, stamp: FileStamp) -> int | None:
        """An image's number in the index; None where it, as it is now, is not indexed."""
        return self._numbers.get(name) if self._stamps.get(name) == stamp else None

    def current(self, name: str) -> int | None:
        """The number under which a file was indexed last; None where it is not."""
        return self._numbers.get(name)

    def add(self, name: str, stamp: FileStamp, peaks: ImagePeaks) -> int:
        """Take an image in; what stood under its name before is forgotten."""
        if (earlier := self._numbers.get(name)) is not None:
            self.index.forget(earlier)
        number = self.index.add(peaks)
        self._numbers[name], self._stamps[name] = number, stamp
        self._files.append((name, stamp))
        self._changed = True
        return number

    def forget(self, name: str) -> None:
        """Take an image out; an index without any begins anew."""
        if (number := self._numbers.pop(name, None)) is not None:
            del self._stamps[name]
            self.index.forget(number)
            self._changed = True
            if not self._numbers:
                self.begin_anew()

    def keep(self) -> None:
        """Write what has been added or forgotten since the last time; never raises."""
        if self._changed and self.root is not None and self._cache is not None:
            stored = StoredIndex(self.index, tuple(self._files))
            self._changed = not write_index(self._cache, self.root, self._model, stored)

    def check(self) -> Iterator[None]:
        """Compare with the disk, a hundred files per step; may begin anew (see ``is_worn``)."""
        for position, name in enumerate(tuple(self._numbers)):
            if self.root is not None and stamp_of(self.root / name) != self._stamps[name]:
                self.index.forget(self._numbers.pop(name))
                del self._stamps[name]
                self._changed = True
            if position % 100 == 99:
                yield
        if self.index.is_worn:
            self.begin_anew()

    def _take(self, stored: StoredIndex) -> None:
        self.index, self._files = stored.index, list(stored.files)
        for number, (name, stamp) in enumerate(stored.files):
            if self.index.knows(number):
                self._numbers[name], self._stamps[name] = number, stamp

    def begin_anew(self) -> None:
        """Know no image any more."""
        self.index = ImageIndex(self._layout)
        self._numbers, self._stamps, self._files = {}, {}, []
        self._changed = True


def innermost(roots: "tuple[Path, ...]", path: Path) -> Path | None:
    """The deepest of the folders that a file lies in; None for one in none of them."""
    inside = [root for root in roots if os.fspath(path).startswith(os.path.join(root, ""))]  # noqa: PTH118
    return max(inside, key=lambda root: len(root.parts), default=None)
