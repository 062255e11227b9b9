"""What the platforms have in common of the place where processes meet.

A *meeting place* has a lock, which says who is first, and a *door*, at which later *callers*
knock with a message and wait for a word. ``unix_socket.py`` and ``named_pipe.py`` build it.
"""

import os
import re
from typing import Final, Literal, Protocol

TAKEN: Final = b"taken\n"
REFUSED: Final = b"refused\n"
READING_S: Final = 2.0
"""For a whole message: whoever takes longer has stopped in the middle."""

Answer = Literal["taken", "refused", "silence", "nobody"]
"""``silence``: somebody is there and says nothing. ``nobody``: not there yet, or no longer."""


class Caller(Protocol):
    """Another process at the door."""

    def read(self) -> bytes:
        """Its message, whole.

        Raises:
            OSError: It has gone, or takes too long, or the door is being closed.
            ValueError: The message is too large.
        """

    def answer(self, word: bytes) -> None:
        """Tell it a word.

        Raises:
            OSError: It no longer waits.
        """

    def close(self) -> None:
        """Part; without an answer it knows that nothing was taken."""


class Door(Protocol):
    """Where callers come in."""

    def wait(self) -> Caller | None:
        """The next one; None once the door is to be closed."""

    def wake(self) -> None:
        """Have :meth:`wait` end; from another thread."""

    def close(self) -> None:
        """Let nobody in any more."""


class Meeting(Protocol):
    """The place where processes of one person on one screen meet."""

    def try_lock(self) -> bool:
        """Become the first, unless another is."""

    def ask(self, message: bytes, patience_s: float) -> Answer:
        """Tell the first process something and wait for its word."""

    def open_door(self) -> Door:
        """Let callers in; only for the first.

        Raises:
            OSError: There can be no door here.
        """

    def close(self) -> None:
        """Let the lock go."""


def screen_name() -> str:
    """Which screen the window would be on, as part of a file name.

    Who works on two screens at once (a second seat, a forwarded display) has a first process on
    each: handed to the other's, a picture would appear where nobody looks.
    """
    names = ("WAYLAND_DISPLAY", "DISPLAY", "SESSIONNAME")
    screen = next((value for name in names if (value := os.environ.get(name))), "screen")
    return re.sub(r"[^A-Za-z0-9.-]", "_", screen.removesuffix(".0"))[-40:]
