"""A colour bar: never without its two numbers and the name of its scale."""

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.core.maps import LEVELS, ValueRange
from desktop_app.views.colormaps import choice, is_diverging
from desktop_app.views.figures import format_values
from desktop_app.views.qimage import indexed_image
from desktop_app.views.theme import current_roles, font

_BAR_HEIGHT = 8
_SPACE = 8
_ZERO_PX = 10
"""Room for the number zero below the colours; kept on every colour map, so that nothing moves
when another one is chosen."""


class ColourBar(QWidget):
    """``layer  0.00 ▒▒▒▒▓▓▓▓ 4.82``; the gradient takes the width that the text leaves.

    On a diverging colour map zero, the middle, has a tick and its number.
    """

    def __init__(
        self, parent: QWidget | None = None, *, inset_px: tuple[int, int] = (0, 0)
    ) -> None:
        """Make an empty bar.

        Args:
            parent: As Qt wants it.
            inset_px: Room that is left free at the left and at the right.
        """
        super().__init__(parent)
        self._shown: tuple[ValueRange, str, str] | None = None
        self._inset_px = inset_px
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
        sentence_before = self.toolTip()
        low, high = _numbers(shown)
        sentence = (
            f"Scale: {scale}. {choice(colormap).title}, from {low} to {high}." if shown else ""
        )
        if shown == self._shown and sentence == sentence_before:
            return
        self._shown = shown
        self.setToolTip(sentence)
        self.setAccessibleDescription(sentence)
        self.updateGeometry()
        self.update()

    def numbers(self) -> tuple[str, str]:
        """The two numbers as written; empty when nothing is shown."""
        return _numbers(self._shown)

    def gradient_rect(self) -> QRect:
        """Where the colours are, in the widget's coordinates."""
        metrics = QFontMetrics(self._font())
        scale, low, high = self._texts()
        left = self._inset_px[0] + metrics.horizontalAdvance(low) + _SPACE
        left += metrics.horizontalAdvance(scale) + _SPACE if scale else 0
        right = metrics.horizontalAdvance(high) + _SPACE + self._inset_px[1]
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
        with QPainter(self) as painter:
            painter.setFont(self._font())
            metrics = painter.fontMetrics()
            scale, low, high = self._texts()
            gradient = self.gradient_rect()
            baseline = gradient.center().y() + 1 + (metrics.ascent() - metrics.descent()) // 2
            painter.setPen(roles.secondary)
            painter.drawText(QPoint(self._inset_px[0], baseline), scale)
            left = gradient.left() - _SPACE - metrics.horizontalAdvance(low)
            painter.drawText(QPoint(left, baseline), low)
            painter.drawText(QPoint(gradient.right() + 1 + _SPACE, baseline), high)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(gradient, gradient_image(self._shown[1]))
            if self.marks_zero():
                self._paint_zero(painter, gradient)

    def marks_zero(self) -> bool:
        """Whether the middle of the bar is zero, and says so."""
        return self._shown is not None and is_diverging(self._shown[1])

    @staticmethod
    def _paint_zero(painter: QPainter, gradient: QRect) -> None:
        """A tick through the middle, and the number below it."""
        roles, middle = current_roles(), gradient.center().x()
        tick = QRect(middle, gradient.top() - 2, 1, gradient.height() + 4)
        painter.fillRect(tick, roles.text)
        small = font(11, tabular=True)
        small.setPixelSize(_ZERO_PX - 1)
        painter.setFont(small)
        box = QRect(middle - 10, gradient.bottom() + 2, 21, _ZERO_PX)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), "0")

    def _texts(self) -> tuple[str, str, str]:
        low, high = self.numbers()
        return "" if self._shown is None else self._shown[2], low, high

    def _size(self, *, gradient: int) -> QSize:
        metrics = QFontMetrics(self._font())
        text = sum(metrics.horizontalAdvance(part) for part in self._texts())
        height = _BAR_HEIGHT + 2 * (_ZERO_PX + 1)  # above, too: the colours stay in the middle
        return QSize(text + 3 * _SPACE + gradient + sum(self._inset_px), height)

    @staticmethod
    def _font() -> QFont:
        return font(11, tabular=True)


def _numbers(shown: tuple[ValueRange, str, str] | None) -> tuple[str, str]:
    if shown is None:
        return "", ""
    low, high = format_values((shown[0].low, shown[0].high))
    return low, high


def gradient_image(colormap: str) -> QImage:
    """All 256 colours of a table in one row of pixels."""
    return indexed_image(np.arange(LEVELS, dtype=np.uint8)[None, :], colormap)
