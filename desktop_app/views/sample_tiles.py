"""The samples of the empty window: small pictures with a caption, each one a button."""

import functools
from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFontMetrics,
    QImageReader,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.bundled import Sample
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.theme import current_roles, font, set_text_role

_PICTURE: Final = 80
_PAD: Final = 6
_GAP: Final = 4
_RADIUS: Final = 4


class SampleRow(QWidget):
    """The samples beside each other, under a line that says what they are.

    Signals:
        sample_chosen: A :class:`~desktop_app.core.bundled.Sample`.
    """

    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.samples: tuple[Sample, ...] = ()
        words = QLabel("or begin with a sample")
        set_text_role(words, "heading")
        self._row = QHBoxLayout()
        self._row.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(self._row)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def offer(self, samples: tuple[Sample, ...]) -> None:
        """Offer ``samples``; the same ones again cost nothing."""
        if samples == self.samples:
            return
        self.samples = samples
        for tile in self.tiles():
            self._row.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        for sample in samples:
            tile = SampleTile(sample, self)
            tile.clicked.connect(functools.partial(self._choose, sample))
            self._row.addWidget(tile)
            tile.show()  # else it counts as no wider than nothing until Qt shows it later
        self.updateGeometry()

    def tiles(self) -> list["SampleTile"]:
        """The buttons, from left to right."""
        places = [self._row.itemAt(index) for index in range(self._row.count())]
        widgets = [place.widget() for place in places if place is not None]
        return [widget for widget in widgets if isinstance(widget, SampleTile)]

    def _choose(self, sample: Sample, *_checked: object) -> None:
        self.sample_chosen.emit(sample)


class SampleTile(QAbstractButton):
    """The middle square of a sample, which is about what a network sees of it, and its caption."""

    def __init__(self, sample: Sample, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sample = sample
        self._picture = QPixmap()
        self._loaded_px = 0
        self.setText(sample.caption)
        self.setAccessibleName(f"Open the sample: {sample.caption}")
        self.setToolTip(self.accessibleName())
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Picture and caption, whichever is wider."""
        metrics = QFontMetrics(font(11))
        width = max(_PICTURE, metrics.horizontalAdvance(self.text()))
        return QSize(width + 2 * _PAD, _PICTURE + _GAP + metrics.height() + 2 * _PAD)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Picture, caption, and the surface that says that it can be pressed."""
        roles = current_roles()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            near = self.underMouse() or self.isDown() or self.hasFocus()
            if near:
                surface = QPainterPath()
                surface.addRoundedRect(QRectF(self.rect()), _PAD, _PAD)
                painter.fillPath(surface, roles.pressed if self.isDown() else roles.raised)
            frame = QRect((self.width() - _PICTURE) // 2, _PAD, _PICTURE, _PICTURE)
            rounded = QPainterPath()
            rounded.addRoundedRect(QRectF(frame), _RADIUS, _RADIUS)
            painter.fillPath(rounded, roles.raised)
            if self._loaded_px != self._wanted_px():
                # Decoding must not hold up the window.
                QTimer.singleShot(0, self, self._load_picture)
            painter.setClipPath(rounded)
            painter.drawPixmap(frame, self._picture)
            painter.setClipping(False)
            painter.setFont(font(11))
            painter.setPen(roles.text if near else roles.secondary)
            line = QRect(0, frame.bottom() + 1 + _GAP, self.width(), painter.fontMetrics().height())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), self.text())
            ring = FocusRing()
            ring.visible = self.hasFocus()  # which a click does not give
            ring.paint(painter, QRectF(self.rect()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it too: Qt's buttons take the space bar alone."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            return
        super().keyPressEvent(event)

    def _wanted_px(self) -> int:
        """Edge of the picture in pixels of the screen."""
        return round(_PICTURE * self.devicePixelRatioF())

    @Slot()
    def _load_picture(self) -> None:
        self._loaded_px = self._wanted_px()
        self._picture = _picture(self.sample.file, self._loaded_px)
        self.update()


@functools.lru_cache(maxsize=16)
def _picture(file: str, edge: int) -> QPixmap:
    """The middle square of a sample, ``edge`` device pixels a side; null if it cannot be read."""
    reader = QImageReader(f"sample:{file}")
    size = reader.size().scaled(edge, edge, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    reader.setScaledSize(size)
    square = QRect((size.width() - edge) // 2, (size.height() - edge) // 2, edge, edge)
    reader.setScaledClipRect(square)
    return QPixmap.fromImageReader(reader)
