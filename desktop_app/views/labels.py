"""Labels that never cut a word without saying so: an ellipsis, and the whole text as tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop_app.views.theme import TextRole, set_text_role


class ElidedLabel(QLabel):
    """One line of text, shortened in the middle or at the end to fit."""

    def __init__(
        self,
        text: str = "",
        *,
        role: TextRole = "text",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self._shorter = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        set_text_role(self, role)

    def set_texts(self, text: str, *, shorter: str) -> None:
        """Show ``text``, or other words where there is no room for it."""
        self.setText(text)
        self._shorter = shorter
        self.update()

    def setText(self, text: str) -> None:
        """Show a text that has no shorter one."""
        self._shorter = ""
        super().setText(text)

    def minimumSizeHint(self) -> QSize:
        """Three characters and the ellipsis: less says nothing."""
        return QSize(
            self.fontMetrics().horizontalAdvance("mmm…"), super().minimumSizeHint().height()
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much as fits; what did not fit becomes the tooltip."""
        area = self.contentsRect()
        metrics, words = self.fontMetrics(), self.text()
        if self._shorter and metrics.horizontalAdvance(words) > area.width():
            words = self._shorter
        text = metrics.elidedText(words, self._mode, area.width())
        tip = self.text() if text != self.text() else ""
        if tip != self.toolTip():
            self.setToolTip(tip)
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(area, int(self.alignment()), text)


def heading(text: str, parent: QWidget | None = None) -> ElidedLabel:
    """The small heading of a panel."""
    return ElidedLabel(text, role="heading", parent=parent)
