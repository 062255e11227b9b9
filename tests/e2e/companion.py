"""The tests' end of the line to another program on the same screen, ``other_program.py``.

It is a process of its own, so that a drop goes through the X server as it does from a file
manager or a browser.
"""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.e2e.screen import Screen, wait_until

PLACE: Final = (1740, 20, 160, 160)
"""x, y, width, height of its window: beside the program's."""
_PROGRAM: Final = Path(__file__).with_name("other_program.py")


class Companion:
    """Drags, owns the clipboard and takes screenshots on demand."""

    def __init__(self, process: "subprocess.Popen[str]", screen: Screen) -> None:
        self._process = process
        self._screen = screen

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """Have one thing done and return the answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the companion was started without pipes")
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def clipboard_text(self) -> str:
        """Return the text on the clipboard, empty if there is none."""
        return str(self.ask("read-clipboard")["text"])

    def put_on_clipboard(self, *, files: Sequence[Path] = (), picture: Path | None = None) -> None:
        """Own the clipboard with files or a bitmap, as another program would."""
        self.ask("write-clipboard", **_offer(files, picture))

    def take_screenshot(self, path: Path) -> None:
        """Save a picture of the whole screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self.ask("screenshot", path=str(path))["saved"]:
            raise RuntimeError(f"no screenshot could be written to {path}")

    def drag(
        self, x: int, y: int, *, files: Sequence[Path] = (), picture: Path | None = None
    ) -> str:
        """Drag files or a bitmap to (x, y) on the screen, wait to be accepted, and drop.

        Returns:
            What the target did with it: ``copy``, or ``ignore`` when it refused.
        """
        self.ask("offer", **_offer(files, picture))
        left, top, width, height = PLACE
        self._screen.move_mouse(left + width // 2, top + height // 2)
        self._screen.button("down")
        self._screen.move_mouse(left + width // 4, top + height // 2)
        wait_until(lambda: self.ask("drag-state")["dragging"], "the drag begins")
        jitter = itertools.cycle(range(8))

        def is_accepted() -> bool:
            # The target is asked with every motion and answers later.
            self._screen.move_mouse(x + next(jitter), y)
            return bool(self.ask("drag-state")["accepted"])

        try:
            wait_until(is_accepted, "the target accepts the drag")
        except TimeoutError:
            return "ignore"
        finally:
            self._screen.button("up")
            wait_until(lambda: not self.ask("drag-state")["dragging"], "the drop is through")
        return str(self.ask("drag-state")["result"])


def _offer(files: Sequence[Path], picture: Path | None) -> dict[str, object]:
    return {"files": [str(path) for path in files], "picture": picture and str(picture)}


@contextmanager
def start_companion(screen: Screen) -> Iterator[Companion]:
    """Run the other program for as long as the context lasts."""
    with subprocess.Popen(
        [sys.executable, str(_PROGRAM), *map(str, PLACE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=screen.environment(),
    ) as process:
        companion = Companion(process, screen)
        companion.ask("nothing")  # answered once its window is there
        try:
            yield companion
        finally:
            if process.stdin is not None:
                process.stdin.close()
