"""Where the points of the image map lie in the view, and which is meant by a pointer or a key.

Plane coordinates have y upwards, the view's go downwards. One unit is as long in both directions,
so that distances on the map can be compared. Nothing here paints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF

ZOOMS: Final = (1.0, 200.0)
Direction = Literal["left", "right", "up", "down"]
_TAG_GAP: Final = 5.0
_STEPS: Final[dict[Direction, tuple[float, float]]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}


@dataclass(frozen=True, slots=True)
class PlaneView:
    """How the plane is looked at.

    Attributes:
        room: What may be painted on, in the view's coordinates.
        middle: The point of the plane in the middle of the room.
        scale: View pixels per unit of the plane.
    """

    room: QRectF
    middle: tuple[float, float]
    scale: float

    def to_view(self, points: NDArray[np.float32]) -> NDArray[np.float64]:
        """Points of the plane, float32 (N, 2), in the view's coordinates, float64 (N, 2)."""
        centre = self.room.center()
        placed = (points.astype(np.float64) - self.middle) * (self.scale, -self.scale)
        placed += (centre.x(), centre.y())
        return placed

    def zoomed(self, factor: float, about: QPointF, fit: "PlaneView") -> "PlaneView":
        """Zoom so that what is under ``about`` stays there, within the limits of ``fit``."""
        scale = min(max(self.scale * factor, fit.scale * ZOOMS[0]), fit.scale * ZOOMS[1])
        centre = self.room.center()
        dx, dy = about.x() - centre.x(), about.y() - centre.y()
        kept = 1 / self.scale - 1 / scale
        return PlaneView(self.room, (self.middle[0] + dx * kept, self.middle[1] - dy * kept), scale)

    def panned(self, by: QPointF) -> "PlaneView":
        """Move the plane with the pointer by some view pixels."""
        x, y = self.middle
        moved = (x - by.x() / self.scale, y + by.y() / self.scale)
        return PlaneView(self.room, moved, self.scale)


def fitting(points: NDArray[np.float32], room: QRectF) -> PlaneView:
    """The view in which all points are seen.

    Args:
        points: float32 (N, 2).
        room: Where they may lie; their pictures reach beyond it by half their edge.
    """
    if len(points) == 0:
        return PlaneView(room, (0.0, 0.0), 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = (float(size) for size in np.maximum(high - low, 1e-9))
    middle = (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2)
    scale = min(room.width() / width, room.height() / height)
    return PlaneView(room, middle, scale if np.isfinite(scale) and scale > 0 else 1.0)


def nearest_point(placed: NDArray[np.float64], position: QPointF, *, within: float) -> int | None:
    """Row of the point nearest to a position of the view, if one is that near."""
    if len(placed) == 0:
        return None
    distances = np.hypot(placed[:, 0] - position.x(), placed[:, 1] - position.y())
    row = int(distances.argmin())
    return row if distances[row] <= within else None


def next_point(points: NDArray[np.float64], start: int, direction: Direction) -> int | None:
    """Row of the nearest point in a direction, within 45 degrees of it; None at the edge.

    What lies off the axis counts as twice as far, so that a step goes the way that was meant.
    Where nothing lies within 45 degrees, whatever lies that way at all is taken.

    Args:
        points: float64 (N, 2), in the view's coordinates.
        start: The row to start from.
        direction: Of the arrow key.
    """
    dx, dy = _STEPS[direction]
    away = points - points[start]
    along = away[:, 0] * dx + away[:, 1] * dy
    off = np.abs(away[:, 0] * dy) + np.abs(away[:, 1] * dx)
    ahead = along > 1e-9
    for allowed in (ahead & (off <= along), ahead):
        if allowed.any():
            cost = np.where(allowed, along + 2 * off, np.inf)
            return int(cost.argmin())
    return None


def with_room(
    placed: NDArray[np.float64], order: NDArray[np.intp], *, edge: float, room: QRectF
) -> list[int]:
    """Rows whose pictures, squares of ``edge`` about their points, overlap no other picture.

    Of all points in one cell of a grid of that edge only the most important one is tried: ten
    thousand points cost no more than the pictures that fit.

    Args:
        placed: float64 (N, 2), in the view's coordinates.
        order: Rows, the most important first: those get their place.
        edge: Of a picture and the gap around it.
        room: Points outside get none.
    """
    points = placed[order]
    corners = (room.left(), room.top()), (room.right(), room.bottom())
    inside = np.flatnonzero(((points >= corners[0]) & (points <= corners[1])).all(axis=1))
    cells = np.floor(points[inside] / edge).astype(np.int64)
    _, first = np.unique(cells[:, 0] << 32 | cells[:, 1], return_index=True)
    taken: dict[tuple[int, int], tuple[float, float]] = {}
    found: list[int] = []
    for place in np.sort(first).tolist():
        column, line = (int(part) for part in cells[place])
        x, y = (float(part) for part in points[inside[place]])
        near = (
            taken.get((across, down))
            for across in (column - 1, column, column + 1)
            for down in (line - 1, line, line + 1)
        )
        if any(each and abs(x - each[0]) < edge and abs(y - each[1]) < edge for each in near):
            continue
        taken[column, line] = (x, y)
        found.append(int(order[inside[place]]))
    return found


def tag_place(size: QSizeF, of: QRectF, room: QRectF, others: Sequence[QRectF]) -> QRectF:
    """Where the name of a point stands: beside it, inside the room, over as little as can be.

    Args:
        size: Of the name's field.
        of: What is painted of the point itself.
        room: Where the field may lie; wider and higher than the field.
        others: What else is painted, and had better not be covered.
    """
    middle = of.center()
    left, top = middle.x() - size.width() / 2, middle.y() - size.height() / 2
    corners = (
        (left, of.bottom() + _TAG_GAP),
        (left, of.top() - _TAG_GAP - size.height()),
        (of.right() + _TAG_GAP, top),
        (of.left() - _TAG_GAP - size.width(), top),
    )
    fields = [_moved_into(QRectF(QPointF(*corner), size), room) for corner in corners]
    return min(fields, key=lambda field: (_shared(field, [of]), _shared(field, others)))


def _moved_into(field: QRectF, room: QRectF) -> QRectF:
    left = max(min(field.left(), room.right() - field.width()), room.left())
    top = max(min(field.top(), room.bottom() - field.height()), room.top())
    return QRectF(QPointF(left, top), field.size())


def _shared(field: QRectF, others: Sequence[QRectF]) -> float:
    """How much of ``field`` lies over others, in square pixels."""
    common = (field.intersected(other) for other in others)
    return sum(each.width() * each.height() for each in common if not each.isEmpty())
