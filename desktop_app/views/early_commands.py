"""What is asked for while the window is on screen and nothing stands behind it yet is not lost."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QMetaObject, QObject
from PySide6.QtGui import QAction


class EarlyCommands(QObject):
    """Keeps the commands that are given before anybody takes them."""

    def __init__(self, actions: Iterable[QAction], parent: QObject) -> None:
        """Listen to ``actions``; what can be checked shows by itself that it was triggered."""
        super().__init__(parent)
        self._kept: list[QAction] = []
        self._connections: list[QMetaObject.Connection] = [
            action.triggered.connect(partial(self._keep, action))
            for action in actions
            if not action.isCheckable()
        ]

    def give_again(self) -> None:
        """Give them once more, in their order, now that there is somebody; and listen no longer."""
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections.clear()
        kept, self._kept = self._kept, []
        for action in kept:
            action.trigger()

    def _keep(self, action: QAction, *_checked: object) -> None:
        self._kept.append(action)
