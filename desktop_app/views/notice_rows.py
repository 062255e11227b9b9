"""The notices on top of each other, scrolled where they are many."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop_app.state import LensState
from desktop_app.views.notice_row import NoticeRow
from desktop_app.views.theme import on_surface

TALLEST_PX: Final = 132
"""Three notices of one line. More are scrolled: the window must not grow beyond the screen."""


class NoticeRows(QScrollArea):
    """As high as its rows, up to a limit; the newest first.

    Signals:
        action_chosen: The :data:`~desktop_app.state.NoticeAction` of a notice's button.
        fitted: The height, when the rows have been given theirs.
    """

    notice_dismissed = Signal(int)
    action_chosen = Signal(object)
    fitted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "window")
        self._rows: dict[int, NoticeRow] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        on_surface(self._inside, "window")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(8, 0, 8, 8)
        self._column.setSpacing(4)
        self.setWidget(self._inside)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Add what is new, take away what is gone, touch nothing else."""
        wanted = {notice.number: notice for notice in state.notices}
        for number in self._rows.keys() - wanted.keys():
            row = self._rows.pop(number)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for number, notice in wanted.items():
            if number not in self._rows:
                row = NoticeRow(notice)
                row.closed.connect(self.notice_dismissed)
                row.action_chosen.connect(self.action_chosen)
                self._rows[number] = row
                self._column.insertWidget(0, row)
                row.show()  # at once, so that it counts for the height
        self._fit()

    def rows(self) -> tuple[NoticeRow, ...]:
        """The rows shown, the newest first."""
        return tuple(reversed(self._rows.values()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width the words take another number of lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the rows the height of their words; Qt's own resizing knows only their least."""
        width = self.viewport().width()
        needed = max(self._column.totalHeightForWidth(width), 0)
        self._inside.resize(width, needed)
        self.setFixedHeight(min(needed, TALLEST_PX))
        self.fitted.emit(self.height())
