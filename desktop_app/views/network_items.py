"""What the network's map is made of: boxes, lines and words as items of a graphics scene.

Items hold what lies in one band of the drawing and make ready what they paint when they are first
seen: a deep network is there within a frame, and Qt leaves out the bands out of sight. From afar,
boxes are plain rectangles in one item: type that nobody can read would cost more than a frame.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from desktop_app.core.network_plan import Box, Line, NetworkPlan, Words
from desktop_app.views.network_faces import Face, Marks, rectangle
from desktop_app.views.network_ink import current_ink

_CORNER: Final = 7.0
_LEFT: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class BoxesItem(QGraphicsItem):
    """The boxes of one band."""

    def __init__(self, boxes: Sequence[Box], marks: Marks) -> None:
        super().__init__()
        self._boxes, self._marks = boxes, marks
        areas = [box.area for box in boxes]
        left, top = min(area.x for area in areas), min(area.y for area in areas)
        right = max(area.x + area.width for area in areas)
        bottom = max(area.y + area.height for area in areas)
        self._bounds = QRectF(left - 1, top - 1, right - left + 2, bottom - top + 2)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @cached_property
    def _faces(self) -> list[Face]:
        return [Face(box, self._marks) for box in self._boxes]

    def boundingRect(self) -> QRectF:
        """All boxes and their outlines."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw those boxes that are to be painted anew."""
        ink, exposed = current_ink(), option.exposedRect.adjusted(-2, -2, 2, 2)
        for face in self._faces:
            if exposed.intersects(face.area):
                face.paint(painter, ink)


class FarBoxes(QGraphicsItem):
    """All boxes as plain rectangles, for a network seen from afar."""

    def __init__(self, plan: NetworkPlan, marks: Marks) -> None:
        super().__init__()
        self._plan, self._marks = plan, marks

    @cached_property
    def _areas(self) -> list[QRectF]:
        return [rectangle(box.area) for box in self._plan.boxes]

    def boundingRect(self) -> QRectF:
        """All of them, and the mark around the chosen one."""
        return QRectF(-40, -40, self._plan.width + 80, self._plan.height + 80)

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the rectangles, the chosen one large enough to be found."""
        ink = current_ink()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(ink.none)
        painter.setBrush(ink.far)
        painter.drawRects(self._areas)
        place = self._plan.places.get(self._marks.chosen or "")
        if place is not None:
            chosen, least = rectangle(place[0].area), 8 / self._marks.scale
            more = max(0.0, least - chosen.width()) / 2, max(0.0, least - chosen.height()) / 2
            painter.setBrush(ink.chosen)
            painter.drawRect(chosen.adjusted(-more[0], -more[1], more[0], more[1]))


class LinesItem(QGraphicsItem):
    """Lines that lie near each other."""

    def __init__(self, lines: Sequence[Line], *, chosen: bool = False) -> None:
        super().__init__()
        self._lines, self._chosen = lines, chosen
        points = [point for line in lines for point in line.points]
        left, top = min(x for x, _ in points), min(y for _, y in points)
        right, bottom = max(x for x, _ in points), max(y for _, y in points)
        self._bounds = QRectF(left - 2, top - 2, right - left + 4, bottom - top + 4)

    @cached_property
    def _paths(self) -> tuple[QPainterPath, QPainterPath]:
        """Those of the flow, and those that only lead from row to row."""
        flow, turns = QPainterPath(), QPainterPath()
        for line in self._lines:
            _draw_rounded(turns if line.turns else flow, [QPointF(*point) for point in line.points])
        return flow, turns

    def boundingRect(self) -> QRectF:
        """Around all of them."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw them in one stroke, and more quietly what only leads from row to row."""
        ink = current_ink()
        flow, turns = self._paths
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(ink.chosen_line if self._chosen else ink.quiet_line)
        painter.drawPath(turns)
        painter.setPen(ink.chosen_line if self._chosen else ink.line)
        painter.drawPath(flow)


class WordsItem(QGraphicsItem):
    """Something written beside the boxes."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words, self._area = words, rectangle(words.area)

    def boundingRect(self) -> QRectF:
        """Its line."""
        return self._area

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Write it."""
        ink = current_ink()
        painter.setPen(ink.secondary)
        painter.setFont(ink.heading if self._words.role == "stage" else ink.small)
        side = _RIGHT if self._words.role == "shape" else _LEFT
        painter.drawText(self._area, side, self._words.text)


def _draw_rounded(path: QPainterPath, points: Sequence[QPointF]) -> None:
    """A line through ``points`` with rounded corners."""
    path.moveTo(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.lineTo(_towards(corner, before))
        path.quadTo(corner, _towards(corner, after))
    for _, end in list(pairwise(points))[-1:]:
        path.lineTo(end)


def _towards(corner: QPointF, other: QPointF) -> QPointF:
    way = other - corner
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5 or 1.0
    return corner + way * (min(_CORNER, length / 2) / length)
