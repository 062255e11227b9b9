"""The empty state of the photo view: what goes here, and the ways to do it."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.bundled import Sample
from desktop_app.views.icons import IconName, LabelledButton
from desktop_app.views.sample_tiles import SampleRow
from desktop_app.views.theme import current_roles, on_surface, set_text_role

_INSET = 16
_MARGIN = 24
_GAP_BELOW = 20
_GAP_BESIDE = 48
_OUTLINE = 0.35
"""Opacity of the dashes: to be seen in both themes, not to be looked at."""


class DropHint(QWidget):
    """The invitation to drop an image, with Open, Paste and samples.

    The samples stand below the invitation, or beside it where there is too little height; where
    there is no room for them at all, one button stands for them.

    Signals:
        open_requested: The user wants to choose files.
        paste_requested: The user wants what is on the clipboard.
        samples_requested: The user wants samples, a tuple of
            :class:`~desktop_app.core.bundled.Sample`.
    """

    open_requested = Signal()
    paste_requested = Signal()
    samples_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "ground")
        self.setAccessibleName("Drop an image here")
        self._busy = ""
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
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        self._all_samples = _button("sample", "Samples", "Open the samples")
        for button, slot in (
            (_button("open", "Open…", "Choose image files"), self.open_requested.emit),
            (_button("paste", "Paste", "Paste from the clipboard"), self.paste_requested.emit),
            (self._all_samples, self._on_all_samples),
        ):
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addStretch(1)
        self._samples = SampleRow()
        self._samples.sample_chosen.connect(self._on_sample)
        self._arrange()

    def show_busy(self, text: str) -> None:
        """Say what is being done instead; an empty text brings the invitation back."""
        self._busy = text
        self._title.setText(text or "Drop an image here")
        self._hint.setVisible(not text)
        self._buttons.setVisible(not text)
        self._find_room()
        self.update()

    def offer(self, samples: tuple[Sample, ...]) -> None:
        """Offer ``samples``."""
        self._samples.offer(samples)
        self._find_room()

    def minimumSizeHint(self) -> QSize:
        """The invitation's: the samples may go."""
        least = QSize(self._buttons.minimumSizeHint().width(), self._words.minimumSize().height())
        return least + QSize(2 * _MARGIN, 2 * _MARGIN)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find a place for the samples in the new room."""
        super().resizeEvent(event)
        self._find_room()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the outline of the place to drop on."""
        super().paintEvent(event)
        if self._busy:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            colour = QColor(current_roles().disabled)
            colour.setAlphaF(_OUTLINE)
            pen = QPen(colour, 1.5)
            pen.setDashPattern([4, 4])
            painter.setPen(pen)
            place = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
            painter.drawRoundedRect(place, 8, 8)

    # --- inside --------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._words = QVBoxLayout()
        self._words.setSpacing(4)
        for widget in (self._title, self._hint, self._buttons):
            self._words.addWidget(widget)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._parts.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self._parts.addStretch(1)
        self._parts.addLayout(self._words)
        self._parts.setAlignment(self._words, Qt.AlignmentFlag.AlignVCenter)
        self._parts.addWidget(self._samples, 0, Qt.AlignmentFlag.AlignCenter)
        self._parts.addStretch(1)

    def _find_room(self) -> None:
        """Below, beside or not at all: whichever fits first."""
        samples = self._samples.sizeHint()
        room = self.size() - QSize(2 * _MARGIN, 2 * _MARGIN)
        left = room.width() - _GAP_BESIDE - samples.width()
        self._hint.setWordWrap(True)
        self._words.invalidate()  # a layout within a layout is not told of other words
        words = self._words.sizeHint()
        beside = words.width() <= left and samples.height() <= room.height()
        below = words.height() + _GAP_BELOW + samples.height() <= room.height()
        self._samples.setVisible(not self._busy and (below or beside))
        self._all_samples.setVisible(not (below or beside))
        stacked = below or not beside
        one_line = self._hint.fontMetrics().horizontalAdvance(self._hint.text())
        self._hint.setWordWrap(stacked or left < one_line)
        ways = QBoxLayout.Direction
        self._parts.setDirection(ways.TopToBottom if stacked else ways.LeftToRight)
        self._parts.setSpacing(_GAP_BELOW if stacked else _GAP_BESIDE)

    @Slot()
    def _on_all_samples(self) -> None:
        self.samples_requested.emit(self._samples.samples)

    @Slot(object)
    def _on_sample(self, sample: Sample) -> None:
        self.samples_requested.emit((sample,))


def _button(name: IconName, text: str, says: str) -> LabelledButton:
    button = LabelledButton(name, text)
    button.setAccessibleName(says)
    button.setToolTip(says)
    return button
