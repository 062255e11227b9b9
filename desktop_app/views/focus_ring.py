"""The focus ring of widgets that paint themselves: shown to those who use the keyboard.

As the web's ``:focus-visible``: a click into a picture needs no frame around the picture, a
step of the tab key does.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPen

from desktop_app.views.theme import current_roles

_WIDTH = 2.0
_RADIUS = 6.0


class FocusRing:
    """Remembers how the focus came; part of a widget, which asks it to paint."""

    def __init__(self) -> None:
        self.visible = False

    def focus_came(self, event: QFocusEvent) -> None:
        """Call from ``focusInEvent``; a window that becomes active again changes nothing."""
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.visible = event.reason() != Qt.FocusReason.MouseFocusReason

    def paint(self, painter: QPainter, around: QRectF) -> None:
        """Paint the ring just inside ``around`` if it is to be seen."""
        if self.visible:
            inset = _WIDTH / 2
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(current_roles().accent, _WIDTH))
            ring = around.adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(ring, _RADIUS, _RADIUS)
