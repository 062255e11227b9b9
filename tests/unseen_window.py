"""The real program with its window, but without a screen: started, handed things, told to end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop_app.core.file_lock import try_lock

ROOT: Final = Path(__file__).resolve().parents[1]
PATIENCE_S: Final = 60
FROM_SOURCE: Final = (sys.executable, "-m", "desktop_app")


@dataclass(frozen=True)
class UnseenProgram:
    """How to start it, always as the same person.

    Attributes:
        home: Its home folder.
        root: Where ``command`` is run.
        command: What is started.
    """

    home: Path
    root: Path = ROOT
    command: Sequence[str] = FROM_SOURCE

    def variables(self) -> dict[str, str]:
        """Return the whole environment: nothing in it leads out of the home."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen",
        }

    def start(self, *words: str | Path) -> "subprocess.Popen[str]":
        """Start it and let it run."""
        return subprocess.Popen(
            [*self.command, *map(str, words)],
            cwd=self.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self.variables(),
        )

    def run(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run it to its end: a command, or a later start."""
        return subprocess.run(
            [*self.command, *map(str, words)],
            cwd=self.root,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=self.variables(),
        )

    @contextmanager
    def window(self, *words: str | Path) -> Iterator["subprocess.Popen[str]"]:
        """Keep a window open that is known to work: it has taken a later start."""
        process = self.start(*words)
        try:
            self._wait_until_locked(process)
            taken = self.run(*(word for word in words if word == "--portable"))
            assert taken.returncode == 0, taken.stderr
            yield process
        finally:
            end(process)

    def _wait_until_locked(self, process: "subprocess.Popen[str]") -> None:
        """Wait until it is the first, so that the next start is not."""
        from tests.e2e.screen import wait_until

        def locked() -> bool:
            assert process.poll() is None, process.communicate()[1]
            places = (self.home, self.root / "residual-lens-data")
            return any(is_held(lock) for place in places for lock in place.rglob("window-*.lock"))

        wait_until(lambda: locked() or None, "the program has started", PATIENCE_S)


def is_held(lock: Path) -> bool:
    """Whether a living process holds it: the file alone outlives a kill."""
    with lock.open("rb+") as file:
        return not try_lock(file.fileno())


def end(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Close the window as a session's end does; return the exit status and what was said."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said
