"""What the network saw: the pictures between file and input tensor, in a row."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.state import LensState
from desktop_app.views.theme import current_roles, font, on_surface

if TYPE_CHECKING:
    from desktop_app.core.records import PreprocessingStep

PICTURE_PX: Final = 48
_WIDEST_PX: Final = 2 * PICTURE_PX
_SIDE: Final = 14
_ABOVE: Final = 10
_ARROW_PX: Final = (32, 20)
"""Room for an arrow, where there is room, and where captions have to be shortened."""
_ARROW: Final = "→"


class PreprocessingStrip(QWidget):
    """``decoded 300 × 500 → upright → resized → cropped → normalised``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "window")
        self.setAccessibleName("What the network saw")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._steps: tuple[PreprocessingStep, ...] = ()
        self._pictures: tuple[QImage, ...] = ()
        self._message = ""

    def render(self, state: LensState) -> None:  # type: ignore[override]
        """Show the steps of the picture on screen."""
        steps = state.shown.steps if state.shown is not None else ()
        message = "" if steps else _message(state)
        if steps is self._steps and message == self._message:
            return
        self._steps, self._message = steps, message
        self._pictures = _pictures_of(steps)
        captions = [caption(step) for step in steps]
        self.setAccessibleDescription(f" {_ARROW} ".join(captions) or message)
        self.update()

    def sizeHint(self) -> QSize:
        """One row of pictures with captions."""
        line = QFontMetrics(font(11)).height()
        return QSize(480, _ABOVE + PICTURE_PX + 4 + line + _ABOVE)

    def minimumSizeHint(self) -> QSize:
        """As high as the hint; captions are shortened before pictures are."""
        return QSize(200, self.sizeHint().height())

    def step_rects(self) -> list[QRectF]:
        """The column of each step, picture and caption, in the widget's coordinates."""
        count = len(self._steps)
        if not count:
            return []
        arrow, free = _ARROW_PX[0], self.width() - 2 * _SIDE
        wanted = self._widths(self.captions())
        if sum(wanted) + (count - 1) * arrow > free:
            arrow = _ARROW_PX[1]
            wanted = _shortened(wanted, max(free - (count - 1) * arrow, 0))
        rects, left = [], float(_SIDE)
        for width in wanted:
            rects.append(QRectF(left, _ABOVE, width, self.height() - 2 * _ABOVE))
            left += width + arrow
        return rects

    def captions(self) -> list[str]:
        """One for each step: with its size, or, where that is too long, with those that change."""
        whole = [caption(step) for step in self._steps]
        room = self.width() - 2 * _SIDE - (len(whole) - 1) * _ARROW_PX[1]
        if sum(self._widths(whole)) <= room:
            return whole
        return [
            step.name if before is not None and before.size == step.size else caption(step)
            for step, before in zip(self._steps, (None, *self._steps), strict=False)
        ]

    def _widths(self, captions: list[str]) -> list[int]:
        metrics = QFontMetrics(font(11))
        return [
            max(metrics.horizontalAdvance(text) + 2, _picture_width(step))
            for text, step in zip(captions, self._steps, strict=True)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint pictures, captions and the arrows between them."""
        super().paintEvent(event)
        roles = current_roles()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setFont(font(11))
            painter.setPen(roles.secondary)
            metrics = painter.fontMetrics()
            if self._message:
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._message)
            rects = self.step_rects()
            for rect, picture, whole in zip(rects, self._pictures, self.captions(), strict=True):
                size = picture.size().scaled(
                    QSize(int(min(rect.width(), _WIDEST_PX)), PICTURE_PX),
                    Qt.AspectRatioMode.KeepAspectRatio,
                )
                top = rect.top() + (PICTURE_PX - size.height()) / 2
                painter.drawImage(QRectF(rect.left(), top, size.width(), size.height()), picture)
                text = metrics.elidedText(whole, Qt.TextElideMode.ElideRight, int(rect.width()))
                painter.drawText(
                    rect, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, text
                )
            for before_rect, rect in pairwise(rects):
                gap = QRectF(
                    before_rect.right(), _ABOVE, rect.left() - before_rect.right(), PICTURE_PX
                )
                painter.drawText(gap, Qt.AlignmentFlag.AlignCenter, _ARROW)

    def event(self, event: QEvent) -> bool:
        """Give a step's whole caption as its tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tooltip(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def _show_tooltip(self, position: QPoint, where: QPoint) -> None:
        for rect, step in zip(self.step_rects(), self._steps, strict=True):
            if rect.contains(QPointF(position)):
                QToolTip.showText(where, tip(step), self)
                return
        QToolTip.hideText()


def _pictures_of(steps: tuple[PreprocessingStep, ...]) -> tuple[QImage, ...]:
    if not steps:
        return ()
    # NumPy comes with the first picture, not before the window.
    from desktop_app.views.qimage import to_qimage  # noqa: PLC0415

    return tuple(to_qimage(step.preview) for step in steps)


def _picture_width(step: PreprocessingStep) -> int:
    """Width at full height, so that steps of one shape are drawn at one size."""
    width, height = step.size
    return min(round(PICTURE_PX * width / height), _WIDEST_PX)


def caption(step: PreprocessingStep) -> str:
    """A step's name and size."""
    width, height = step.size
    return f"{step.name} {width} × {height}"


def tip(step: PreprocessingStep) -> str:
    """All that is known of a step: name, size, and what was done ("bilinear", "centre")."""
    width, height = step.size
    kept = ""
    if step.kept is not None:
        left, top, right, bottom = (round(edge) for edge in step.kept)
        kept = f"kept: {right - left} × {bottom - top} from ({left}, {top})"
    lines = (f"{step.name}, {width} × {height} pixels", step.note, kept)
    return "\n".join(line for line in lines if line)


def _shortened(wanted: list[int], room: int) -> list[int]:
    """Take from the widest columns first until all fit into ``room``."""
    low, high = 0, max(wanted)
    while low < high:
        limit = (low + high + 1) // 2
        if sum(min(width, limit) for width in wanted) <= room:
            low = limit
        else:
            high = limit - 1
    return [min(width, low) for width in wanted]


def _message(state: LensState) -> str:
    if state.shown is None:
        return "Here you will see what the network is given"
    entry = state.entry(state.shown.number)
    if entry is not None and entry.status == "failed":
        return "The image could not be analysed"
    return "" if state.model is None else "Preparing the image…"
