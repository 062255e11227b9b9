"""A histogram: thin bars in the accent, with the numbers of its axes."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.core.maps import ValueRange
from desktop_app.views.figures import format_values
from desktop_app.views.theme import current_roles, font


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramBars:
    """What is plotted.

    Attributes:
        counts: Per bar.
        values: What the axis runs over.
        note: What was left out, a short phrase; may be empty.
    """

    counts: tuple[int, ...]
    values: ValueRange
    note: str


class HistogramPlot(QWidget):
    """Bars over a base line; the lowest and highest value below, the tallest bar's count above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: HistogramBars | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Histogram of the values")

    def show_bars(self, bars: HistogramBars | None) -> None:
        """Show bars, or nothing."""
        if bars == self._bars:
            return
        self._bars = bars
        sentence = ""
        if bars is not None:
            low, high = format_values((bars.values.low, bars.values.high))
            sentence = f"{sum(bars.counts)} values from {low} to {high}"
            sentence += f", {bars.note}" if bars.note else ""
        self.setAccessibleDescription(sentence)
        self.setToolTip(sentence)
        self.update()

    def sizeHint(self) -> QSize:
        """Wide rather than high."""
        return QSize(180, 96)

    def minimumSizeHint(self) -> QSize:
        """Bars of two pixels."""
        return QSize(96, 96)

    def bar_rects(self) -> list[QRectF]:
        """The bars in the widget's coordinates; at least a hairline where anything was counted."""
        if self._bars is None:
            return []
        area, counts = self._plot_area(), self._bars.counts
        tallest = max(*counts, 1)
        pitch = area.width() / len(counts)
        rects = []
        for place, count in enumerate(counts):
            height = max(area.height() * count / tallest, 1.0) if count else 0.0
            left = area.left() + place * pitch
            rects.append(QRectF(left, area.bottom() - height, max(pitch - 1, 1), height))
        return rects

    def count_text(self) -> str:
        """What the tallest bar counts; said in fewer words where the note needs the room."""
        if self._bars is None:
            return ""
        most = max(self._bars.counts)
        values = "1 value" if most == 1 else f"{most:,} values"
        metrics = QFontMetrics(font(11, tabular=True))
        note = metrics.horizontalAdvance(f"  {self._bars.note}")
        longest = f"{values} at most"
        fits = metrics.horizontalAdvance(longest) + note <= self.width()
        return longest if fits else f"≤ {values}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint counts, bars, base line and axis."""
        if self._bars is None:
            return
        roles = current_roles()
        with QPainter(self) as painter:
            area = self._plot_area()
            painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), roles.line)
            for rect in self.bar_rects():
                painter.fillRect(rect, roles.accent)
            painter.setFont(font(11, tabular=True))
            painter.setPen(roles.secondary)
            values, whole = self._bars.values, QRectF(self.rect())
            top = Qt.AlignmentFlag.AlignTop
            bottom = Qt.AlignmentFlag.AlignBottom
            left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
            low, high = format_values((values.low, values.high))
            painter.drawText(whole, bottom | left, low)
            painter.drawText(whole, bottom | right, high)
            painter.drawText(whole, top | left, self.count_text())
            painter.drawText(whole, top | right, self._bars.note)

    def _plot_area(self) -> QRectF:
        line = QFontMetrics(font(11)).height()
        return QRectF(self.rect()).adjusted(0, line + 2, 0, -line - 3)
