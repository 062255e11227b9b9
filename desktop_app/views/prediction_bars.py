"""The likeliest classes as a list that is walked through, chosen from, and asked for its menu."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from desktop_app.views.prediction_rows import CHOSEN_ROLE, ROW_HEIGHT, PredictionDelegate
from desktop_app.views.row_in_sight import keep_in_sight

_CHOOSING: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class PredictionBars(QListView):
    """The bars. Ctrl+C copies them, Enter or the space bar chooses one, Escape leads back.

    Shift+Enter holds one against the chosen one.

    Signals:
        copy_pressed: The desktop's key for copying.
        chosen: The row that the keyboard has chosen.
        opposed: The row that the keyboard holds against the chosen one.
        left: The key for going back.
    """

    copy_pressed = Signal()
    chosen = Signal(QModelIndex)
    opposed = Signal(QModelIndex)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._followed: tuple[int, int] | None = None
        self.setAccessibleName("Predictions")
        self.setItemDelegate(PredictionDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT // 2)

    def follow_asked(self, asked: int | None) -> None:
        """Have the class that is asked about in sight when it is another one, or elsewhere.

        Args:
            asked: Its index; None for none, or where it is not to be looked for.
        """
        row = self._asked_row()
        followed = None if asked is None else (asked, row.row())
        if followed != self._followed:
            self._followed = followed
            if followed is not None and row.isValid():
                self.scrollTo(row)

    def _asked_row(self) -> QModelIndex:
        rows = self.model()
        exactly = Qt.MatchFlag.MatchExactly
        found = rows.match(rows.index(0, 0), CHOSEN_ROLE, True, 1, exactly)
        return found[0] if found else QModelIndex()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What speaks for the class comes below the list, and takes rows from it."""
        super().resizeEvent(event)
        keep_in_sight(self, self._asked_row(), event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys that mean something here."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_pressed.emit()
            return
        if event.key() in _CHOOSING and self.currentIndex().isValid():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            (self.opposed if shifted else self.chosen).emit(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the row under the pointer, or of the keyboard's row."""
        place, current = event.pos(), self.currentIndex()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and current.isValid():
            place = self.visualRect(current).center()
        self.customContextMenuRequested.emit(place)
