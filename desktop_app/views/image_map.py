"""The map of all loaded images: each where the network's features put it; a click opens it."""

from dataclasses import replace
from typing import Final, cast

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from desktop_app.parts.similarity import ImagePlane
from desktop_app.state import ImageEntry, LensState
from desktop_app.views.image_map_canvas import ImageMapCanvas, MapScene
from desktop_app.views.image_rows import ImageRows, headline
from desktop_app.views.image_tab import ImageTab
from desktop_app.views.plane_geometry import Direction, nearest_point, next_point

_TITLE: Final = "Map of the images"
_ASK_AFTER_MS: Final = 120
_WHEEL_NOTCH: Final = 120
_ZOOM_STEP: Final = 1.25
_REACH: Final = 14.0
"""How near the pointer has to be to a point, in pixels, to mean it."""
_DIRECTIONS: Final[dict[Qt.Key, Direction]] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}


class ImageMap(ImageTab):
    """The tab of the upper left panel."""

    def __init__(self, images: ImageRows, parent: QWidget | None = None) -> None:
        """Build the map.

        Args:
            images: Keeps the small pictures.
            parent: As for every widget.
        """
        super().__init__(images, _TITLE, ask_after_ms=_ASK_AFTER_MS, parent=parent)
        self._entries: tuple[ImageEntry, ...] = ()
        self._plane: ImagePlane | None = None
        self._scene: MapScene | None = None
        self.canvas = MapOfPoints(images.thumbnail)
        self.canvas.image_chosen.connect(self.image_chosen)
        self.canvas.moved.connect(self.ask_soon)
        images.dataChanged.connect(self.canvas.update)
        self.hold(self.canvas)

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Place all images that are loaded and indexed, or say why there are none."""
        if state.options.images_tab != "map":
            return  # not looked at
        plane = None if state.similarity is None else state.similarity.plane
        self._show(state, plane)
        placed = 0 if self._scene is None else len(self._scene.numbers)
        total = len(state.entries)
        of = f"{placed:,}" if placed == total else f"{placed:,} of {total:,}"
        self.heading.setText(f"Map of {of} images" if placed else _TITLE)
        self.show_view(shown=placed > 0, message=_message(state, plane))

    def in_view(self) -> tuple[int, ...]:
        """Numbers of the images that are drawn as pictures."""
        return self.canvas.pictured()

    def _show(self, state: LensState, plane: ImagePlane | None) -> None:
        """Give the canvas a new scene where anything of it has changed."""
        current = None if state.shown is None else state.shown.number
        if plane is None:
            self._plane, self._scene, self._entries = None, None, state.entries
            self.canvas.show_scene(None)
            return
        if plane is not self._plane or state.entries is not self._entries or self._scene is None:
            before = self._scene if plane is self._plane else None
            self._scene = _scene_of(plane, state, before)
            self._plane, self._entries = plane, state.entries
        row_of = self._scene.numbers.index(current) if current in self._scene.numbers else None
        if row_of != self._scene.current:
            self._scene = replace(self._scene, current=row_of)
        self.canvas.show_scene(self._scene)


class MapOfPoints(ImageMapCanvas):
    """The points, and what pointer and keys do with them.

    Signals:
        image_chosen: Number of the entry that is to be opened.
        moved: Other images have come into view.
    """

    image_chosen = Signal(int)
    moved = Signal()
    _dragged_from: QPointF | None = None
    _pressed_at: QPointF | None = None

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Zoom in or out about a point of the view, or about its middle."""
        view = self.view()
        if view is not None:
            point = view.room.center() if about is None else about
            self._look(view.zoomed(factor, point, self._fit()))
            self.moved.emit()

    def fit(self) -> None:
        """See everything again."""
        self._look(self._fit())
        self.moved.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self.zoom_by(_ZOOM_STEP ** (event.angleDelta().y() / _WHEEL_NOTCH), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, or to click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged_from = self._pressed_at = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan with the pointer; without a button, name what is under it."""
        view = self.view()
        if self._dragged_from is None or self._pressed_at is None or view is None:
            self._set_hover(nearest_point(self._placed, event.position(), within=self._reach()))
            return
        travelled = (event.position() - self._pressed_at).manhattanLength()
        if travelled >= QApplication.startDragDistance():
            self._set_hover(None)
            self._look(view.panned(event.position() - self._dragged_from))
            self._dragged_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open what was clicked; after a pan, nothing."""
        pressed, self._dragged_from, self._pressed_at = self._pressed_at, None, None
        if pressed is None:
            return
        if (event.position() - pressed).manhattanLength() >= QApplication.startDragDistance():
            self.moved.emit()
            return
        row = nearest_point(self._placed, event.position(), within=self._reach())
        self._open(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit again, beside the images."""
        if nearest_point(self._placed, event.position(), within=self._reach()) is None:
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Name nothing when the pointer has left."""
        self._set_hover(None)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show those who came by key which image the keys start from."""
        super().focusInEvent(event)
        self._ring.focus_came(event)
        if self._cursor is None and self._scene is not None and self._scene.numbers:
            self._set_cursor(self._scene.current or 0)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go to the nearest image that way, Return opens, ``+``, ``-`` and ``0`` zoom."""
        key = Qt.Key(event.key())
        if key in _DIRECTIONS:
            self._go(_DIRECTIONS[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._open(self._cursor)
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom_by(_ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tell the whole name where there was no room for it."""
        if event.type() == QEvent.Type.ToolTip and self._scene is not None:
            place = cast("QHelpEvent", event)
            row = nearest_point(self._placed, QPointF(place.pos()), within=self._reach())
            text = "" if row is None else self._scene.names(row)
            QToolTip.showText(place.globalPos(), text, self)
            return True
        return super().event(event)

    def _go(self, direction: Direction) -> None:
        scene = self._scene
        if scene is None or not scene.numbers:
            return
        self._ring.visible = True
        start = self._cursor if self._cursor is not None else scene.current
        found = 0 if start is None else next_point(self._placed, start, direction)
        self._set_cursor(start if found is None else found)
        self._hover = None
        if self._cursor is not None:
            self._bring_into_view(self._cursor)

    def _bring_into_view(self, row: int) -> None:
        view, inside = self.view(), self._inside()
        place = QPointF(*self._placed[row].tolist())
        if view is not None and not inside.contains(place):
            view = view.panned(inside.center() - place)
            self.moved.emit()
        if view is not None:
            self._look(view)

    def _open(self, row: int | None) -> None:
        if row is not None and self._scene is not None:
            self._set_cursor(row)
            self._opened = self._scene.numbers[row]
            self.image_chosen.emit(self._scene.numbers[row])

    def _reach(self) -> float:
        return max(self._edge() / 2, _REACH) if self._pictured else _REACH

    def _set_hover(self, row: int | None) -> None:
        if row != self._hover:
            self._hover = row
            self.setCursor(
                Qt.CursorShape.ArrowCursor if row is None else Qt.CursorShape.PointingHandCursor
            )
            self.update()


def _scene_of(plane: ImagePlane, state: LensState, before: MapScene | None) -> MapScene:
    """The scene of what is still loaded; of ``before``, of the same plane, what is the same."""
    loaded = {entry.number: entry for entry in state.entries}  # a bisection each costs ten times
    rows = [row for row, number in enumerate(plane.entries) if number in loaded]
    entries = [loaded[plane.entries[row]] for row in rows]
    numbers = tuple(entry.number for entry in entries)
    classes = np.array(
        [-1 if entry.top is None else entry.top.index for entry in entries], np.int64
    )
    if before is not None and before.numbers == numbers:
        points = before.points
        if np.array_equal(before.classes, classes):
            classes = before.classes  # so that no dot is painted anew
    else:
        points = plane.points if len(rows) == len(plane.entries) else plane.points[rows]
    return MapScene(
        numbers=numbers,
        points=points,
        classes=classes,
        names=lambda row: f"{headline(entries[row])} · {entries[row].source.name}",
        explained=plane.explained,
        current=None,
    )


def _message(state: LensState, plane: ImagePlane | None) -> str:
    """What stands in place of the map."""
    if not state.entries:
        return "Open a folder to see its images side by side, those that are alike near each other."
    if plane is None and state.similarity is not None and state.similarity.plane_error:
        return f"The images could not be placed: {state.similarity.plane_error}."
    if plane is None:
        return "Placing the images…"
    return (
        "No image is indexed yet. Images are indexed in the background while they are classified."
    )
