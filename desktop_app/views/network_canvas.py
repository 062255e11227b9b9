"""The map of the network on screen: scrolled, dragged, zoomed, and walked through by keys."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsView,
    QRubberBand,
    QToolTip,
    QWidget,
)

from desktop_app.core.network import Network
from desktop_app.core.network_plan import NetworkPlan
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.network_remarks import Remarks
from desktop_app.views.network_scene import NetworkScene
from desktop_app.views.network_steps import Step, step_from

ZOOM_STEP: Final = 1.25
_WHEEL_NOTCH: Final = 120
_LARGEST: Final = 4.0
_READING: Final = (1.0, 1.25)
"""The smallest and largest scale for reading; at 1 the smallest words are of 11 px."""
_ALMOST: Final = 0.03
"""So near to its natural size a drawing has it: hairlines stay sharp."""
_AROUND: Final = 28
_NO_BAR: Final = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
_STEPS: Final[dict[Qt.Key, Step]] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_PageUp: "page-up",
    Qt.Key.Key_PageDown: "page-down",
    Qt.Key.Key_Home: "home",
    Qt.Key.Key_End: "end",
}


class NetworkCanvas(QGraphicsView):
    """Shows one :class:`NetworkScene`; keeps only zoom and what is under the pointer.

    Signals:
        layer_chosen: A layer's name, by click or key.
    """

    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network = Network()
        self._chosen: str | None = None
        self._tell: Callable[[str], str] = str
        self._ring = FocusRing()
        self._reading = True
        self._pressed_at: QPoint | None = None
        self._dragging = False
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.viewport())
        self.setAccessibleName("Map of the network")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setHorizontalScrollBarPolicy(_NO_BAR)
        self.setCornerWidget(QWidget())  # the style would draw a corner between the two bars
        self.setAcceptDrops(False)  # what is dropped is the window's
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self._scene = NetworkScene(NetworkPlan(), self)
        self.setScene(self._scene)

    def sizeHint(self) -> QSize:
        """What the panel has at first."""
        return QSize(304, 320)

    def show_network(
        self, plan: NetworkPlan, network: Network, tell: Callable[[str], str] = str
    ) -> None:
        """Draw another network at reading size.

        Args:
            plan: Its drawing.
            network: What each layer is computed from.
            tell: A layer's name → what its tooltip says.
        """
        old, self._scene = self._scene, NetworkScene(plan, self)
        self._network, self._tell, self._chosen = network, tell, None
        self.setScene(self._scene)
        old.deleteLater()
        self.read()
        self.verticalScrollBar().setValue(0)

    def show_remarks(self, remarks: Remarks) -> None:
        """Write over the network, in place of what was written before."""
        self._scene.show_remarks(remarks)

    def choose(self, layer: str | None) -> None:
        """Mark a layer, and bring it into view."""
        if layer != self._chosen:
            self._chosen = layer
            self._scene.choose(layer)
            self._bring_into_view()

    def scale_now(self) -> float:
        """Screen pixels per unit of the plan."""
        return self.transform().m11()

    # --- zoom ---------------------------------------------------------------------------------

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Zoom about a point of the viewport, or about its middle."""
        point = QRectF(self.viewport().rect()).center() if about is None else about
        under = self.mapToScene(point.toPoint())
        self._reading = False
        self._set_scale(self.scale_now() * factor)
        moved = self.mapFromScene(under) - point.toPoint()
        self._scroll_by(moved)

    def fit(self) -> None:
        """Show the whole network at once."""
        self._reading = False
        self._set_scale(self._fitting_scale())
        self.centerOn(self._scene.sceneRect().center())

    def read(self) -> None:
        """As wide as the panel where labels can be read then, at the place looked at."""
        self._read_at(self.mapToScene(self.viewport().rect().center()).y())

    def show_chosen(self) -> None:
        """Bring the chosen layer into the middle, at reading size."""
        area = self._scene.area_of(self._chosen)
        if area is not None:
            self.read()
            self.centerOn(area.center())

    def zoom_into(self, part: QRect) -> None:
        """Show a part of the viewport as large as it can be."""
        shown = self.mapToScene(part).boundingRect()
        if part.width() < 8 or part.height() < 8:
            return
        room = self.viewport().rect()
        self._reading = False
        self._set_scale(min(room.width() / shown.width(), room.height() / shown.height()))
        self.centerOn(shown.center())

    def _read_at(self, y: float) -> None:
        """At reading size, from the left where the panel is too narrow: there are the names."""
        self._reading = True
        self._set_scale(self._reading_scale())
        half = self.viewport().width() / self.scale_now() / 2
        self.centerOn(min(self._scene.sceneRect().center().x(), half), y)

    def _set_scale(self, scale: float) -> None:
        least = min(self._fitting_scale(), _READING[0])
        scale = min(max(scale, least), _LARGEST)
        self.resetTransform()
        self.scale(scale, scale)
        plan = self._scene.plan
        beside = max(0.0, self._room() / scale - plan.width)
        self.setSceneRect(-beside / 2, 0.0, plan.width + beside, plan.height)
        self._scene.seen_at(scale)
        # Who has zoomed in drags sideways too, and a bar would take the room of a row.
        hidden = self._reading and plan.width * scale > self._room() + 1
        self.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if hidden else _NO_BAR
        )

    def _room(self) -> int:
        """The viewport's width, less what Qt takes the scroll bar for: it asks the style alone."""
        return self.viewport().width() - 5

    def _reading_scale(self) -> float:
        scale = self._room() / max(self._scene.plan.width, 1.0)
        scale = min(max(scale, _READING[0]), _READING[1])
        return 1.0 if abs(scale - 1) < _ALMOST else scale

    def _fitting_scale(self) -> float:
        plan, room = self._scene.plan, self.viewport().size()
        return min(room.width() / max(plan.width, 1.0), room.height() / max(plan.height, 1.0), 1.25)

    def _bring_into_view(self) -> None:
        area = self._scene.area_of(self._chosen)
        if area is None:
            return
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        near = seen.adjusted(0, -seen.height() / 2, 0, seen.height() / 2)
        if near.intersects(area):
            self.ensureVisible(area, 0, _AROUND)
        else:
            self.centerOn(area.center())

    def _scroll_by(self, moved: QPoint) -> None:
        for bar, way in (
            (self.horizontalScrollBar(), moved.x()),
            (self.verticalScrollBar(), moved.y()),
        ):
            bar.setValue(bar.value() + way)

    # --- events -------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay at reading size, with the chosen layer in view."""
        super().resizeEvent(event)
        if self._reading:
            self.read()
        else:
            self._set_scale(self.scale_now())
        self._bring_into_view()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The network, and the focus ring around the view."""
        super().paintEvent(event)
        if self.hasFocus() and self._ring.visible:
            with QPainter(self.viewport()) as painter:
                self._ring.paint(painter, QRectF(self.viewport().rect()))

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            layer = self._scene.layer_at(self.mapToScene(event.pos()))
            area = self._scene.area_of(layer)
            if layer is None or area is None:
                QToolTip.hideText()
            else:
                here = self.mapFromScene(area).boundingRect()
                QToolTip.showText(event.globalPos(), self._tell(layer), self.viewport(), here)
            return True
        if event.type() == QEvent.Type.Leave:
            self._scene.hover(None)
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring to those who came by key."""
        super().focusInEvent(event)
        self._ring.focus_came(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom about the pointer."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / _WHEEL_NOTCH), event.position())
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, a drag, or with Shift a box to zoom into."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at, self._dragging = event.position().toPoint(), False
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._band.setGeometry(QRect(self._pressed_at, QSize()))
                self._band.show()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, draw the box, or mark what is under the pointer."""
        here = event.position().toPoint()
        if self._pressed_at is None:
            layer = self._scene.layer_at(self.mapToScene(here))
            self._scene.hover(layer)
            shape = Qt.CursorShape.PointingHandCursor if layer else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)
        elif self._band.isVisible():
            self._band.setGeometry(QRect(self._pressed_at, here).normalized())
        else:
            far = (here - self._pressed_at).manhattanLength() >= QApplication.startDragDistance()
            if self._dragging or far:
                self._dragging = True
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
                self._scroll_by(self._pressed_at - here)
                self._pressed_at = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the press began: zoom into the box, or choose what was clicked."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        if self._band.isVisible():
            self._band.hide()
            self.zoom_into(self._band.geometry())
        elif not self._dragging:
            layer = self._scene.layer_at(self.mapToScene(event.position().toPoint()))
            if layer is not None:
                self.layer_chosen.emit(layer)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self._pressed_at, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to reading size, about the pointer."""
        if self._scene.layer_at(self.mapToScene(event.position().toPoint())) is None:
            point = self.mapToScene(event.position().toPoint())
            self._read_at(point.y())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, pages, Home and End choose; ``+``, ``-``, ``0`` and ``1`` zoom."""
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
        )
        if plain and key in _STEPS:
            layer = step_from(self._scene.plan, self._network, self._chosen, _STEPS[key])
            if layer is not None and layer != self._chosen:
                self.layer_chosen.emit(layer)
            event.accept()
        elif plain and key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom_by(ZOOM_STEP)
        elif plain and key == Qt.Key.Key_Minus:
            self.zoom_by(1 / ZOOM_STEP)
        elif plain and key == Qt.Key.Key_0:
            self.fit()
        elif plain and key == Qt.Key.Key_1:
            self.read()
        elif plain and key == Qt.Key.Key_Space:
            self.show_chosen()
        elif plain and key == Qt.Key.Key_Escape and self._band.isVisible():
            self._band.hide()
            self._pressed_at = None
        else:
            super().keyPressEvent(event)
