"""The log of the window: warnings and worse in ``residual-lens.log``, and the last lines at hand.

Only the window keeps one. A headless command says everything on standard error, where whoever
called it looks, and leaves nothing behind: an empty home stays empty.

Several processes may write to the one file. The library's rotating handler keeps the file open,
so that after a rotation by one process the others go on in what is now an older file, and on
Windows cannot rotate at all. Here every record opens, appends in one write, and closes: warnings
are few.
"""

import contextlib
import logging
import os
import platform
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from desktop_app import __version__
from desktop_app.core.file_lock import try_lock
from desktop_app.core.installation import is_frozen, system_name

NAME: Final = "residual-lens.log"
_MOST_BYTES: Final = 2**20
_OLDER: Final = 2
_LINES_AT_HAND: Final = 50
_FORMAT: Final = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
_log: Final = logging.getLogger(__name__)


class LastLines(logging.Handler):
    """The newest lines of this process, for a crash report."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter(_FORMAT))
        self._lines: deque[str] = deque(maxlen=_LINES_AT_HAND)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a record."""
        try:
            self._lines.extend(self.format(record).splitlines())
        except Exception:  # noqa: BLE001 - as every handler: a wrong call of the log costs its line
            self.handleError(record)

    def lines(self) -> tuple[str, ...]:
        """The lines, oldest first."""
        return tuple(self._lines)


class _SharedFile(logging.Handler):
    """Appends to a file that other processes append to; moves it on when it is full."""

    def __init__(self, path: Path) -> None:
        """Begin to write.

        Raises:
            OSError: The file cannot be made or written to.
        """
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter(_FORMAT))
        self._path = path
        self.write(f"Residual Lens {__version__} begins on {_system()}, process {os.getpid()}")

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record."""
        try:
            self.write(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler: logging stops no program
            self.handleError(record)

    def write(self, text: str) -> None:
        """Append lines.

        Raises:
            OSError: The file cannot be written to.
        """
        line = f"{text}\n".encode("utf-8", "backslashreplace")[-_MOST_BYTES:]
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_size + len(line) > _MOST_BYTES:
                self._move_on(len(line))
        with _appending(self._path) as file:
            file.write(line)

    def _move_on(self, coming: int) -> None:
        """Rename the files, unless another process is at it; then this line makes one longer."""
        lock_path = self._path.with_name(f".{NAME}.lock")
        with _appending(lock_path) as lock, contextlib.suppress(OSError):
            if not try_lock(lock.fileno()) or self._path.stat().st_size + coming <= _MOST_BYTES:
                return
            for number in range(_OLDER, 0, -1):
                younger = self._path.with_name(f"{NAME}.{number - 1}") if number > 1 else self._path
                with contextlib.suppress(FileNotFoundError):
                    younger.replace(self._path.with_name(f"{NAME}.{number}"))


@contextlib.contextmanager
def keeping_log(folder: Path) -> Iterator[LastLines]:
    """Write warnings and worse also to the log in ``folder``, meanwhile.

    At most three files of 1 MB are kept. A folder that cannot be written to costs the log file
    and nothing else.
    """
    root, at_hand = logging.getLogger(), LastLines()
    handlers: list[logging.Handler] = [at_hand]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(_SharedFile(folder / NAME))
    except OSError as error:
        _log.warning("There is no log file: %s", error)
    for handler in handlers:
        root.addHandler(handler)
    try:
        yield at_hand
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def last_lines(folder: Path, count: int = _LINES_AT_HAND) -> Sequence[str]:
    """The end of the log file in ``folder``, of whatever process; empty where there is none."""
    try:
        with (folder / NAME).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - count * 400))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    return text.splitlines()[-count:]


def _appending(path: Path) -> BinaryIO:
    """The file, made if need be, for its owner alone, as reports are, which quote it.

    Raises:
        OSError: It cannot be made or written to.
    """
    return open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))


def _system() -> str:
    frozen = ", frozen" if is_frozen() else ""
    return f"{system_name()}, Python {platform.python_version()}{frozen}"
