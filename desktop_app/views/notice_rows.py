"""The notices on top of each other: the one that matters most, or all of them, then scrolled."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop_app.state import Notice, Severity
from desktop_app.views.notice_row import NoticeRow
from desktop_app.views.theme import on_surface

TALLEST_PX: Final = 132
"""Three notices of one line. More are scrolled: the window must not grow beyond the screen."""


_RANKS: Final[dict[Severity, int]] = {"information": 0, "warning": 1, "error": 2}


class NoticeRows(QScrollArea):
    """As high as its rows, up to a limit.

    First comes the newest of the most severe, so that no error hides behind something that is only
    told; below it, once opened, the others, the newest first.

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
        self._order: tuple[int, ...] = ()
        self._opened = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        on_surface(self._inside, "window")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(8, 0, 8, 8)
        self._column.setSpacing(4)
        self.setWidget(self._inside)

    def render(self, notices: tuple[Notice, ...]) -> None:  # type: ignore[override]  # not Qt's
        """Add what is new, take away what is gone, touch nothing else."""
        wanted = {notice.number: notice for notice in notices}
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
        self._put_in_order(_ordered(notices))
        self._show_rows()

    @Slot(bool)
    def open(self, opened: bool) -> None:  # noqa: FBT001 - a signal's argument
        """Show all notices, or the first only."""
        self._opened = opened
        self._show_rows()

    def rows(self) -> tuple[NoticeRow, ...]:
        """All rows, in the order in which they stand."""
        return tuple(self._rows[number] for number in self._order)

    def first_height(self) -> int:
        """What the first row takes."""
        first = self.rows()[:1]
        width = self.viewport().width() - self._column.contentsMargins().left() * 2
        return max((row.heightForWidth(width) for row in first), default=0)

    def _put_in_order(self, order: tuple[int, ...]) -> None:
        if order == self._order:
            return
        self._order = order
        for place, number in enumerate(order):
            self._column.removeWidget(self._rows[number])
            self._column.insertWidget(place, self._rows[number])

    def _show_rows(self) -> None:
        for place, row in enumerate(self.rows()):
            row.setVisible(self._opened or place == 0)  # at once: it counts for the height
        self._fit()

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


def _ordered(notices: tuple[Notice, ...]) -> tuple[int, ...]:
    """Their numbers: the newest of the most severe, then the others, the newest first."""
    newest = sorted((notice.number for notice in notices), reverse=True)
    severest = max(notices, key=lambda each: (_RANKS[each.severity], each.number), default=None)
    if severest is None:
        return ()
    return (severest.number, *(number for number in newest if number != severest.number))
