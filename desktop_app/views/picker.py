"""A button that names the current choice, adds a detail in the second colour, and opens a menu."""

from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from desktop_app.views import icons
from desktop_app.views.theme import current_roles, font

_SIDE: Final = 12
_GAP: Final = 6
_CARET: Final = 12
_SIGN: Final = 14
_WIDEST: Final = 460
_LEAST_DETAIL: Final = 48
"""With less room a detail would be a letter and an ellipsis; the tooltip has it whole."""


class PickerButton(QPushButton):
    """``Everyday 200  200 classes · 64 × 64 ▾``; the detail gives way first."""

    def __init__(self, says: str, parent: QWidget | None = None) -> None:
        """Make a button.

        Args:
            says: What is chosen here, for the accessible name ("Model").
            parent: As for every widget.
        """
        super().__init__(parent)
        self._says = says
        self._title = ""
        self._detail = ""
        self._warns = False
        self.setAccessibleName(says)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @property
    def title(self) -> str:
        """The current choice."""
        return self._title

    @property
    def warns(self) -> bool:
        """Whether the sign of a warning is shown."""
        return self._warns

    @property
    def detail(self) -> str:
        """What is said of it."""
        return self._detail

    def name_choice(self, title: str, detail: str, *, tip: str = "", warns: bool = False) -> None:
        """Show the current choice.

        Args:
            title: Its name.
            detail: A phrase about it, or empty.
            tip: A whole sentence for the tooltip; else title and detail.
            warns: Put the sign of a warning before the title.
        """
        sentence = tip or " · ".join(part for part in (title, detail) if part)
        self.setToolTip(sentence)
        self.setAccessibleDescription(f"{self._says}: {sentence}")
        if (title, detail, warns) != (self._title, self._detail, self._warns):
            self._title, self._detail, self._warns = title, detail, warns
            self.updateGeometry()
            self.update()

    def keep_title(self) -> None:
        """Give way in a layout no further than to the whole title."""
        self.setMinimumWidth(min(self._bare_width() + 1, _WIDEST))

    def sizeHint(self) -> QSize:
        """As wide as both texts, up to a limit."""
        width = self._bare_width()
        if self._detail:
            width += _GAP + QFontMetrics(font(11)).horizontalAdvance(self._detail)
        return QSize(min(width + 1, _WIDEST), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The start of the title and the caret."""
        shortest = QFontMetrics(font(13, medium=True)).horizontalAdvance("mmmmm…")
        return QSize(
            2 * _SIDE + _GAP + _CARET + self._sign_width() + min(shortest, self._title_width()),
            super().sizeHint().height(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt draws a button without words, the two texts are ours."""
        super().paintEvent(event)
        roles = current_roles()
        with QPainter(self) as painter:
            enabled = self.isEnabled()
            room = QRect(self.rect()).adjusted(_SIDE, 0, -_SIDE - _CARET - _GAP, 0)
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft

            if self._warns:
                sign = icons.pixmap(
                    "warning", roles.warning, size=_SIGN, scale=self.devicePixelRatioF()
                )
                painter.drawPixmap(QPoint(room.left(), (self.height() - _SIGN) // 2), sign)
                room.setLeft(room.left() + self._sign_width())

            painter.setFont(font(13, medium=True))
            painter.setPen(roles.text if enabled else roles.disabled)
            title = painter.fontMetrics().elidedText(
                self._title, Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, int(middle), title)
            room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(title) + _GAP)

            painter.setFont(font(11))
            painter.setPen(roles.secondary if enabled else roles.disabled)
            wanted = painter.fontMetrics().horizontalAdvance(self._detail)
            if room.width() >= min(wanted, _LEAST_DETAIL):
                detail = painter.fontMetrics().elidedText(
                    self._detail, Qt.TextElideMode.ElideRight, room.width()
                )
                painter.drawText(room.translated(0, 1), int(middle), detail)

            caret = icons.pixmap(
                "down",
                roles.secondary if enabled else roles.disabled,
                size=_CARET,
                scale=self.devicePixelRatioF(),
            )
            top = (self.height() - _CARET) // 2
            painter.drawPixmap(QPoint(self.width() - _SIDE - _CARET + 2, top), caret)

    def _sign_width(self) -> int:
        return _SIGN + _GAP if self._warns else 0

    def _bare_width(self) -> int:
        return 2 * _SIDE + _GAP + _CARET + self._sign_width() + self._title_width()

    def _title_width(self) -> int:
        return QFontMetrics(font(13, medium=True)).horizontalAdvance(self._title)
