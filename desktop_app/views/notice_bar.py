"""Notices: what happened, why, and what to do. Never modal; each stays until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop_app.state import LensState

if TYPE_CHECKING:
    from desktop_app.views.notice_row import NoticeRow
    from desktop_app.views.notice_rows import NoticeRows


class NoticeBar(QWidget):
    """The place of the notices; no room taken when there are none.

    Signals:
        action_chosen: The :data:`~desktop_app.state.NoticeAction` of a notice's button.
    """

    notice_dismissed = Signal(int)
    action_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scrolled: NoticeRows | None = None
        self.hide()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Add what is new, take away what is gone, touch nothing else."""
        if state.notices and self._scrolled is None:
            self._scrolled = self._build()
        if self._scrolled is not None:
            self._scrolled.render(state)
        self.setVisible(bool(state.notices))

    def rows(self) -> tuple[NoticeRow, ...]:
        """The rows shown, the newest first."""
        return () if self._scrolled is None else self._scrolled.rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the rows the whole width; they say what height they take in it."""
        super().resizeEvent(event)
        if self._scrolled is not None:
            self._scrolled.resize(self.width(), self._scrolled.height())

    def _build(self) -> NoticeRows:
        # A first window seldom has a notice, and what scrolls takes 9 ms to build.
        from desktop_app.views.notice_rows import NoticeRows  # noqa: PLC0415

        rows = NoticeRows(self)
        rows.resize(self.width(), rows.height())
        rows.fitted.connect(self.setFixedHeight)
        rows.notice_dismissed.connect(self.notice_dismissed)
        rows.action_chosen.connect(self.action_chosen)
        rows.show()
        return rows
