"""Paints a row of the image list: thumbnail, top-1, and below it probability and file name."""

from typing import Final

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.state import ImageEntry
from desktop_app.views import icons
from desktop_app.views.image_rows import ENTRY_ROLE, THUMBNAIL_ROLE, detail, headline
from desktop_app.views.theme import current_roles, font

ROW_HEIGHT: Final = 50
THUMBNAIL: Final = 40
_SIDE: Final = 12
_GAP: Final = 10
_RADIUS: Final = 4
_MIDDLE: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ImageDelegate(QStyledItemDelegate):
    """Draws rows of one height, so that the view never measures ten thousand of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.marked: int | None = None
        """Number of the entry that is painted as if the pointer rested on it."""
        self.pointed_out: int | None = None
        """As ``marked``, while the menu of that entry is open."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """The same for every row."""
        return QSize(160, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one row."""
        roles = current_roles()
        area = QRect(option.rect)
        state = option.state
        entry: ImageEntry = index.data(ENTRY_ROLE)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, roles.selection)
        elif state & QStyle.StateFlag.State_MouseOver or entry.number in self._pointed_at():
            painter.fillRect(area, roles.hover)
        frame = QRect(area.left() + _SIDE, area.top() + 5, THUMBNAIL, THUMBNAIL)
        self._draw_thumbnail(painter, frame, entry, index.data(THUMBNAIL_ROLE))

        left = frame.right() + 1 + _GAP
        line = QRect(left, frame.top() + 1, area.right() - left - 6, THUMBNAIL // 2)
        painter.setFont(font(13))
        ready = entry.status == "ready"
        failed = entry.status == "failed"
        painter.setPen(roles.text if ready else roles.warning if failed else roles.secondary)
        below = line.translated(0, THUMBNAIL // 2 - 2)
        self._draw_aside(painter, line, index)
        _draw_elided(painter, line, headline(entry), Qt.TextElideMode.ElideRight)
        painter.setFont(font(11, tabular=True))
        painter.setPen(roles.secondary)
        _draw_elided(painter, below, detail(entry), Qt.TextElideMode.ElideMiddle)
        painter.restore()

    def _pointed_at(self) -> tuple[int | None, int | None]:
        return self.marked, self.pointed_out

    def _draw_aside(
        self, painter: QPainter, line: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw what stands at the right of the first line, and leave ``line`` the rest."""

    def _draw_thumbnail(
        self, painter: QPainter, frame: QRect, entry: ImageEntry, thumbnail: QPixmap | None
    ) -> None:
        roles = current_roles()
        rounded = QPainterPath()
        rounded.addRoundedRect(QRectF(frame), _RADIUS, _RADIUS)
        if thumbnail is not None and entry.status != "failed":
            painter.setClipPath(rounded)
            painter.drawPixmap(frame, thumbnail, centre_square(thumbnail))
            painter.setClipping(False)
            return
        painter.fillPath(rounded, roles.raised)
        failed = entry.status == "failed"
        mark = icons.pixmap(
            "warning" if failed else "image",
            roles.warning if failed else roles.disabled,
            scale=painter.device().devicePixelRatioF(),
        )
        inset = (THUMBNAIL - icons.SIZE) // 2
        painter.drawPixmap(frame.topLeft() + QPoint(inset, inset), mark)


def _draw_elided(painter: QPainter, area: QRect, text: str, mode: Qt.TextElideMode) -> None:
    shortened = QFontMetrics(painter.font()).elidedText(text, mode, area.width())
    painter.drawText(area, int(_MIDDLE), shortened)


def centre_square(picture: QPixmap) -> QRect:
    """The largest square in the middle of a picture."""
    edge = min(picture.width(), picture.height())
    return QRect((picture.width() - edge) // 2, (picture.height() - edge) // 2, edge, edge)
