"""Drives the real program in a real window, with nothing but what a user has.

No hook in the product: results are read back from the clipboard, after the shortcut that copies
the predictions as text.
"""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.e2e.companion import Companion
from tests.e2e.screen import Screen, wait_until

ROOT: Final = Path(__file__).resolve().parents[2]
ARTEFACTS: Final = ROOT / "artefacts"
FROM_SOURCE: Final = (sys.executable, "-X", "faulthandler", "-m", "desktop_app")
COPY_PREDICTIONS: Final = "ctrl+shift+c"
PATIENCE_S: Final = 30
QUIT: Final = "ctrl+q"


class Lens:
    """A running Residual Lens.

    Attributes:
        home: Its home folder, empty at the start.
        log: What it wrote to standard output and standard error.
        window: The X window's number.
    """

    def __init__(
        self,
        screen: Screen,
        companion: Companion,
        *,
        home: Path,
        log: Path,
        arguments: Sequence[str] = (),
        command: Sequence[str] = FROM_SOURCE,
        variables: Mapping[str, str] | None = None,
        artefacts: Path = ARTEFACTS / "e2e",
    ) -> None:
        """Start it and wait for its window.

        Args:
            screen: Where it appears.
            companion: Drags files into it and reads what it copies.
            home: See above.
            log: See above.
            arguments: Follow ``command``.
            command: What is started; it has to become the program, not to be its parent.
            variables: Its whole environment; None takes the tests' own with ``home`` in it.
            artefacts: The folder for screenshots.
        """
        self.home = home
        self.log = log
        self._screen = screen
        self._companion = companion
        self._artefacts = artefacts
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*command, *arguments],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_only_home(screen.environment(), home) if variables is None else variables,
            )
        self.window = wait_until(self._first_window, "the window opens")

    def _first_window(self) -> int | None:
        if self.process.poll() is not None:
            raise RuntimeError(f"the program ended at once:\n{self.log.read_text()}")
        return next(iter(self.windows()), None)

    @property
    def logs(self) -> Path:
        """The folder of its log and its crash reports."""
        return self.home / ".local" / "state" / "residual-lens" / "log"

    def windows(self) -> list[int]:
        """Return its visible windows; a dialogue would be the second."""
        return self._screen.windows(self.process.pid)

    def drop(self, *files: Path, picture: Path | None = None) -> None:
        """Drag files or a bitmap from another program into the middle of the window."""
        self._companion.put_on_clipboard()  # nothing: no copy from before the drop may answer
        x, y, width, height = self._screen.geometry(self.window)
        result = self._companion.drag(x + width // 2, y + height // 2, files=files, picture=picture)
        if result != "copy":
            raise RuntimeError("the window did not accept the drop")

    def press(self, keys: str) -> None:
        """Press ``keys`` ("ctrl+v") with the window active."""
        self._screen.press(self.window, keys)

    def click(self, x: int, y: int) -> None:
        """Click at (x, y) pixels from the window's top left; from its right where x is negative."""
        left, top, width, _ = self._screen.geometry(self.window)
        self._screen.move_mouse(left + x + (width if x < 0 else 0), top + y)
        self._screen.button("down")
        self._screen.button("up")

    def press_in(self, window: int, *keys: str) -> None:
        """Press ``keys`` one after the other in another window of the program."""
        for each in keys:
            self._screen.press(window, each)

    def type_text(self, text: str) -> None:
        """Type ``text`` with the window active."""
        self._screen.type_text(self.window, text)

    def wait_for_top(self, label: str) -> list[tuple[str, float]]:
        """Return the predictions, (label, per cent), as soon as ``label`` comes first."""

        def predicted() -> list[tuple[str, float]] | None:
            self.press(COPY_PREDICTIONS)
            predictions = _parse(self._companion.clipboard_text())
            return predictions if predictions and predictions[0][0] == label else None

        return wait_until(predicted, f"the window predicts {label!r}")

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the screen as ``NAME.png`` among the artefacts; return its path."""
        path = self._artefacts / f"{name}.png"
        self._companion.take_screenshot(path)
        return path

    def quit(self) -> int:
        """Close the window by its shortcut and return the exit status."""
        self.press(QUIT)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it whatever it does; for the clean-up after a failed test."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGABRT)  # the fault handler writes where it hung
            self.process.wait(PATIENCE_S)


def _parse(copied: str) -> list[tuple[str, float]]:
    rows = [line.split("\t", 1) for line in copied.splitlines() if "\t" in line]
    return [(label, float(percent.removesuffix(" %"))) for percent, label in rows]


def _only_home(environment: dict[str, str], home: Path) -> dict[str, str]:
    """Return ``environment`` with ``home`` and nothing that could lead elsewhere."""
    kept = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
    runtime = home.with_name(home.name + "-runtime")
    runtime.mkdir(mode=0o700, exist_ok=True)  # Qt refuses one that others may read
    return {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}
