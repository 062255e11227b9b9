"""What is seen while something is held over the window: a frame and "Drop to open"."""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop_app.views.theme import current_roles, font

_FRAME: Final = 3
_VEIL: Final = 150
_WORDS: Final = "Drop to open"


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
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(roles.window)
        veil.setAlpha(_VEIL)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(roles.accent, _FRAME))
        inset = _FRAME / 2 + 3
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        painter.setFont(font(15, medium=True))
        width = painter.fontMetrics().horizontalAdvance(_WORDS) + 48
        words = QRectF(0, 0, width, 48)
        words.moveCenter(QRectF(self.rect()).center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(roles.accent)
        painter.drawRoundedRect(words, 8, 8)
        painter.setPen(roles.on_accent)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter), _WORDS)
