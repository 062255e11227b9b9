"""Files that are there whole or not at all, whatever happens while they are written."""

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from desktop_app.core.errors import OutputError
from desktop_app.core.file_lock import try_lock

_CLOSES_FIRST: Final = sys.platform == "win32"
"""Windows moves and removes no open file; so nobody can open what is about to be moved, either."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` and move it there when the block ends well.

    A kill at any moment, or a power cut, leaves the old file or the new one. What a kill may leave
    beside it (``.name.part``) is overwritten by the next attempt, so nothing piles up; several
    processes may write to the same ``path``, and the last one's file stays. Missing folders are
    made; a file that is replaced keeps its permissions, and a link to it stays.

    Raises:
        OutputError: The folder cannot be made or written to, or the disk is full.
    """
    named, path = path, Path(os.path.realpath(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part, file = _claim(path)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            with contextlib.suppress(FileNotFoundError):
                part.chmod(path.stat().st_mode & 0o777)
            if _CLOSES_FIRST:
                file.close()
            part.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            if _CLOSES_FIRST:
                file.close()
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        finally:
            file.close()
    except OSError as error:
        obstacle = _obstacle(path)
        raise OutputError(
            f"cannot write {named}",
            why=obstacle or error.strerror or str(error),
            remedy="Choose another place." if obstacle else "Choose another place, or make room.",
        ) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``; see :func:`replacing`.

    Raises:
        OutputError: The folder cannot be made or written to, or the disk is full.
    """
    with replacing(path) as file:
        file.write(content)


def _obstacle(path: Path) -> str:
    """What stands where ``path``, or a folder on the way to it, should be; empty for nothing."""
    if os.path.isdir(path):  # noqa: PTH112 - raises nothing where looking is not permitted
        return f"{path} is a folder"
    there = next((folder for folder in path.parents if os.path.lexists(folder)), path)
    return "" if there == path or os.path.isdir(there) else f"{there} is a file and no folder"  # noqa: PTH112


def _claim(path: Path) -> tuple[Path, BinaryIO]:
    """An empty file beside ``path`` that no living process is writing, locked.

    Raises:
        OSError: There can be none.
    """
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    for number in itertools.count():
        part = path.with_name(f".{path.name}.{number}.part" if number else f".{path.name}.part")
        while True:
            descriptor = os.open(part, flags, 0o666)
            try:
                locked, moved = try_lock(descriptor), not _is_still(part, descriptor)
                if locked and not moved:
                    os.ftruncate(descriptor, 0)
                    return part, os.fdopen(descriptor, "wb")
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if not moved:
                break  # another is at it: under another name
    raise AssertionError  # counting has no end


def _is_still(part: Path, descriptor: int) -> bool:
    """Whether what was opened as ``part`` has not been moved to its place before it was locked."""
    try:
        return os.path.samestat(part.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Make a move survive a power cut, where folders can be synchronised."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
