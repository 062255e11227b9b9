"""Notices: what happened, why, and what to do. Never modal; each stays until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.state import LensState
from desktop_app.views.theme import on_surface

if TYPE_CHECKING:
    from desktop_app.views.notice_row import NoticeRow


class NoticeBar(QWidget):
    """The notices on top of each other, the newest first; no room taken when there are none.

    Signals:
        action_chosen: The :data:`~desktop_app.state.NoticeAction` of a notice's button.
    """

    notice_dismissed = Signal(int)
    action_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "window")
        self._rows: dict[int, NoticeRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 0, 8, 8)
        self._column.setSpacing(4)
        self.hide()

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
                # A first window seldom has a notice.
                from desktop_app.views.notice_row import NoticeRow  # noqa: PLC0415

                row = NoticeRow(notice)
                row.closed.connect(self.notice_dismissed)
                row.action_chosen.connect(self.action_chosen)
                self._rows[number] = row
                self._column.insertWidget(0, row)
        self.setVisible(bool(wanted))

    def rows(self) -> tuple[NoticeRow, ...]:
        """The rows shown, the newest first."""
        return tuple(reversed(self._rows.values()))
