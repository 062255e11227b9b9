"""The points of the image map: dots in the colour of their class, pictures where there is room."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.views.dot_picture import dot_picture
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.image_delegate import centre_square
from desktop_app.views.image_map_axes import AXIS, paint_axes
from desktop_app.views.plane_geometry import PlaneView, fitting, tag_place, with_room
from desktop_app.views.roles import class_colour
from desktop_app.views.theme import current_roles, font

_EDGES: Final = (26, 56)
"""Smallest and largest edge of a picture, in device-independent pixels."""
_DOT: Final = 7.0
_SMALL_DOT: Final = 5.0
_MANY: Final = 2000
_RADIUS: Final = 4.0
_LABEL_PAD: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class MapScene:
    """What the map shows.

    Attributes:
        numbers: Of the entries, one per row.
        points: float32 (N, 2), finite.
        classes: int64 (N,), of the likeliest class, -1 where it is not known.
        names: What is said of each, by its row.
        explained: Share of the variance along each axis.
        current: Row of the image on screen; None where it is not on the map.
    """

    numbers: tuple[int, ...]
    points: NDArray[np.float32]
    classes: NDArray[np.int64]
    names: Callable[[int], str]
    explained: tuple[float, float]
    current: int | None


class ImageMapCanvas(QWidget):
    """Paints a :class:`MapScene`; keeps how it is looked at, and what the pointer is over."""

    def __init__(
        self, thumbnail: Callable[[int], QPixmap | None], parent: QWidget | None = None
    ) -> None:
        """Begin empty.

        Args:
            thumbnail: Gives an entry's small picture, if it has been made.
            parent: As for every widget.
        """
        super().__init__(parent)
        self._thumbnail = thumbnail
        self._scene: MapScene | None = None
        self._view: PlaneView | None = None
        self._placed: NDArray[np.float64] = np.empty((0, 2))
        self._pictured: list[int] = []
        self._dots: tuple[tuple[object, ...], QImage | None, float] | None = None
        self._hover: int | None = None
        self._cursor: int | None = None
        self._opened: int | None = None
        self._ring = FocusRing()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 100)
        self.setAccessibleName("Map of the images")

    def show_scene(self, scene: MapScene | None) -> None:
        """Show ``scene``; other points are fit to the view again, the same stay where they are."""
        if scene is self._scene:
            return
        old, self._scene = self._scene, scene
        shown = None if old is None or old.current is None else old.numbers[old.current]
        if old is not None and scene is not None and old.points is scene.points:
            if old.current == scene.current:
                self.update()
                return
        else:
            kept = None if old is None or self._cursor is None else old.numbers[self._cursor]
            row_of = {} if scene is None else {n: row for row, n in enumerate(scene.numbers)}
            self._cursor = None if kept is None else row_of.get(kept)
            self._view, self._hover = None, None
        if scene is not None and scene.current is not None:
            self._follow(scene.numbers[scene.current], shown)
        self._place()

    def _follow(self, number: int, before: int | None) -> None:
        """Let the keys start from the image on screen when that changes.

        Not where it was opened from here: the keys may have gone on while it was computed.
        """
        if number == before or self._scene is None:
            return
        if number != self._opened:
            self._set_cursor(self._scene.current)
        self._opened = None

    def _set_cursor(self, row: int | None) -> None:
        """Let the keys start from a row, and say which image that is."""
        self._cursor = row
        if row is not None and self._scene is not None:
            self.setAccessibleDescription(self._scene.names(row))

    def pictured(self) -> tuple[int, ...]:
        """Entries that are shown as pictures, made or not."""
        return tuple(self._scene.numbers[row] for row in self._pictured) if self._scene else ()

    def point(self, number: int) -> QPointF | None:
        """Where an entry is, in the widget's coordinates."""
        if self._scene is None or number not in self._scene.numbers:
            return None
        x, y = self._placed[self._scene.numbers.index(number)]
        return QPointF(float(x), float(y))

    def view(self) -> PlaneView | None:
        """How the plane is looked at now."""
        return self._view

    # --- layout --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the map to another size; a part that was looked at is left for the whole."""
        super().resizeEvent(event)
        self._view = None
        self._place()

    def _edge(self) -> float:
        """Edge of a picture: as large as all of them could be side by side, within limits."""
        count = 1 if self._scene is None else max(len(self._scene.numbers), 1)
        share = math.sqrt(self.width() * self.height() / count) * 0.7
        return min(max(share, _EDGES[0]), _EDGES[1])

    def _fit(self) -> PlaneView:
        """The view in which everything is seen."""
        half = self._edge() / 2 + 4
        room = QRectF(self.rect()).adjusted(AXIS + half, half, -half, -AXIS - half)
        room.setSize(room.size().expandedTo(QRectF(0, 0, 8, 8).size()))
        points = np.empty((0, 2), np.float32) if self._scene is None else self._scene.points
        return fitting(points, room)

    def _look(self, view: PlaneView) -> None:
        self._view = view
        self._place()

    def _place(self) -> None:
        scene = self._scene
        if scene is None:
            self._placed, self._pictured = np.empty((0, 2)), []
        else:
            if self._view is None:
                self._view = self._fit()
            self._placed = self._view.to_view(scene.points)
            first = [row for row in (scene.current, self._cursor) if row is not None]
            order = np.array([*first, *range(len(scene.numbers))], np.intp)
            self._pictured = with_room(
                self._placed, order, edge=self._edge() + 4, room=self._inside()
            )
        self.update()

    def _inside(self) -> QRectF:
        """Where points are painted: right of one axis and above the other."""
        return QRectF(self.rect()).adjusted(AXIS, 0, 0, -AXIS)

    # --- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint axes, dots, pictures, and the name of what is meant."""
        scene = self._scene
        if scene is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            paint_axes(painter, self._inside(), explained=scene.explained)
            painter.setClipRect(self._inside())
            self._paint_dots(painter, scene)
            meant = self._hover if self._hover is not None else self._focused()
            last = [row for row in (scene.current, meant) if row is not None]
            for row in [row for row in self._pictured if row not in last] + last:
                self._paint_picture(painter, scene, row, meant=row == meant)
            painter.setClipping(False)
            if meant is not None and self._inside().intersects(self._extent(scene, meant)):
                self._paint_name(painter, meant)
            if self.hasFocus():
                self._ring.paint(painter, QRectF(self.rect()))

    def _focused(self) -> int | None:
        """The row that keys would open, while they would."""
        return self._cursor if self.hasFocus() and self._ring.visible else None

    def _paint_dots(self, painter: QPainter, scene: MapScene) -> None:
        """Paint what has no picture, anew only after a move: a hover changes no dot."""
        ratio, roles = self.devicePixelRatioF(), current_roles()
        key = (self._placed, scene.classes, roles)
        if self._dots is None or self._dots[2] != ratio or not _same(key, self._dots[0]):
            self._dots = (key, self._dot_picture(scene, ratio), ratio)
        if self._dots[1] is not None:
            painter.drawImage(0, 0, self._dots[1])

    def _dot_picture(self, scene: MapScene, ratio: float) -> QImage | None:
        bare = np.ones(len(scene.numbers), np.bool_)
        bare[self._pictured] = False
        rows = np.flatnonzero(bare)
        if len(rows) == 0:
            return None
        diameter = (_SMALL_DOT if len(scene.numbers) > _MANY else _DOT) * ratio
        known, kind = np.unique(scene.classes[rows], return_inverse=True)
        table = np.array([self._colour(int(each)).rgb() & 0xFFFFFF for each in known], np.uint32)
        picture = dot_picture(
            self._placed[rows] * ratio, table[kind], size=self.size() * ratio, diameter=diameter
        )
        picture.setDevicePixelRatio(ratio)
        return picture

    def _paint_picture(self, painter: QPainter, scene: MapScene, row: int, *, meant: bool) -> None:
        """Paint one image as a picture framed in its class's colour, or as a larger dot."""
        roles = current_roles()
        picture = self._thumbnail(scene.numbers[row])
        pictured = picture is not None and row in self._pictured
        frame = self._extent(scene, row)
        radius = _RADIUS if pictured else frame.width() / 2
        outline = QPainterPath()
        outline.addRoundedRect(frame, radius, radius)
        colour = self._colour(int(scene.classes[row]))
        if picture is not None and pictured:
            painter.save()
            painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
            painter.drawPixmap(frame, picture, QRectF(centre_square(picture)))
            painter.restore()
        else:
            painter.fillPath(outline, colour)
        current = row == scene.current
        pen = QPen(roles.accent if current else roles.text if meant else colour)
        pen.setWidthF(3.0 if current else 2.0 if meant else 1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPath(outline)

    def _extent(self, scene: MapScene, row: int) -> QRectF:
        """What is painted of one image: its picture where it has one, else its larger dot."""
        pictured = row in self._pictured and self._thumbnail(scene.numbers[row]) is not None
        edge = self._edge() if pictured else _DOT + 3
        x, y = self._placed[row].tolist()
        return QRectF(x - edge / 2, y - edge / 2, edge, edge)

    def tag(self, row: int) -> tuple[QRectF, str]:
        """Where the name of an image stands, inside the axes, and as much of it as fits there."""
        if (scene := self._scene) is None:
            return QRectF(), ""
        metrics = QFontMetrics(font(11))
        room = self._inside().adjusted(4, 4, -4, -4)
        text = metrics.elidedText(
            scene.names(row),
            Qt.TextElideMode.ElideMiddle,
            int(room.width()) - 2 * _LABEL_PAD,
        )
        size = QSizeF(metrics.horizontalAdvance(text) + 2 * _LABEL_PAD, metrics.height() + 6)
        others = [self._extent(scene, each) for each in self._pictured if each != row]
        return tag_place(size, self._extent(scene, row), room, others), text

    def _paint_name(self, painter: QPainter, row: int) -> None:
        """Paint what an image is called, beside it."""
        roles = current_roles()
        field, text = self.tag(row)
        painter.setFont(font(11))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(roles.hover)
        painter.drawRoundedRect(field, _RADIUS, _RADIUS)
        painter.setPen(roles.text)
        painter.drawText(field, int(Qt.AlignmentFlag.AlignCenter), text)

    @staticmethod
    def _colour(index: int) -> QColor:
        roles = current_roles()
        return roles.disabled if index < 0 else class_colour(index, dark=roles.dark)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(a is b for a, b in zip(one, other, strict=True))
