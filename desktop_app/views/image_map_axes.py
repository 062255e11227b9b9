"""The two axes of the image map, each with the share of the variance that it explains."""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from desktop_app.views.figures import format_share
from desktop_app.views.theme import current_roles, font

AXIS: Final = 20
"""Width of an axis and its text, in device-independent pixels."""
_ENDINGS: Final = (" of the variance", " of variance", "")
_MARGIN: Final = 4


def paint_axes(painter: QPainter, inside: QRectF, explained: tuple[float, float]) -> None:
    """Paint lines and texts at the left of and below what they measure.

    Args:
        painter: Of the widget.
        inside: Where points are painted.
        explained: Share of the variance along each axis.
    """
    roles = current_roles()
    painter.setPen(roles.line)
    painter.drawLine(inside.bottomLeft(), inside.bottomRight())
    painter.drawLine(inside.topLeft(), inside.bottomLeft())
    painter.setPen(roles.secondary)
    painter.setFont(font(11, tabular=True))
    room = min(inside.width(), inside.height()) - 2 * _MARGIN
    along_text, up_text = axis_texts(explained, painter.fontMetrics(), room)
    along = QRectF(inside.left(), inside.bottom(), inside.width(), AXIS)
    _draw_centred(painter, along, along_text)
    painter.save()
    painter.translate(0, inside.bottom())
    painter.rotate(-90)
    _draw_centred(painter, QRectF(0, 0, inside.height(), AXIS), up_text)
    painter.restore()


def axis_texts(
    explained: tuple[float, float], metrics: QFontMetrics, room: float
) -> tuple[str, str]:
    """What both axes say, in the longest words that the shorter of them has room for."""
    texts = ("", "")
    for ending in _ENDINGS:
        texts = (_axis_text(1, explained[0], ending), _axis_text(2, explained[1], ending))
        if all(_shortened(text, metrics, room) == text for text in texts):
            break
    return texts


def _axis_text(number: int, share: float, ending: str) -> str:
    return f"component {number} · {format_share(share)}{ending}"


def _draw_centred(painter: QPainter, area: QRectF, text: str) -> None:
    shortened = _shortened(text, painter.fontMetrics(), area.width() - 2 * _MARGIN)
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), shortened)


def _shortened(text: str, metrics: QFontMetrics, room: float) -> str:
    # Qt shortens by fractions of a pixel; whole ones, as from horizontalAdvance, say too little.
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
