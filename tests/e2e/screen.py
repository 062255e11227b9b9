"""A screen of the tests' own: Xvfb for the picture, xdotool for keyboard and mouse.

Never the user's display: the tests move the mouse and use the clipboard. No window manager runs
there; what one would do, giving a window the keyboard, :meth:`Screen.press` does.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from release.virtual_screen import virtual_screen

_POLL_S: Final = 0.02

T = TypeVar("T")


def obstacle() -> str | None:
    """Return why there can be no screen here, or None."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else None


def wait_until(condition: Callable[[], T | None], what: str, timeout_s: float = 30) -> T:
    """Return the first true result of ``condition``.

    Raises:
        TimeoutError: It stayed false; the message says what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        if result := condition():
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s} s until {what}")
        time.sleep(_POLL_S)


@dataclass(frozen=True)
class Screen:
    """A running X server."""

    name: str

    def environment(self) -> dict[str, str]:
        """Return the variables under which a Qt program appears on this screen."""
        return {**os.environ, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb", "QT_IM_MODULE": ""}

    def xdotool(self, *words: str | int) -> str:
        """Run xdotool and return what it prints.

        Raises:
            subprocess.CalledProcessError: It failed, for example because nothing was found.
        """
        command = ["xdotool", *map(str, words)]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=30, env=self.environment()
        )
        return done.stdout

    def windows(self, pid: int) -> list[int]:
        """Return the visible top-level windows of a process."""
        try:
            return [int(w) for w in self.xdotool("search", "--onlyvisible", "--pid", pid).split()]
        except subprocess.CalledProcessError:  # its way to say "none"
            return []

    def geometry(self, window: int) -> tuple[int, int, int, int]:
        """Return (x, y, width, height) of a window in pixels."""
        lines = self.xdotool("getwindowgeometry", "--shell", window).split()
        values = dict(line.split("=", 1) for line in lines)
        x, y, width, height = (int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        return x, y, width, height

    def press(self, window: int, keys: str) -> None:
        """Give ``window`` the keyboard and press ``keys`` ("ctrl+shift+c")."""
        self.xdotool("windowfocus", "--sync", window)
        self.xdotool("key", "--clearmodifiers", keys)

    def type_text(self, window: int, text: str) -> None:
        """Give ``window`` the keyboard and type ``text``."""
        self.xdotool("windowfocus", "--sync", window)
        self.xdotool("type", "--clearmodifiers", text)

    def move_mouse(self, x: int, y: int) -> None:
        """Put the pointer at (x, y) pixels from the screen's top left."""
        self.xdotool("mousemove", x, y)

    def button(self, action: str) -> None:
        """Do ``down`` or ``up`` with the left mouse button."""
        self.xdotool(f"mouse{action}", 1)


@contextmanager
def start_screen() -> Iterator[Screen]:
    """Run Xvfb on a free display for as long as the context lasts."""
    with virtual_screen() as name:
        yield Screen(name)
