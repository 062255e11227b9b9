"""The meeting place on Unix: a locked file and a socket, in a folder that is the person's alone."""

import contextlib
import os
import selectors
import socket
import stat
import sys
import time
from pathlib import Path
from typing import Final

from desktop_app.core.file_lock import try_lock
from desktop_app.first_process.meeting import READING_S, REFUSED, TAKEN, Answer
from desktop_app.first_process.message import SIZE_LIMIT

_ADDRESS_LIMIT: Final = 100
"""Bytes of a socket's path: 108 on Linux, 104 on macOS (``sun_path``), less a few to spare."""
_CHUNK: Final = 2**16
_WORDS: Final[dict[bytes, Answer]] = {TAKEN: "taken", REFUSED: "refused", b"": "nobody"}


class SocketMeeting:
    """In ``folder``, under a name of its own for each screen."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make what is missing.

        Raises:
            OSError: The folder cannot be made or written to, or is open to others.
        """
        self._socket_name = f"window-{name}.socket"
        self._path = folder / self._socket_name
        self._folder = _open_private(folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._lock = os.open(f"window-{name}.lock", flags, 0o600, dir_fd=self._folder)
        except OSError:
            os.close(self._folder)
            raise

    def try_lock(self) -> bool:
        """Become the first, unless another is."""
        return try_lock(self._lock)

    def ask(self, message: bytes, patience_s: float) -> Answer:
        """Tell the first process something and wait for its word."""
        deadline = time.monotonic() + patience_s
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            try:
                connection.settimeout(patience_s)
                connection.connect(self._address())
                connection.sendall(message)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
                return _WORDS.get(connection.recv(len(REFUSED)), "refused")
            except TimeoutError:
                return "silence"
            except OSError:  # it has not opened its door yet, or has just gone
                return "nobody"

    def open_door(self) -> "SocketDoor":
        """Let callers in. A socket that a killed process left is no obstacle: the lock is ours.

        Raises:
            OSError: This place holds no sockets, or its path is too long for one.
        """
        self._remove_socket()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(self._address())
            listening.listen()
        except OSError:
            listening.close()
            raise
        return SocketDoor(listening, self)

    def close(self) -> None:
        """Let the lock go. Its file stays: removed, another's lock might go with it."""
        os.close(self._lock)
        os.close(self._folder)

    def _address(self) -> str:
        """The socket's path; a long one by way of the open folder, where the system has that."""
        if len(os.fsencode(self._path)) <= _ADDRESS_LIMIT or sys.platform != "linux":
            return str(self._path)
        return f"/proc/self/fd/{self._folder}/{self._socket_name}"

    def _remove_socket(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._socket_name, dir_fd=self._folder)


class SocketDoor:
    """A listening socket, and a pair of others to wake whoever waits at it."""

    def __init__(self, listening: socket.socket, meeting: SocketMeeting) -> None:
        self._listening = listening
        self._listening.setblocking(False)
        self._meeting = meeting
        self._woken, self._waker = socket.socketpair()

    def wait(self) -> "SocketCaller | None":
        """The next caller; None once the door is to be closed."""
        while _is_ready(self._listening, self._woken, None):
            with contextlib.suppress(BlockingIOError, ConnectionAbortedError):  # gone again
                return SocketCaller(self._listening.accept()[0], self._woken)
        return None

    def wake(self) -> None:
        """Have :meth:`wait` and every reading end, now and later."""
        self._waker.send(b"\0")

    def close(self) -> None:
        """Let nobody in any more, and leave no socket behind."""
        self._meeting._remove_socket()  # noqa: SLF001 - one of the two halves
        for part in (self._listening, self._woken, self._waker):
            part.close()


class SocketCaller:
    """Another process at the other end of a connection."""

    def __init__(self, connection: socket.socket, woken: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(False)
        self._woken = woken

    def read(self) -> bytes:
        """Everything it has to say.

        Raises:
            OSError: It has gone, or takes too long, or the door is being closed.
            ValueError: It says too much.
        """
        deadline = time.monotonic() + READING_S
        content = bytearray()
        while _is_ready(self._connection, self._woken, deadline - time.monotonic()):
            with contextlib.suppress(BlockingIOError):
                chunk = self._connection.recv(_CHUNK)
                if not chunk:
                    return bytes(content)
                content += chunk
            if len(content) > SIZE_LIMIT:
                msg = f"more than {SIZE_LIMIT} bytes"
                raise ValueError(msg)
        msg = "it did not come to an end"
        raise TimeoutError(msg)

    def answer(self, word: bytes) -> None:
        """Tell it a word: one short enough for an empty buffer, so this never waits.

        Raises:
            OSError: It no longer waits.
        """
        self._connection.sendall(word)

    def close(self) -> None:
        """Part."""
        self._connection.close()


def _is_ready(wanted: socket.socket, woken: socket.socket, timeout_s: float | None) -> bool:
    """Wait until ``wanted`` can be read; False when ``woken`` can first, or the time is up."""
    if timeout_s is not None and timeout_s <= 0:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(wanted, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        ready = [key.fileobj for key, _ in selector.select(timeout_s)]
    return bool(ready) and woken not in ready


def _open_private(folder: Path) -> int:
    """The folder, made if need be, as a descriptor: ours, and closed to everybody else.

    Raises:
        OSError: It cannot be made, or belongs to somebody else, or stays open to others (as on
            file systems without permissions).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder, flags)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & 0o077:
            os.fchmod(descriptor, 0o700)
            status = os.fstat(descriptor)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            msg = f"{folder} is open to others"
            raise PermissionError(msg)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
