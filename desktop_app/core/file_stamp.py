"""What tells whether a file is still the one that was read, without reading it again."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A file as it was at one moment.

    Attributes:
        size: In bytes.
        modified_ns: Time of its last change.
    """

    size: int
    modified_ns: int


def stamp_of(path: Path) -> FileStamp | None:
    """The file's stamp now; None where there is no file to be read."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return FileStamp(status.st_size, status.st_mtime_ns)
