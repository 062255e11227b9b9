"""The meeting place on Windows: a locked file and a named pipe.

A pipe's default permissions let nobody else write to it, and the first of a name cannot be
opened twice. Tested elsewhere over a Unix socket, which ``multiprocessing.connection`` treats
alike.
"""

import contextlib
import os
import threading
import zlib
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Final

from desktop_app.core.file_lock import try_lock
from desktop_app.first_process.meeting import READING_S, REFUSED, TAKEN, Answer
from desktop_app.first_process.message import SIZE_LIMIT

_WORDS: Final[dict[bytes, Answer]] = {TAKEN: "taken", REFUSED: "refused"}
_ANYBODY: Final = -1
"""ASFW_ANY (winuser.h)."""


class PipeMeeting:
    """A lock in ``folder``, a pipe named after it."""

    def __init__(self, folder: Path, name: str, address: str | None = None) -> None:
        """Make what is missing.

        Args:
            folder: Inside the person's profile, which nobody else may enter.
            name: Stands for the screen.
            address: The pipe's; other than the usual one in tests.

        Raises:
            OSError: The folder cannot be made or written to.
        """
        folder.mkdir(parents=True, exist_ok=True)
        place = zlib.crc32(os.fsencode(folder.absolute()))
        self._address = address or rf"\\.\pipe\residual-lens-{place:08x}-{name}"
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOINHERIT", 0)
        self._lock = os.open(folder / f"window-{name}.lock", flags, 0o600)

    def try_lock(self) -> bool:
        """Become the first, unless another is."""
        return try_lock(self._lock)

    def ask(self, message: bytes, patience_s: float) -> Answer:
        """Tell the first process something and wait for its word."""
        _let_others_come_to_the_front()
        try:
            with Client(self._address) as connection:
                connection.send_bytes(message)
                if not connection.poll(patience_s):
                    return "silence"
                return _WORDS.get(connection.recv_bytes(len(REFUSED)), "refused")
        except (OSError, EOFError):  # it has not opened its door yet, or has just gone
            return "nobody"

    def open_door(self) -> "PipeDoor":
        """Let callers in.

        Raises:
            OSError: Another program has a pipe of this name.
        """
        return PipeDoor(self._address)

    def close(self) -> None:
        """Let the lock go."""
        os.close(self._lock)


class PipeDoor:
    """A pipe that is waited at. What wakes the one who waits is a caller of our own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._listener = Listener(address)
        self._closing = threading.Event()

    def wait(self) -> "PipeCaller | None":
        """The next caller; None once the door is to be closed."""
        while not self._closing.is_set():
            with contextlib.suppress(ConnectionError, EOFError):  # gone again
                connection = self._listener.accept()
                if not self._closing.is_set():
                    return PipeCaller(connection)
                connection.close()
        return None

    def wake(self) -> None:
        """Have :meth:`wait` end."""
        self._closing.set()
        with contextlib.suppress(OSError, EOFError):
            Client(self._address).close()

    def close(self) -> None:
        """Let nobody in any more."""
        self._listener.close()


class PipeCaller:
    """Another process at the other end."""

    def __init__(self, connection: "Connection[bytes, bytes]") -> None:
        self._connection = connection

    def read(self) -> bytes:
        """Its message; pipes keep messages whole.

        Raises:
            OSError: It has gone, or takes too long, or says too much.
            ValueError: It said nothing.
        """
        try:
            if not self._connection.poll(READING_S):
                msg = "it said nothing"
                raise ValueError(msg)
            return self._connection.recv_bytes(SIZE_LIMIT)
        except EOFError as error:
            msg = "it has gone"
            raise ConnectionError(msg) from error

    def answer(self, word: bytes) -> None:
        """Tell it a word.

        Raises:
            OSError: It no longer waits.
        """
        self._connection.send_bytes(word)

    def close(self) -> None:
        """Part."""
        self._connection.close()


def _let_others_come_to_the_front() -> None:
    """Pass on the right to the foreground, which the process has that the person just started."""
    import ctypes  # noqa: PLC0415 - only here

    with contextlib.suppress(AttributeError, OSError):
        ctypes.windll.user32.AllowSetForegroundWindow(_ANYBODY)  # type: ignore[attr-defined]
