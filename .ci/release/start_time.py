"""How long until the frozen program's window is on screen, against a frozen empty window.

The two are started in turns on a screen of their own and watched from outside: what counts is the
time from the start of the process to the first pixels that the server draws after a window has
been mapped. The server reports both as they happen (X11, "The DAMAGE Extension"), so nothing is
asked for again and again.

The empty window is frozen by PyInstaller as it comes. Absolute times tell little on a shared
machine; the ratio is told, and nothing is refused for it.
"""

import contextlib
import os
import select
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from Xlib import X, display
from Xlib.ext import damage

from release.environment import prepare
from release.errors import ReleaseError
from release.flavours import ROOT, Flavour
from release.virtual_screen import virtual_screen

GOAL: Final = 1.5
ROUNDS: Final = 15
_SCRIPT: Final = Path(__file__).with_name("empty_window.py")
_LIMIT_S: Final = 30.0


class NoWindowError(ReleaseError):
    """A program showed nothing in time."""


@dataclass(frozen=True, slots=True)
class Start:
    """The start of the program beside that of an empty window.

    Attributes:
        program_ms: Median over the rounds.
        empty_ms: Median over the rounds.
        lowest: Of the rounds' ratios.
        highest: Of the rounds' ratios.
    """

    program_ms: float
    empty_ms: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        ratio = self.program_ms / self.empty_ms
        return (
            f"first window after {self.program_ms:.0f} ms, {ratio:.2f} times an empty window's "
            f"{self.empty_ms:.0f} ms (rounds {self.lowest:.2f} to {self.highest:.2f}); "
            f"goal {GOAL:g} {'met' if ratio <= GOAL else 'missed'}"
        )


def tell_start(flavour: Flavour, program: Path) -> None:
    """Print how the start of ``program``, an executable, compares."""
    if shutil.which("Xvfb") is None:
        print("start: not measured, Xvfb is not installed", flush=True)
        return
    try:
        print(f"start: {compare(program, freeze_empty(flavour))}", flush=True)
    except NoWindowError as error:  # which the tests of the frozen program will tell in full
        print(f"start: not measured, {error}", flush=True)


def freeze_empty(flavour: Flavour) -> Path:
    """Freeze the empty window in the environment of ``flavour``; returns its executable.

    Raises:
        subprocess.CalledProcessError: PyInstaller failed.
    """
    folder = flavour.work / "empty-window"
    command = [
        *(str(prepare(flavour)), "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"),
        *("--distpath", str(folder), "--workpath", str(folder / "work"), "--specpath", str(folder)),
        *("--name", "empty-window", str(_SCRIPT)),
    ]
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(command, check=True, cwd=ROOT, env=inherited)
    return folder / "empty-window" / "empty-window"


def compare(program: Path, empty: Path, *, rounds: int = ROUNDS) -> Start:
    """Start both in turns, each first as often as the other.

    Raises:
        NoWindowError: One of them showed nothing.
    """
    times: dict[Path, list[float]] = {program: [], empty: []}
    with tempfile.TemporaryDirectory(prefix="start-") as home, Screen() as screen:
        environment = screen.environment(Path(home))
        for index in range(rounds + 1):
            for executable in (program, empty) if index % 2 else (empty, program):
                milliseconds = screen.time_start(executable, environment)
                if index:  # the first round fills the caches
                    times[executable].append(milliseconds)
    ratios = [ours / least for ours, least in zip(times[program], times[empty], strict=True)]
    return Start(
        program_ms=statistics.median(times[program]),
        empty_ms=statistics.median(times[empty]),
        lowest=min(ratios),
        highest=max(ratios),
    )


class Screen:
    """An X server of its own, and a client of it that watches."""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as closing:
            self._name = closing.enter_context(virtual_screen())
            self._display = display.Display(self._name)
            closing.callback(self._display.close)
            root = self._display.screen().root
            self._display.damage_query_version()
            root.change_attributes(event_mask=X.SubstructureNotifyMask)
            root.damage_create(damage.DamageReportRawRectangles)
            self._display.sync()
            self._closing = closing.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def environment(self, home: Path) -> dict[str, str]:
        """The variables under which a program appears here and keeps its things in ``home``."""
        inherited = {
            name: text for name, text in os.environ.items() if not name.startswith(("XDG_", "QT_"))
        }
        return {**inherited, "HOME": str(home), "DISPLAY": self._name, "QT_QPA_PLATFORM": "xcb"}

    def time_start(self, executable: Path, environment: Mapping[str, str]) -> float:
        """Milliseconds from the start of ``executable`` to its first pixels; then end it.

        Raises:
            NoWindowError: There were none.
        """
        self._take_events()
        began = time.perf_counter()
        process = subprocess.Popen([executable], env=environment, stderr=subprocess.DEVNULL)
        try:
            mapped = False
            while time.perf_counter() - began < _LIMIT_S and process.poll() is None:
                select.select([self._display.fileno()], [], [], 1)
                now = time.perf_counter()
                for kind in self._take_events():
                    mapped = mapped or kind == "MapNotify"
                    if mapped and kind == "DamageNotify":
                        return (now - began) * 1000
        finally:
            process.terminate()
            process.wait(_LIMIT_S)
        raise NoWindowError(f"{executable} showed no window")

    def _take_events(self) -> list[str]:
        """The names of what the server has reported since the last time."""
        waiting = range(self._display.pending_events())
        return [type(self._display.next_event()).__name__ for _ in waiting]
