"""What is painted over the tiles: chosen, selected, pinned, pointed at, switched off or scaled.

Tiles stand on a dark ground in either theme, so the marks have the dark theme's colours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from desktop_app.views import icons
from desktop_app.views.change_marks import paint_change
from desktop_app.views.theme import DARK, font
from desktop_app.views.tile_picture import NUMBERED_FROM_PX, SMALL_PRINT_BELOW_PX

SMALL_PRINT_PX: Final = 9
_PIN_PX: Final = 10
_PINNED_FROM_PX: Final = 26
"""Smaller tiles have a corner in the accent in place of a pin: it would hide the map."""
_CORNER_PX: Final = 5
_PLATE: Final = QColor(0, 0, 0, 160)


@dataclass(frozen=True, slots=True)
class TileMarks:
    """Which places of a canvas are marked.

    Attributes:
        chosen: The open one; None where it is hidden.
        selected: All selected ones.
        anchor: Where a selected range begins.
        pinned: How many of the first places are pinned.
        off: Of channels that are switched off.
        scaled: Of channels that have another factor.
    """

    chosen: int | None = None
    selected: frozenset[int] = frozenset()
    anchor: int = 0
    pinned: int = 0
    off: frozenset[int] = frozenset()
    scaled: frozenset[int] = frozenset()


def paint_marks(
    painter: QPainter,
    marks: TileMarks,
    *,
    hover: int | None,
    visible: range,
    rect_of: Callable[[int], QRectF],
    name_of: Callable[[int], str],
) -> None:
    """Paint the marks of the places that can be seen.

    Args:
        painter: On the canvas.
        marks: What to mark.
        hover: The place that is pointed at.
        visible: The places in view.
        rect_of: Where a place is.
        name_of: The number of the channel at a place.
    """
    for place in visible:
        if place in marks.off or place in marks.scaled:
            paint_change(painter, rect_of(place), off=place in marks.off)
    # The cross goes below what has to be read.
    pinned = [place for place in visible if place < marks.pinned]
    _paint_pins(painter, pinned, rect_of)
    for place in visible:
        if place in marks.off:
            _paint_number(painter, rect_of(place), name_of(place), again=True)
    named = {*pinned} | marks.selected.intersection(visible)
    named |= {place for place in (hover, marks.chosen) if place is not None}
    for place in named - marks.off:
        _paint_number(painter, rect_of(place), name_of(place))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(DARK.accent, 1.5))
    for place in visible:
        if place in marks.selected and place != marks.chosen:
            painter.drawRect(rect_of(place).adjusted(-0.5, -0.5, 0.5, 0.5))
    if hover is not None and hover != marks.chosen:
        painter.setPen(QPen(DARK.text, 1))
        painter.drawRect(rect_of(hover).adjusted(-0.5, -0.5, 0.5, 0.5))
    if marks.chosen is not None:
        rect = rect_of(marks.chosen)
        # Among selected ones the open one has to stand out, too.
        painter.setPen(QPen(DARK.accent, 3 if marks.selected else 2))
        painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), 2, 2)


def _paint_pins(painter: QPainter, places: Iterable[int], rect_of: Callable[[int], QRectF]) -> None:
    scale = painter.device().devicePixelRatioF()
    pin = icons.pixmap("pin", QColor("white"), size=_PIN_PX, scale=scale)
    for place in places:
        rect = rect_of(place)
        corner = rect.topRight()
        if min(rect.width(), rect.height()) < _PINNED_FROM_PX:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(DARK.accent)
            left, below = QPointF(-_CORNER_PX, 0), QPointF(0, _CORNER_PX)
            painter.drawPolygon(QPolygonF([corner, corner + left, corner + below]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            continue
        plate = QRectF(corner.x() - _PIN_PX - 4, corner.y(), _PIN_PX + 4, _PIN_PX + 4)
        painter.fillRect(plate, _PLATE)
        painter.drawPixmap(plate.topLeft() + QPointF(2, 2), pin)


def _paint_number(painter: QPainter, rect: QRectF, text: str, *, again: bool = False) -> None:
    """Number a tile that stands out although its like are too small, if it has the room.

    Args:
        painter: On the canvas.
        rect: The tile.
        text: Its number.
        again: Also where the picture of the tiles has a number, which the plate covers.
    """
    numbers = font(11)
    if rect.height() < SMALL_PRINT_BELOW_PX:
        numbers.setPixelSize(SMALL_PRINT_PX)
    plate = QRectF(QFontMetricsF(numbers).boundingRect(text)).adjusted(0, 0, 4, 2)
    numbered = min(rect.width(), rect.height()) >= NUMBERED_FROM_PX and not again
    if numbered or plate.width() > rect.width() or plate.height() > rect.height():
        return
    plate.moveBottomLeft(rect.bottomLeft())
    painter.fillRect(plate, _PLATE)
    painter.setFont(numbers)
    painter.setPen(QColor("white"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
