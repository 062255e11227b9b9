"""An index of a folder on disk: one file per dropped folder and model, in the program's cache.

A NumPy archive of the index's table and a header in JSON. It is a cache: a file that is damaged,
of another schema, folder or model, or that cannot be read is passed over and the index is built
anew; nothing here is an error for a person. The header says which images it knows, with the size
and the time of change that each file had, so that the caller can tell what has changed since.
"""

import contextlib
import hashlib
import logging
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from desktop_app.core.atomic import replacing
from desktop_app.core.errors import OutputError
from desktop_app.core.file_stamp import FileStamp, stamp_of
from desktop_app.core.image_index import ImageIndex
from desktop_app.core.image_peaks import IndexLayout
from desktop_app.core.index_table import IndexTable
from desktop_app.core.records import Model, read_only

_log: Final = logging.getLogger(__name__)

SCHEMA: Final = 1
"""Rises with any change of what the arrays mean."""
SUFFIX: Final = ".index.npz"
BYTES_KEPT: Final = 500_000_000
"""Of all indexes together; the files that were used longest ago go beyond that."""
_DTYPES: Final = {
    "values": np.float32,
    "images": np.int32,
    "positions": np.int32,
    "extremes": np.float32,
    "features": np.float32,
    "present": np.bool_,
}
# What NumPy, zip and JSON raise over damaged bytes, and the disk over missing ones.
_DAMAGE: Final = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, msgspec.MsgspecError),
)


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The archive's first entry."""

    schema: int
    root: str
    model: str
    layers: tuple[tuple[str, int, int, int], ...]
    names: tuple[str, ...]
    stamps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class StoredIndex:
    """What a file held.

    Attributes:
        index: As it was.
        files: Per image of the index: its path relative to the folder, with slashes, and its
            stamp.
    """

    index: ImageIndex
    files: tuple[tuple[str, FileStamp], ...]


def model_digest(model: Model) -> str:
    """A name for everything that decides a model's activations: weights and preprocessing.

    The card's digest of the weights, else the file's SHA-256 (100 MB take 0.1 s).
    """
    weights = "" if model.card is None else model.card.weights_sha256
    if not weights:
        try:
            with model.path.open("rb") as file:
                weights = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            weights = f"unreadable {model.path}"
    return hashlib.sha256(f"{weights} {model.preprocessing!r}".encode()).hexdigest()


def index_file(folder: Path, root: Path, model: str) -> Path:
    """Where the index of ``root`` for a model of that digest lies."""
    name = hashlib.sha256(f"{os.fspath(root)}\0{model}".encode("utf-8", "surrogatepass"))
    return folder / f"{name.hexdigest()[:40]}{SUFFIX}"


def read_index(folder: Path, root: Path, model: str, layout: IndexLayout) -> StoredIndex | None:
    """Open the index of a folder; None where there is none that can be trusted.

    Args:
        folder: Of all indexes.
        root: The folder that was indexed, absolute.
        model: :func:`model_digest`.
        layout: What the model's index stores.
    """
    path = index_file(folder, root, model)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            header = msgspec.json.decode(archive["header"].tobytes(), type=_Header)
            expected = (SCHEMA, os.fspath(root), model, layout.signature())
            if (header.schema, header.root, header.model, header.layers) != expected:
                return None
            arrays = {name: _typed(archive[name], kind) for name, kind in _DTYPES.items()}
        index = ImageIndex(layout, IndexTable(**arrays))
        stamps = [FileStamp(*stamp) for stamp in header.stamps]
        files = tuple(zip(header.names, stamps, strict=True))
        if len(files) != len(arrays["present"]):
            return None
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        _log.warning("The index %s is of no use: %s", path.name, error)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used just now: among the last that have to go
    return StoredIndex(index, files)


def write_index(folder: Path, root: Path, model: str, stored: StoredIndex) -> bool:
    """Keep the index of a folder; returns whether that worked.

    A full disk or a read-only home is no error: the index is then built again the next time.
    """
    header = _Header(
        schema=SCHEMA,
        root=os.fspath(root),
        model=model,
        layers=stored.index.layout.signature(),
        names=tuple(name for name, _ in stored.files),
        stamps=tuple((stamp.size, stamp.modified_ns) for _, stamp in stored.files),
    )
    table = stored.index.table()
    arrays = {name: getattr(table, name) for name in _DTYPES}
    try:
        content = np.frombuffer(msgspec.json.encode(header), np.uint8)
        with replacing(index_file(folder, root, model)) as file:
            np.savez(file, header=content, **arrays)
    except (OutputError, ValueError) as error:
        _log.warning("The index of a folder cannot be kept: %s", error)
        return False
    _bound(folder)
    return True


def _typed(array: "np.ndarray", kind: type) -> "np.ndarray":
    if array.dtype != kind:
        msg = f"{array.dtype} instead of {kind.__name__}"
        raise ValueError(msg)
    return read_only(array)


def _bound(folder: Path, limit: int | None = None) -> None:
    """Remove what was used longest ago, until the rest fits."""
    left = BYTES_KEPT if limit is None else limit
    found = [
        (stamp.modified_ns, stamp.size, path)
        for path in folder.glob(f"*{SUFFIX}")
        if (stamp := stamp_of(path)) is not None
    ]
    for _, size, path in sorted(found, reverse=True):
        left -= size
        if left < 0:
            with contextlib.suppress(OSError):
                path.unlink()
