"""What has just been done as asked, told over the photo and gone again by itself.

Not in the bar of the notices: what comes and goes unasked must not move the window's other parts,
or a click would land on what has slid below the pointer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from desktop_app.state import LensState, Notice

if TYPE_CHECKING:
    from desktop_app.views.notice_row import NoticeRow

_AWAY_PX: Final = 12
"""From the edges of what it lies over."""


class Confirmation(QWidget):
    """The newest confirmation, at the lower edge of its parent; nothing where there is none.

    Signals:
        notice_dismissed: Number of one that was closed, or has been seen long enough.
    """

    notice_dismissed = Signal(int)

    def __init__(self, over: QWidget) -> None:
        """Lie over ``over``, whose layout does not know of it."""
        super().__init__(over)
        self._over = over
        self._row: NoticeRow | None = None
        over.installEventFilter(self)
        self.hide()

    @property
    def row(self) -> NoticeRow | None:
        """What is told; None for nothing."""
        return self._row

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Tell the newest confirmation, unless it is told already."""
        told = [notice for notice in state.notices if notice.severity == "confirmation"]
        newest = told[-1] if told else None
        if self._row is not None and (newest is None or newest.number != self._row.number):
            self._row.hide()
            self._row.deleteLater()
            self._row = None
        if newest is not None and self._row is None:
            self._tell(newest)
        self.setVisible(self._row is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the lower edge when that moves."""
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self._place()
        return super().eventFilter(watched, event)

    def _tell(self, notice: Notice) -> None:
        # As in the bar: a first window has nothing to confirm.
        from desktop_app.views.notice_row import NoticeRow  # noqa: PLC0415
        from desktop_app.views.passing import Passing  # noqa: PLC0415

        self._row = row = NoticeRow(notice, parent=self, surface="popup")
        row.closed.connect(self.notice_dismissed)
        Passing(row).passed.connect(self._on_passed)
        self._place()
        row.show()
        self.raise_()
        # It never has the focus and does not wait, so a screen reader has to be told of it.
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(row, row.accessibleName()))

    @Slot()
    def _on_passed(self) -> None:
        if self._row is not None:
            self.notice_dismissed.emit(self._row.number)

    def _place(self) -> None:
        if self._row is None:
            return
        room = self._over.size()
        width = min(self._row.width_on_one_line(), room.width() - 2 * _AWAY_PX)
        height = self._row.heightForWidth(width)
        top = max(room.height() - height - _AWAY_PX, 0)
        self.setGeometry((room.width() - width) // 2, top, width, height)
        self._row.resize(width, height)
