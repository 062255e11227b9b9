"""The photo, fit to the view, and the chosen channel over it; wheel zooms, dragging pans."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.core.records import Pixels
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.photo_geometry import Pane, Zoom, limited, panes, panned, zoomed
from desktop_app.views.photo_scene import Overlay, PhotoScene, overlay_picture
from desktop_app.views.qimage import screen_copy
from desktop_app.views.theme import current_roles

_RADIUS: Final = 4
_WHEEL_NOTCH: Final = 120
_ZOOM_STEP: Final = 1.25
_PAN_PX: Final = 48


class PhotoCanvas(QWidget):
    """Paints a :class:`PhotoScene`; keeps only zoom and the pictures it painted last.

    Signals:
        zoom_changed: After a zoom or pan.
    """

    zoom_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: PhotoScene | None = None
        self._field: QRectF | None = None
        self._zoom = Zoom()
        self._dragged_from: QPointF | None = None
        self._ring = FocusRing()
        self._photos: dict[tuple[QRect, QSize], QImage] = {}
        self._overlay: tuple[Overlay, QSize, QImage] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Photo")

    def show_scene(self, scene: PhotoScene | None) -> None:
        """Show ``scene``; another photo is fit to the view again."""
        old, self._scene = self._scene, scene
        if scene is None or old is None or old.pixels is not scene.pixels:
            self._photos.clear()
            self._zoom = Zoom()
        self.update()

    def show_field(self, field: QRectF | None) -> None:
        """Outline a rectangle of the photo, in its own pixels, in every pane; None for none."""
        if field != self._field:
            self._field = field
            self.update()

    def field(self) -> QRectF | None:
        """The outlined rectangle, in photo pixels."""
        return self._field

    def panes(self) -> tuple[Pane, ...]:
        """The panes as they are laid out now."""
        scene = self._scene
        if scene is None:
            return ()
        height, width = scene.pixels.shape[:2]
        crop = scene.crop if scene.beside else None
        return panes(QSizeF(self.size()), QSizeF(width, height), crop)

    def zoom(self) -> Zoom:
        """How the photo is looked at now."""
        return self._zoom

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Zoom in or out about a point of the view, or about the middle of the photo."""
        laid_out = self.panes()
        if laid_out:
            point = laid_out[0].room.center() if about is None else about
            pane = next((pane for pane in laid_out if pane.room.contains(point)), laid_out[0])
            self._set_zoom(zoomed(self._zoom, factor, about=point, pane=pane))

    def look_as(self, zoom: Zoom) -> None:
        """Look at this photo as at another one beside it; says nothing."""
        laid_out = self.panes()
        if laid_out:
            self._zoom = limited(zoom, laid_out[0])
            self._show_hand()
            self.update()

    def reset_zoom(self) -> None:
        """Fit the photo to the view."""
        self._set_zoom(Zoom())

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint one pane or two, and the focus ring."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), current_roles().ground)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            laid_out = self.panes()
            for place, pane in enumerate(laid_out):
                self._paint_pane(painter, pane, overlaid=place == len(laid_out) - 1)
            if self.hasFocus():
                self._ring.paint(painter, QRectF(self.rect()))

    def _paint_pane(self, painter: QPainter, pane: Pane, *, overlaid: bool) -> None:
        scene = self._scene
        if scene is None:
            return
        shown = pane.shown(self._zoom)
        painter.save()
        painter.setClipRect(shown)
        self._paint_photo(painter, pane, scene.pixels)
        if scene.crop is not None:
            crop = pane.to_view(scene.crop, self._zoom)
            _shade_outside(painter, shown, crop)
            if overlaid and scene.overlay is not None:
                painter.setOpacity(scene.opacity)
                size = (crop.size() * self.devicePixelRatioF()).toSize()
                painter.drawImage(crop, self._overlay_image(scene.overlay, size))
                painter.setOpacity(1)
        if self._field is not None:
            _outline(painter, pane.to_view(self._field, self._zoom).intersected(shown))
        painter.restore()
        _round_corners(painter, shown)

    def _paint_photo(self, painter: QPainter, pane: Pane, pixels: Pixels) -> None:
        """Paint what is visible of the photo from a copy of the size it is painted at."""
        height, width = pixels.shape[:2]
        shown = pane.shown(self._zoom)
        corner = pane.to_photo(shown.topLeft(), self._zoom)
        visible = QRectF(corner, shown.size() / pane.scale(self._zoom)).toAlignedRect()
        visible = visible.intersected(QRect(0, 0, width, height))
        target = pane.to_view(QRectF(visible), self._zoom)
        size = (target.size() * self.devicePixelRatioF()).toSize().expandedTo(QSize(1, 1))
        key = (visible, size)
        if key not in self._photos:
            if len(self._photos) > 1:
                self._photos.clear()
            part = pixels[
                visible.top() : visible.bottom() + 1, visible.left() : visible.right() + 1
            ]
            self._photos[key] = screen_copy(part, size)
        painter.drawImage(target, self._photos[key])

    def _overlay_image(self, overlay: Overlay, size: QSize) -> QImage:
        if self._overlay is None or self._overlay[:2] != (overlay, size):
            picture = overlay_picture(overlay, size)
            self._overlay = (overlay, size, picture)
        return self._overlay[2]

    # --- pointer and keys ---------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring to those who came by key."""
        super().focusInEvent(event)
        self._ring.focus_came(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        notches = event.angleDelta().y() / _WHEEL_NOTCH
        self.zoom_by(_ZOOM_STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan."""
        if event.button() == Qt.MouseButton.LeftButton and self._scene is not None:
            self._dragged_from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan with the pointer."""
        if self._dragged_from is not None:
            self._pan(event.position() - self._dragged_from)
            self._dragged_from = event.position()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End panning."""
        self._dragged_from = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Fit again."""
        self.reset_zoom()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """``+`` and ``-`` zoom, ``0`` fits, arrows pan."""
        arrows = {
            Qt.Key.Key_Left: QPointF(_PAN_PX, 0),
            Qt.Key.Key_Right: QPointF(-_PAN_PX, 0),
            Qt.Key.Key_Up: QPointF(0, _PAN_PX),
            Qt.Key.Key_Down: QPointF(0, -_PAN_PX),
        }
        key = Qt.Key(event.key())
        if key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom_by(_ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.reset_zoom()
        elif key in arrows and self._zoom.factor > 1:
            self._pan(arrows[key])
        else:
            super().keyPressEvent(event)

    def _pan(self, by: QPointF) -> None:
        laid_out = self.panes()
        if laid_out:
            self._set_zoom(panned(self._zoom, by, pane=laid_out[0]))

    def _set_zoom(self, zoom: Zoom) -> None:
        if zoom != self._zoom:
            self._zoom = zoom
            self._show_hand()
            self.zoom_changed.emit()
            self.update()

    def _show_hand(self) -> None:
        zoomed_in = self._zoom.factor > 1
        self.setCursor(Qt.CursorShape.OpenHandCursor if zoomed_in else Qt.CursorShape.ArrowCursor)


def _shade_outside(painter: QPainter, shown: QRectF, crop: QRectF) -> None:
    """Shade what the crop cuts off: the network has not seen it."""
    outside = QPainterPath()
    outside.addRect(shown)
    inside = QPainterPath()
    inside.addRect(crop)
    shade = current_roles().ground
    painter.setOpacity(0.6)
    painter.fillPath(outside.subtracted(inside), shade)
    painter.setOpacity(1)


def _outline(painter: QPainter, rect: QRectF) -> None:
    """Outline what a position sees: light within dark, to be seen on every picture."""
    middle = rect.toRect().adjusted(1, 1, -2, -2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(0, 0, 0, 200))
    painter.drawRect(middle.adjusted(-1, -1, 1, 1))
    painter.drawRect(middle.adjusted(1, 1, -1, -1))
    painter.setPen(QColor("white"))
    painter.drawRect(middle)


def _round_corners(painter: QPainter, shown: QRectF) -> None:
    """Round a picture's corners by painting the ground over them: clips are not antialiased."""
    corners, picture = QPainterPath(), QPainterPath()
    corners.addRect(shown.adjusted(-1, -1, 1, 1))
    picture.addRoundedRect(shown, _RADIUS, _RADIUS)
    painter.fillPath(corners.subtracted(picture), current_roles().ground)
