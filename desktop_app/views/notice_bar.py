"""Notices: what happened, why, and what to do. Never modal.

One is seen, the newest of the most severe, because several would push the picture away; a button
beside it opens the others in place. Each stays until it is closed. Confirmations are not here but
over the photo (``confirmation.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop_app.state import LensState

if TYPE_CHECKING:
    from desktop_app.views.more_notices import MoreNotices
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
        self._more: MoreNotices | None = None
        self._numbers: tuple[int, ...] = ()
        self.hide()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Add what is new, take away what is gone, touch nothing else."""
        notices = tuple(each for each in state.notices if each.severity != "confirmation")
        self._numbers = tuple(notice.number for notice in notices)
        if notices and self._scrolled is None:
            self._build()
        if self._scrolled is not None and self._more is not None:
            self._more.count(max(len(notices) - 1, 0))
            self._share_width()
            self._scrolled.render(notices)
        self.setVisible(bool(notices))

    def rows(self) -> tuple[NoticeRow, ...]:
        """All rows: the newest of the most severe, then the others, the newest first."""
        return () if self._scrolled is None else self._scrolled.rows()

    @property
    def more(self) -> MoreNotices | None:
        """What opens and closes all of them; None until there was a notice."""
        return self._more

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the rows the width that is left; they say what height they take in it."""
        super().resizeEvent(event)
        self._share_width()

    @Slot()
    def _close_all(self) -> None:
        for number in self._numbers:
            self.notice_dismissed.emit(number)

    @Slot(int)
    def _on_fitted(self, height: int) -> None:
        self.setFixedHeight(height)
        self._place_more()

    def _share_width(self) -> None:
        if self._scrolled is None or self._more is None:
            return
        taken = 0 if self._more.isHidden() else self._more.sizeHint().width()
        self._scrolled.resize(self.width() - taken, self._scrolled.height())
        self._place_more()

    def _place_more(self) -> None:
        if self._scrolled is None or self._more is None:
            return
        size = self._more.sizeHint()
        height = max(self._scrolled.first_height(), size.height())
        self._more.setGeometry(self.width() - size.width(), 0, size.width(), height)

    def _build(self) -> None:
        # A first window seldom has a notice, and what scrolls takes 9 ms to build.
        from desktop_app.views.more_notices import MoreNotices  # noqa: PLC0415
        from desktop_app.views.notice_rows import NoticeRows  # noqa: PLC0415

        self._scrolled, self._more = NoticeRows(self), MoreNotices(self)
        self._scrolled.resize(self.width(), self._scrolled.height())
        self._scrolled.fitted.connect(self._on_fitted)
        self._scrolled.notice_dismissed.connect(self.notice_dismissed)
        self._scrolled.action_chosen.connect(self.action_chosen)
        self._more.opened.connect(self._scrolled.open)
        self._more.all_closed.connect(self._close_all)
        self._scrolled.show()
