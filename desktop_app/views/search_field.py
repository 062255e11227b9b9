"""The field with which a panel is searched."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class SearchField(QLineEdit):
    """A field whose Escape empties it; it takes no drops, so that the window gets them.

    Signals:
        left_downwards: The key for going to what was found.
        left: The key for going back, where there is nothing to empty.
    """

    left_downwards = Signal()
    left = Signal()

    def __init__(self, says: str) -> None:
        super().__init__()
        self.setPlaceholderText(says)
        self.setAccessibleName(says)
        self.setClearButtonEnabled(False)
        self.setAcceptDrops(False)

    def begin(self) -> None:
        """Take the keyboard; what stood there is replaced by typing."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties the field before it does anything else; Down goes to what was found."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        if event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
            return
        super().keyPressEvent(event)
