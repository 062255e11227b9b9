"""Another program on the same screen: drags, owns the clipboard, takes screenshots.

Obeys one JSON object per line on standard input and answers each on standard output; ends with
its input. ``companion.py`` is the tests' end of that line.
"""

import json
import sys
from typing import Any

from PySide6.QtCore import QMimeData, QSocketNotifier, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget


class DragSource(QWidget):
    """A small window: whoever presses on it and moves drags what was offered last."""

    def __init__(self, place: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.offer: dict[str, Any] = {}
        self.state = {"dragging": False, "accepted": False, "result": ""}
        self.setGeometry(*place)

    def mouseMoveEvent(self, _: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.state["dragging"]:
            return
        drag = QDrag(self)
        drag.setMimeData(mime(self.offer))
        drag.actionChanged.connect(self._note_action)
        self.state = {"dragging": True, "accepted": False, "result": ""}
        result = drag.exec(Qt.DropAction.CopyAction)  # the line is served meanwhile
        done = "copy" if result == Qt.DropAction.CopyAction else "ignore"
        self.state = {"dragging": False, "accepted": False, "result": done}

    def _note_action(self, action: Qt.DropAction) -> None:
        self.state["accepted"] = action == Qt.DropAction.CopyAction


def mime(offer: dict[str, Any]) -> QMimeData:
    """Return files as URLs and a picture as a bitmap, as file managers and browsers do."""
    content = QMimeData()
    if offer["files"]:
        content.setUrls([QUrl.fromLocalFile(path) for path in offer["files"]])
    if offer["picture"]:
        content.setImageData(QImage(offer["picture"]))
    return content


def obey(order: dict[str, Any], source: DragSource) -> dict[str, Any]:
    """Do one thing and return the answer."""
    match order.pop("do"):
        case "offer":
            source.offer = order
        case "drag-state":
            return source.state
        case "read-clipboard":
            return {"text": QGuiApplication.clipboard().text()}
        case "write-clipboard":
            QGuiApplication.clipboard().setMimeData(mime(order))
        case "screenshot":
            picture = QGuiApplication.primaryScreen().grabWindow(0)
            return {"saved": picture.save(order["path"])}
    return {}


def main(place: tuple[int, int, int, int]) -> None:
    """Show the window at ``place`` (x, y, width, height) and obey until the input ends."""
    application = QApplication([])
    source = DragSource(place)
    source.show()
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def on_line() -> None:
        if line := sys.stdin.readline():
            print(json.dumps(obey(json.loads(line), source)), flush=True)
        else:
            notifier.setEnabled(False)
            application.quit()

    notifier.activated.connect(on_line)
    application.exec()


if __name__ == "__main__":
    x, y, width, height = map(int, sys.argv[1:5])
    main((x, y, width, height))
