"""Files that are there whole or not at all, whatever happens while they are written."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from desktop_app.core.errors import OutputError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` and move it there when the block ends well.

    A kill at any moment leaves the old file or the new one. What a kill may leave beside it
    (``.name.part``) is overwritten by the next attempt, so nothing piles up. Missing folders are
    made; a file that is replaced keeps its permissions.

    Raises:
        OutputError: The folder cannot be made or written to, or the disk is full.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileNotFoundError):
                part.chmod(path.stat().st_mode & 0o777)
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        raise OutputError(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Choose another place, or make room.",
        ) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``; see :func:`replacing`.

    Raises:
        OutputError: The folder cannot be made or written to, or the disk is full.
    """
    with replacing(path) as file:
        file.write(content)
