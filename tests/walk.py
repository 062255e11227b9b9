"""A walk through the whole window by keyboard alone, with a picture of every step.

For people who look at what they make: ``python -m tests.walk FOLDER PHOTO… [--theme light]`` opens
the program on the photos (a folder best), presses the keys that a person would press and writes
what is on screen as ``01-….png`` and so on. ``QT_SCALE_FACTOR=2`` gives a screen at 200 %.
A command without a key of its own is found in the palette.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app import paths
from desktop_app.lens import Lens
from desktop_app.state import LensState, Theme, ViewOptions
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import STYLE_ARGUMENTS, load_resources

_PATIENCE_S: Final = 120.0
_SETTLED_S: Final = 0.4


class Walk:
    """One window, and what is pressed in it."""

    def __init__(self, app: QApplication, lens: Lens, folder: Path) -> None:
        self._app = app
        self._lens = lens
        self._folder = folder
        self._count = 0

    @property
    def state(self) -> LensState:
        """What the window shows."""
        return self._lens.controller.state

    def is_indexed(self) -> bool:
        """Whether the folder's index is complete."""
        survey = self.state.survey
        return survey is not None and survey.images > 0 and survey.progress is None

    def is_explained(self) -> bool:
        """Whether there is a heat map of the class."""
        return self.state.attribution is not None and self.state.attribution.asked is None

    def wait(self, happened: Callable[[], bool], what: str) -> None:
        """Let the program work until something has happened."""
        end = time.monotonic() + _PATIENCE_S
        while not happened():
            if time.monotonic() > end:
                raise TimeoutError(what)
            self._app.processEvents()
            time.sleep(0.005)

    def look(self, name: str) -> None:
        """Take a picture of the window once it is at rest."""
        end = time.monotonic() + _SETTLED_S
        self.wait(lambda: time.monotonic() > end and self._is_whole(), name)
        self._count += 1
        self._lens.window.grab().save(str(self._folder / f"{self._count:02}-{name}.png"))

    def command(self, words: str) -> None:
        """Give the command whose name begins so: by its key, else by the palette."""
        action = self._action(words)
        if not action.shortcut().isEmpty():
            QTest.keySequence(self._lens.window, action.shortcut())
            return
        QTest.keySequence(self._lens.window, QKeySequence("Ctrl+Shift+P"))
        field = self._focused()
        QTest.keyClicks(field, action.text())
        QTest.keyClick(field, Qt.Key.Key_Return)

    def layer(self, name: str) -> None:
        """Open a layer by the palette."""
        QTest.keySequence(self._lens.window, QKeySequence("Ctrl+Shift+P"))
        QTest.keyClicks(self._focused(), name)
        QTest.keyClick(self._focused(), Qt.Key.Key_Return)

    def press(self, *keys: Qt.Key) -> None:
        """Press keys where the focus is."""
        for key in keys:
            QTest.keyClick(self._focused(), key)

    def focus(self, name: str) -> None:
        """Press Tab until the control of that accessible name has the focus."""
        for _ in range(200):
            QTest.keyClick(self._focused(), Qt.Key.Key_Tab)
            if self._focused().accessibleName() == name:
                return
        raise LookupError(name)

    def is_held_against(self) -> bool:
        """Whether the logit is taken apart against another class's."""
        evidence = self.state.logit_evidence
        return evidence is not None and evidence.against is not None

    def _is_whole(self) -> bool:
        shown = self.state.shown
        return self.state.pending is None and (shown is None or shown.activations is not None)

    def _focused(self) -> QWidget:
        return QApplication.focusWidget() or self._lens.window

    def _action(self, words: str) -> QAction:
        listed = self._lens.window.commands.listed
        return next(each.action for each in listed if each.action.text().startswith(words))


def walk_through_layers(walk: Walk) -> None:
    """From the first picture to a layer's channels, and what they speak for."""
    walk.look("first-picture")
    walk.wait(lambda: walk.state.progress is None, "the folder is classified")
    walk.look("folder-classified")
    walk.layer("res3b_branch2b_relu")
    walk.look("a-layer")
    walk.command("Sort by mean")
    walk.command("Hide dead channels")
    walk.look("sorted-without-dead")
    walk.focus("Channel tiles")
    walk.press(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down)
    walk.command("Pin or unpin channels")
    walk.look("a-channel-pinned")
    walk.command("Pin the numbers shown")
    walk.command("Next image")
    walk.look("pinned-scale-next-image")
    walk.command("Scale over all images")
    walk.look("scale-over-all-images")
    walk.focus("Map of the channel")
    walk.press(Qt.Key.Key_Right, Qt.Key.Key_Down)
    walk.look("value-and-receptive-field")
    walk.layer("res5c_relu")
    walk.command("Sort by evidence")
    walk.wait(lambda: walk.state.evidence is not None, "the evidence is there")
    walk.look("sorted-by-evidence")
    walk.command("Ask why not the next likeliest class")
    walk.wait(walk.is_held_against, "the logits are compared")
    walk.look("one-class-against-another")
    walk.command("Ask about the class alone")


def walk_beyond(walk: Walk) -> None:
    """On among many images, two of them, and a changed network."""
    walk.layer("res3b_branch2b_relu")
    walk.command("Strongest images of the channel")
    walk.wait(walk.is_indexed, "the folder is indexed")
    walk.look("strongest-images")
    walk.command("Show similar images")
    walk.look("similar-images")
    walk.command("Show the map of the images")
    walk.look("map-of-the-images")
    walk.command("Compare with this image")
    walk.command("Next image")
    walk.command("Next image")
    walk.look("two-images-compared")
    walk.command("End the comparison")
    walk.command("Switch channel")
    walk.look("a-channel-switched-off")
    walk.command("Show the residual view")
    walk.look("residual-view")
    walk.command("Take all changes back")
    walk.command("Undo")
    walk.command("Show why a class")
    walk.wait(walk.is_explained, "the class is explained")
    walk.look("why-a-class")
    walk.command("Keyboard shortcuts")
    walk.look("keyboard-shortcuts")


def main() -> None:
    """Open the program and walk."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="for the pictures")
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--size", default="1280x800", help="of the window")
    parser.add_argument("--model", default=None)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    theme: Theme = args.theme
    with tempfile.TemporaryDirectory() as home:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            os.environ[name] = home
        app = QApplication(["residual-lens", *STYLE_ARGUMENTS])
        load_resources(paths.resources())
        lens = Lens(MainWindow(), LensState(options=ViewOptions(theme=theme)))
        width, height = map(int, args.size.split("x"))
        lens.window.resize(width, height)
        lens.window.show()
        lens.window.activateWindow()
        lens.start(tuple(args.photos), args.model)
        walking = Walk(app, lens, args.folder)
        walking.wait(lambda: walking.state.shown is not None, "the first picture is there")
        walk_through_layers(walking)
        walk_beyond(walking)
        lens.close()


if __name__ == "__main__":
    main()
