"""The likeliest classes as a list that is walked through, chosen from, and asked for its menu."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QListView

from desktop_app.views.prediction_rows import ROW_HEIGHT, PredictionDelegate

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
        self.setAccessibleName("Predictions")
        self.setItemDelegate(PredictionDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT // 2)

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
