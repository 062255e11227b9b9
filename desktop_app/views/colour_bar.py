"""A colour bar: never without its two numbers and the name of its scale."""

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.core.maps import LEVELS, ValueRange
from desktop_app.views.colormaps import choice
from desktop_app.views.figures import format_values
from desktop_app.views.qimage import indexed_image
from desktop_app.views.theme import current_roles, font

_BAR_HEIGHT = 8
_SPACE = 8


class ColourBar(QWidget):
    """``layer  0.00 ▒▒▒▒▓▓▓▓ 4.82``; the gradient takes the width that the text leaves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[ValueRange, str, str] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colour bar")

    def show_range(self, values: ValueRange | None, *, colormap: str, scale: str) -> None:
        """Show which values the two ends of a colour map stand for.

        Args:
            values: None empties the bar.
            colormap: Name of the table.
            scale: What the values hold for: "layer" or "channel 44".
        """
        shown = None if values is None else (values, colormap, scale)
        if shown == self._shown:
            return
        self._shown = shown
        low, high = self.numbers()
        sentence = (
            f"Scale: {scale}. {choice(colormap).title}, from {low} to {high}." if shown else ""
        )
        self.setToolTip(sentence)
        self.setAccessibleDescription(sentence)
        self.updateGeometry()
        self.update()

    def numbers(self) -> tuple[str, str]:
        """The two numbers as written; empty when nothing is shown."""
        if self._shown is None:
            return "", ""
        values = self._shown[0]
        low, high = format_values((values.low, values.high))
        return low, high

    def gradient_rect(self) -> QRect:
        """Where the colours are, in the widget's coordinates."""
        metrics = QFontMetrics(self._font())
        scale, low, high = self._texts()
        left = metrics.horizontalAdvance(scale) + metrics.horizontalAdvance(low) + 2 * _SPACE
        right = metrics.horizontalAdvance(high) + _SPACE
        return QRect(
            left,
            (self.height() - _BAR_HEIGHT) // 2,
            max(self.width() - left - right, 0),
            _BAR_HEIGHT,
        )

    def sizeHint(self) -> QSize:
        """Room for the texts and a gradient of 108 pixels."""
        return self._size(gradient=108)

    def minimumSizeHint(self) -> QSize:
        """Room for the texts and a gradient of 40 pixels."""
        return self._size(gradient=40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint name, number, colours, number."""
        if self._shown is None:
            return
        roles = current_roles()
        painter = QPainter(self)
        painter.setFont(self._font())
        metrics = painter.fontMetrics()
        scale, low, high = self._texts()
        gradient = self.gradient_rect()
        baseline = (self.height() + metrics.ascent() - metrics.descent()) // 2
        painter.setPen(roles.secondary)
        painter.drawText(QPoint(0, baseline), scale)
        painter.drawText(QPoint(metrics.horizontalAdvance(scale) + _SPACE, baseline), low)
        painter.drawText(QPoint(gradient.right() + 1 + _SPACE, baseline), high)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(gradient, gradient_image(self._shown[1]))

    def _texts(self) -> tuple[str, str, str]:
        low, high = self.numbers()
        return "" if self._shown is None else self._shown[2], low, high

    def _size(self, *, gradient: int) -> QSize:
        metrics = QFontMetrics(self._font())
        text = sum(metrics.horizontalAdvance(part) for part in self._texts())
        return QSize(text + 3 * _SPACE + gradient, max(metrics.height(), 16))

    @staticmethod
    def _font() -> QFont:
        return font(11, tabular=True)


def gradient_image(colormap: str) -> QImage:
    """All 256 colours of a table in one row of pixels."""
    return indexed_image(np.arange(LEVELS, dtype=np.uint8)[None, :], colormap)
