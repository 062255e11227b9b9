"""How one box of the network's map is painted: its label, its parts, the sum and the output."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from desktop_app.core.network_plan import Area, Box, Spot
from desktop_app.views.network_ink import Ink

_RADIUS: Final = 6.0
_PART_HEIGHT: Final = 3.0
_LETTERS_FROM: Final = 2.0
"""From this scale on, the parts of a box say what they are."""
_PART_NAMES: Final = ("conv", "bn", "relu")
_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(slots=True)
class Marks:
    """What all items of a scene look at while they paint.

    Attributes:
        chosen: The chosen layer.
        hovered: The layer under the pointer.
        scale: Screen pixels per unit of the plan.
    """

    chosen: str | None = None
    hovered: str | None = None
    scale: float = 1.0


class Face:
    """One box with its layers, as it is painted.

    Attributes:
        area: All of it.
    """

    def __init__(self, box: Box, marks: Marks) -> None:
        self._box, self._marks = box, marks
        self.area = rectangle(box.area)
        self._layers = frozenset(spot.layer for spot in box.spots)
        self._label = ""

    def paint(self, painter: QPainter, ink: Ink) -> None:
        """Draw it as its form, marked where one of its layers is chosen or under the pointer."""
        if self._box.form == "box":
            self._paint_box(painter, ink)
        else:
            self._paint_end(painter, ink)

    def _paint_box(self, painter: QPainter, ink: Ink) -> None:
        marks = self._marks
        is_chosen = marks.chosen in self._layers
        if is_chosen:
            painter.setBrush(ink.chosen_box)
            painter.setPen(ink.chosen_line)
        else:
            is_hovered = marks.hovered in self._layers
            painter.setBrush(ink.box_under_pointer if is_hovered else ink.box)
            painter.setPen(ink.none)
        painter.drawRoundedRect(self.area, _RADIUS, _RADIUS)
        spots = self._box.spots
        painter.setFont(ink.label if len(spots) > 1 else ink.small)
        painter.setPen(ink.text)
        room = self.area
        if len(spots) > 1:
            room = QRectF(room.left(), room.top() + 2, room.width(), spots[0].area.y - room.top())
        painter.drawText(room, _CENTRE, self._elided(painter, room.width() - 8))
        if len(spots) > 1:
            for place, spot in enumerate(spots):
                self._paint_part(painter, ink, spot, place)

    def _paint_part(self, painter: QPainter, ink: Ink, spot: Spot, place: int) -> None:
        area = rectangle(spot.area).adjusted(2, 0, -2, 0)
        is_chosen = spot.layer == self._marks.chosen
        is_hovered = spot.layer == self._marks.hovered
        lettered = self._marks.scale >= _LETTERS_FROM
        if lettered:
            painter.setFont(ink.tiny)
            painter.setPen(ink.text if is_chosen or is_hovered else ink.secondary)
            name = QRectF(spot.area.x, spot.area.y - 1, spot.area.width, 8)
            painter.drawText(name, _CENTRE, _PART_NAMES[min(place, 2)])
        if place == 0:
            area.setLeft(area.left() + 4)
        if place == len(self._box.spots) - 1:
            area.setRight(area.right() - 4)
        thick = _PART_HEIGHT + (1 if is_chosen else 0)
        bar = QRectF(
            area.left(), area.bottom() - (4 if lettered else 7) - thick / 2, area.width(), thick
        )
        painter.setPen(ink.none)
        if is_chosen:
            painter.setBrush(ink.chosen)
        else:
            painter.setBrush(ink.part_under_pointer if is_hovered else ink.part)
        painter.drawRoundedRect(bar, thick / 2, thick / 2)

    def _paint_end(self, painter: QPainter, ink: Ink) -> None:
        """The circled plus, or the hinge of a ReLU in a small square."""
        is_chosen = self._marks.chosen in self._layers
        area = self.area.adjusted(0.5, 0.5, -0.5, -0.5)
        if is_chosen:
            painter.setBrush(ink.chosen)
            painter.setPen(ink.none)
        else:
            is_hovered = self._marks.hovered in self._layers
            painter.setBrush(ink.box_under_pointer if is_hovered else ink.box)
            painter.setPen(ink.none)
        x, y = area.center().x(), area.center().y()
        mark = ink.chosen_mark if is_chosen else ink.mark
        if self._box.form == "sum":
            painter.drawEllipse(area)
            painter.setPen(mark)
            painter.drawLine(QPointF(x - 3.5, y), QPointF(x + 3.5, y))
            painter.drawLine(QPointF(x, y - 3.5), QPointF(x, y + 3.5))
        else:
            painter.drawRoundedRect(area, 4, 4)
            painter.setPen(mark)
            hinge = [QPointF(x - 4.5, y + 3), QPointF(x, y + 3), QPointF(x + 4, y - 3.5)]
            painter.drawPolyline(hinge)

    def _elided(self, painter: QPainter, width: float) -> str:
        if not self._label:
            metrics = QFontMetricsF(painter.font())
            mode = Qt.TextElideMode.ElideMiddle
            self._label = metrics.elidedText(self._box.label, mode, width)
        return self._label


def rectangle(area: Area) -> QRectF:
    """Qt's rectangle."""
    return QRectF(area.x, area.y, area.width, area.height)
