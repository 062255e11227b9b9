"""The whole window as the place to drop on, and what is seen while something is held over it."""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from desktop_app.views.drag_offers import accept_as_copy, may_hold_something
from desktop_app.views.theme import current_roles, font

_FRAME: Final = 3
_VEIL: Final = 150
_WORDS: Final = "Drop to open"


class DropTarget(QObject):
    """Makes a window take drops anywhere: no child may take them first."""

    dropped = Signal(QMimeData)
    """Valid only while the signal is delivered: the data belong to the drop."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.frame = DropFrame(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Welcome what may hold something, show it, and pass on the drop."""
        match event:
            case QDragEnterEvent():
                if may_hold_something(event.mimeData()) and accept_as_copy(event):
                    self.frame.appear()
                return True
            case QDropEvent() if event.type() == QEvent.Type.Drop:
                self.frame.hide()
                if accept_as_copy(event):
                    self.dropped.emit(event.mimeData())
                return True
            case QDropEvent():  # a move of the pointer: what is proposed follows the keys held
                if accept_as_copy(event) and self.frame.isHidden():  # it came before this did
                    self.frame.appear()
                return True
            case _ if event.type() == QEvent.Type.DragLeave:
                self.frame.hide()
        return super().eventFilter(watched, event)


class DropFrame(QWidget):
    """Lies over the whole window and lets every event through."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(_WORDS)
        self.hide()

    def appear(self) -> None:
        """Cover the window."""
        self.setGeometry(self.window().rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A veil, the frame, and the words in the middle."""
        roles = current_roles()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            veil = QColor(roles.window)
            veil.setAlpha(_VEIL)
            painter.fillRect(self.rect(), veil)
            painter.setPen(QPen(roles.accent, _FRAME))
            inset = _FRAME / 2 + 3
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8
            )
            painter.setFont(font(15, medium=True))
            width = painter.fontMetrics().horizontalAdvance(_WORDS) + 48
            words = QRectF(0, 0, width, 48)
            words.moveCenter(QRectF(self.rect()).center())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(roles.accent)
            painter.drawRoundedRect(words, 8, 8)
            painter.setPen(roles.on_accent)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter), _WORDS)
