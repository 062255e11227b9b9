"""The empty state of the photo view: what goes here, and three ways to do it."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.views.icons import IconName, icon
from desktop_app.views.theme import current_roles, on_surface, set_text_role

_INSET = 16


class DropHint(QWidget):
    """The invitation to drop an image, with Open, Paste and a sample.

    Signals:
        open_requested: The user wants to choose files.
        paste_requested: The user wants what is on the clipboard.
        sample_requested: The user wants the sample picture.
    """

    open_requested = Signal()
    paste_requested = Signal()
    sample_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "ground")
        self.setAccessibleName("Drop an image here")
        self._title = QLabel("Drop an image here")
        set_text_role(self._title, "title")
        self._hint = QLabel("A photo, several, a folder, or a picture out of the browser")
        set_text_role(self._hint, "secondary")
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        for button, signal in (
            (_button("open", "Open…", "Choose image files"), self.open_requested),
            (_button("paste", "Paste", "Paste an image from the clipboard"), self.paste_requested),
            (_button("sample", "Try a sample", "Open the sample picture"), self.sample_requested),
        ):
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * _INSET, 2 * _INSET, 2 * _INSET, 2 * _INSET)
        column.setSpacing(4)
        column.addStretch(1)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(12)
        column.addWidget(self._buttons)
        column.addStretch(1)

    def show_busy(self, text: str) -> None:
        """Say what is being done instead; an empty text brings the invitation back."""
        self._title.setText(text or "Drop an image here")
        self._hint.setVisible(not text)
        self._buttons.setVisible(not text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the outline of the place to drop on."""
        super().paintEvent(event)
        if self._hint.isHidden():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(current_roles().hover, 1.5)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        place = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        painter.drawRoundedRect(place, 8, 8)


def _button(name: IconName, text: str, says: str) -> "_TintedButton":
    button = _TintedButton(name, text)
    button.setAccessibleName(says)
    button.setToolTip(says)
    return button


class _TintedButton(QPushButton):
    """A button whose icon keeps its tint through a change of theme."""

    def __init__(self, name: IconName, text: str) -> None:
        super().__init__(icon(name), text)
        self._name: IconName = name

    def changeEvent(self, event: QEvent) -> None:
        """Tint again when the palette has changed."""
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(icon(self._name))
        super().changeEvent(event)
