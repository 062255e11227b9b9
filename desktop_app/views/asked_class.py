"""Says which class is asked about while that is not the likeliest one, and leads back."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop_app.state import LensState
from desktop_app.views.icons import IconButton
from desktop_app.views.theme import set_text_role


class AskedClass(QWidget):
    """One line: "Asking about: golden retriever", and a button; hidden while nothing was chosen."""

    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = ""
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        set_text_role(self.text, "secondary")
        self.back = IconButton("close", "Back to the likeliest class (Escape)")
        self.back.clicked.connect(self.cleared)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 0, 10, 0)
        line.setSpacing(4)
        line.addWidget(self.text, 1)
        line.addWidget(self.back)
        self.hide()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Show the chosen class, if there is one."""
        chosen = state.chosen_class
        self._label = "" if state.model is None or chosen is None else state.model.labels[chosen]
        self.setVisible(bool(self._label))
        self.setAccessibleName(f"Asking about: {self._label}" if self._label else "")
        self.text.setToolTip(f"What is explained is explained for {self._label}.")
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the name as there is room for."""
        super().resizeEvent(event)
        self._elide()

    def minimumSizeHint(self) -> QSize:
        """The name may be cut."""
        return QSize(0, super().minimumSizeHint().height())

    def _elide(self) -> None:
        room = self.contentsRect().width() - self.back.sizeHint().width() - 28
        metrics = self.text.fontMetrics()
        words = f"Asking about: {self._label}"
        self.text.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(room, 0)))
