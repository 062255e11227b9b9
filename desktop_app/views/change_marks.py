"""How a changed channel is marked on its tile: crossed out when it is off, else a corner."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from desktop_app.views.theme import DARK

_VEIL: Final = QColor(0, 0, 0, 120)
_CORNER_PX: Final = 9.0


def paint_change(painter: QPainter, tile: QRectF, *, off: bool) -> None:
    """Mark one tile; its map, that of the untouched network, stays to be seen.

    Args:
        painter: On the canvas.
        tile: Where it is.
        off: Whether the channel is switched off, or has another factor.
    """
    colour = DARK.against  # tiles are dark in either theme
    if off:
        painter.fillRect(tile, _VEIL)
        painter.setPen(QPen(colour, 2 if tile.width() > 20 else 1))
        painter.drawLine(tile.topLeft(), tile.bottomRight())
        painter.drawLine(tile.topRight(), tile.bottomLeft())
        return
    size = min(_CORNER_PX, tile.width() / 2)
    corner = tile.bottomRight()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([corner, corner - QPointF(size, 0), corner - QPointF(0, size)]))
