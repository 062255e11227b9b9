"""Looks like a search field and opens the command palette."""

from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from desktop_app.views import icons
from desktop_app.views.theme import current_roles, font

_SIDE: Final = 10
_GAP: Final = 8


class SearchButton(QPushButton):
    """Lens, prompt, and the shortcut at the right; the shortcut gives way first."""

    def __init__(self, prompt: str, keys: str, parent: QWidget | None = None) -> None:
        """Make a button.

        Args:
            prompt: What can be searched.
            keys: The shortcut as text.
            parent: As for every widget.
        """
        super().__init__(parent)
        self._prompt = prompt
        self._keys = keys
        self.setAccessibleName(prompt)
        self.setToolTip(f"{prompt} ({keys})")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(2 * _SIDE + icons.SIZE + 60)

    def sizeHint(self) -> QSize:
        """Both texts beside each other."""
        width = 2 * _SIDE + icons.SIZE + _GAP + self._prompt_width() + 3 * _GAP
        width += QFontMetrics(font(11)).horizontalAdvance(self._keys)
        return QSize(width, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt draws the field of a button without words, the lens and the texts are ours."""
        super().paintEvent(event)
        roles = current_roles()
        with QPainter(self) as painter:
            room = self.rect().adjusted(_SIDE, 0, -_SIDE, 0)
            lens = icons.pixmap("search", roles.secondary, scale=self.devicePixelRatioF())
            painter.drawPixmap(QPoint(room.left(), (self.height() - icons.SIZE) // 2), lens)
            room.setLeft(room.left() + icons.SIZE + _GAP)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(roles.secondary)
            painter.setFont(font(11))
            keys = painter.fontMetrics().horizontalAdvance(self._keys)
            if room.width() >= self._prompt_width() + 2 * _GAP + keys:
                painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignRight), self._keys)
                room.setRight(room.right() - keys - _GAP)
            painter.setFont(font(13))
            prompt = painter.fontMetrics().elidedText(
                self._prompt, Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignLeft), prompt)

    def _prompt_width(self) -> int:
        return QFontMetrics(font(13)).horizontalAdvance(self._prompt)
