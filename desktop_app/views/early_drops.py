"""What is held over the window, or dropped on it, before there is anything to open it.

Qt asks once, when a drag enters, and nothing more while it stays: refused then, it would be
refused until the pointer has left the window and come back. So the window takes drags from its
first picture on, and keeps what is dropped until it is complete (``window_parts.py``), whose
``DropTarget`` then comes first.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from desktop_app.views.drag_offers import accept_as_copy, may_hold_something

if TYPE_CHECKING:
    from desktop_app.views.drops import Opening


class EarlyDrops(QObject):
    """Answers drags over a window that is not complete yet."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._kept: Opening | None = None
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def take(self) -> "Opening | None":
        """Give what was dropped last, once."""
        kept, self._kept = self._kept, None
        return kept

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Welcome what may hold something; keep what it holds."""
        match event:
            case QDragEnterEvent():
                if may_hold_something(event.mimeData()):
                    accept_as_copy(event)
                return True
            case QDropEvent() if event.type() == QEvent.Type.Drop:
                if accept_as_copy(event):
                    from desktop_app.views.drops import opening_of  # noqa: PLC0415 - NumPy

                    self._kept = opening_of(event.mimeData())
                return True
            case QDropEvent():
                accept_as_copy(event)
                return True
        return super().eventFilter(watched, event)
