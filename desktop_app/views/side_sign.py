"""The sign of a side, A, B or B − A: the same wherever it stands, so that nobody mixes them up."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.state import Side
from desktop_app.views.compared_maps import SIDE_SIGNS
from desktop_app.views.theme import current_roles, font

_HEIGHT: Final = 18
_PAD: Final = 5
_RADIUS: Final = 4.0


class SideSign(QWidget):
    """A letter in a small field: A light, B in the accent, the difference in both."""

    def __init__(self, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self.setAccessibleName(SIDE_SIGNS[side])
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A square for one letter, wider for the difference."""
        width = QFontMetrics(font(11, medium=True)).horizontalAdvance(SIDE_SIGNS[self._side])
        return QSize(max(width + 2 * _PAD, _HEIGHT), _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the field and the letter."""
        roles = current_roles()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            field = QRectF(self.rect())
            fills = {"a": roles.text, "b": roles.accent, "difference": roles.raised}
            letters = {"a": roles.window, "b": roles.on_accent, "difference": roles.text}
            painter.setBrush(fills[self._side])
            painter.drawRoundedRect(field, _RADIUS, _RADIUS)
            painter.setPen(letters[self._side])
            painter.setFont(font(11, medium=True))
            painter.drawText(field, int(Qt.AlignmentFlag.AlignCenter), SIDE_SIGNS[self._side])
