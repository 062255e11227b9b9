"""One map, large: pixels shown as pixels, and the value under the pointer."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.qimage import map_image

_STEPS = {
    Qt.Key.Key_Left: QPoint(-1, 0),
    Qt.Key.Key_Right: QPoint(1, 0),
    Qt.Key.Key_Up: QPoint(0, -1),
    Qt.Key.Key_Down: QPoint(0, 1),
}
_VEIL: Final = QColor(0, 0, 0, 90)


class MapCanvas(QWidget):
    """Paints the colour indices of one map; the probed pixel follows the pointer or the arrows.

    Signals:
        probed: The pixel (x, y) from the top left as a tuple, or None when none is probed.
    """

    probed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._indices: NDArray[np.uint8] | None = None
        self._colormap = ""
        self._probe: QPoint | None = None
        self._dimmed = False
        self._ring = FocusRing()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of the channel")

    def show_map(self, indices: NDArray[np.uint8] | None, colormap: str) -> None:
        """Show uint8 (H, W) colour indices, or nothing."""
        old, self._indices, self._colormap = self._indices, indices, colormap
        if indices is None or (old is not None and old.shape != indices.shape):
            self._set_probe(None)
        self.update()

    def set_dimmed(self, dimmed: bool) -> None:  # noqa: FBT001 - named like Qt's setters
        """Show the map a little darker: it is not what the network computes now."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.update()

    def probe(self) -> tuple[int, int] | None:
        """The probed pixel (x, y), or None."""
        return None if self._probe is None else (self._probe.x(), self._probe.y())

    def show_probe(self, pixel: "tuple[int, int] | None") -> None:
        """Mark a pixel (x, y) that is probed in another map of the same layer; says nothing."""
        probe = None if pixel is None else QPoint(*pixel)
        if probe != self._probe:
            self._probe = probe
            self.update()

    def sizeHint(self) -> QSize:
        """A comfortable square."""
        return QSize(196, 196)

    def map_rect(self) -> QRect:
        """Where the map is: as large as fits, its aspect kept, in the middle."""
        if self._indices is None:
            return QRect()
        height, width = self._indices.shape
        size = QSize(width, height).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        rect = QRect(QPoint(0, 0), size)
        rect.moveCenter(self.rect().center())
        return rect

    def pixel_at(self, position: QPointF) -> QPoint | None:
        """The map's pixel under a point of the widget."""
        rect = self.map_rect()
        if self._indices is None or not rect.contains(position.toPoint()):
            return None
        height, width = self._indices.shape
        x = int((position.x() - rect.left()) * width / rect.width())
        y = int((position.y() - rect.top()) * height / rect.height())
        return QPoint(min(max(x, 0), width - 1), min(max(y, 0), height - 1))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the map, the probed pixel and the focus ring."""
        if self._indices is None:
            return
        with QPainter(self) as painter:
            rect = self.map_rect()
            ratio = self.devicePixelRatioF()
            image = map_image(self._indices, self._colormap, rect.size() * ratio)
            image.setDevicePixelRatio(ratio)
            painter.drawImage(rect.topLeft(), image)
            if self._dimmed:
                painter.fillRect(rect, _VEIL)
            if self._probe is not None:
                self._paint_probe(painter, rect, self._probe)
            if self.hasFocus():
                self._ring.paint(painter, QRectF(rect))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Probe the pixel under the pointer."""
        self._set_probe(self.pixel_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Probe nothing when the pointer has left."""
        self._set_probe(None)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring to those who came by key."""
        super().focusInEvent(event)
        self._ring.focus_came(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Probe nothing when the keys go elsewhere."""
        self._set_probe(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the probe by arrows, beginning in the middle."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or self._indices is None:
            super().keyPressEvent(event)
            return
        height, width = self._indices.shape
        probe = QPoint(width // 2, height // 2) if self._probe is None else self._probe + step
        x, y = min(max(probe.x(), 0), width - 1), min(max(probe.y(), 0), height - 1)
        self._set_probe(QPoint(x, y))

    def _paint_probe(self, painter: QPainter, rect: QRect, probe: QPoint) -> None:
        if self._indices is None:
            return
        height, width = self._indices.shape
        left, right = (rect.left() + rect.width() * x // width for x in (probe.x(), probe.x() + 1))
        top, bottom = (rect.top() + rect.height() * y // height for y in (probe.y(), probe.y() + 1))
        pixel = QRect(QPoint(left, top), QPoint(right, bottom))
        painter.setPen(Qt.GlobalColor.black)
        painter.drawRect(pixel.adjusted(-1, -1, 0, 0))
        painter.setPen(Qt.GlobalColor.white)
        painter.drawRect(pixel.adjusted(-2, -2, 1, 1))

    def _set_probe(self, probe: QPoint | None) -> None:
        if probe == self._probe:
            return
        self._probe = probe
        self.probed.emit(None if probe is None else (probe.x(), probe.y()))
        self.update()
