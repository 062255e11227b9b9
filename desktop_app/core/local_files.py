"""Places and small files that a person named or may have changed, met without surprise.

Whoever starts the program may mean somebody's home that is not there, stand in a folder that has
been removed, or have a pipe where a file is expected: none of these may end or delay a start.
Imports next to nothing, because a start that only hands its files over goes through here too.
"""

import stat
from pathlib import Path
from typing import Final

SMALL: Final = 2**20
"""Bytes. What is larger is none of our small files; cut off here, it is no JSON either."""


def expanded(path: Path) -> Path:
    """``path`` with ``~`` replaced; as it stands where nobody has that name."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def absolute(path: Path) -> Path:
    """``path`` from the root; as it stands where the current folder has been removed."""
    try:
        return path.absolute()
    except OSError:
        return path


def read_small(path: Path) -> bytes | None:
    """What is in a file, at most :data:`SMALL` bytes; None where there is none.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no file.
    """
    try:
        # One look, not two: another process may put the file there in between.
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise ValueError(path)
        with path.open("rb") as file:
            return file.read(SMALL)
    except (FileNotFoundError, NotADirectoryError):
        return None
