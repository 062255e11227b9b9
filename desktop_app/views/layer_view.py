"""How the layer tree is drawn: whole rows as marks, chevrons, kind, name and shape."""

from typing import Final, cast

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from desktop_app.core.records import Layer
from desktop_app.views import icons
from desktop_app.views.figures import format_shape
from desktop_app.views.icons import IconName
from desktop_app.views.layer_items import LAYER_ROLE
from desktop_app.views.theme import current_roles, font

_ROW_HEIGHT: Final = 24
_MARK: Final = 14
_NAME_PX: Final = 110
"""A name that needs less, or has this much, is not shortened to nothing: the shape may stay."""
Index = QModelIndex | QPersistentModelIndex


class LayerView(QTreeView):
    """Rows of one height, with the whole row as the mark of hover and choice."""

    def __init__(self) -> None:
        super().__init__()
        self._hovered = QPersistentModelIndex()
        self.setAccessibleName("Layers")
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(12)
        self.setItemDelegate(_LayerDelegate(self))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setMouseTracking(True)
        self.entered.connect(self._hover)
        self.viewportEntered.connect(self._hover)
        self.clicked.connect(self._toggle)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Fill the row from edge to edge below what the delegate draws."""
        roles = current_roles()
        row = QRect(0, option.rect.top(), self.viewport().width(), option.rect.height())
        if self.selectionModel().isSelected(_plain(index)):
            painter.fillRect(row, roles.selection)
        elif self._hovered == index:
            painter.fillRect(row, roles.hover)
        super().drawRow(painter, option, index)

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """A chevron for what opens; no lines."""
        if not self.model().hasChildren(_plain(index)):
            return
        name: IconName = "down" if self.isExpanded(_plain(index)) else "right"
        mark = icons.pixmap(
            name, current_roles().secondary, size=_MARK, scale=self.devicePixelRatioF()
        )
        top = rect.top() + (rect.height() - _MARK) // 2
        painter.drawPixmap(QPoint(rect.right() - _MARK + 3, top), mark)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._hover(QModelIndex())
        super().leaveEvent(event)

    @Slot(QModelIndex)
    def _hover(self, index: QModelIndex | None = None) -> None:
        self._hovered = QPersistentModelIndex(index or QModelIndex())
        self.viewport().update()

    @Slot(QModelIndex)
    def _toggle(self, index: QModelIndex) -> None:
        if self.model().hasChildren(index):
            self.setExpanded(index, not self.isExpanded(index))


class _LayerDelegate(QStyledItemDelegate):
    """Mark of the kind, name, and the shape at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(80, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        roles = current_roles()
        area = QRect(option.rect).adjusted(2, 0, -2, 0)
        layer: Layer | None = index.data(LAYER_ROLE)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.save()
        if layer is None:
            painter.setFont(font(13, medium=not index.parent().isValid()))
            painter.setPen(roles.text)
            painter.drawText(
                area, int(middle | Qt.AlignmentFlag.AlignLeft), _elided(painter, index, area)
            )
            painter.restore()
            return
        scale = painter.device().devicePixelRatioF()
        name: IconName = f"kind-{layer.kind}"  # type: ignore[assignment]  # every kind has one
        mark = icons.pixmap(name, roles.secondary, size=_MARK, scale=scale)
        painter.drawPixmap(area.left(), area.top() + (area.height() - _MARK) // 2, mark)
        area.setLeft(area.left() + _MARK + 6)
        painter.setFont(font(11, tabular=True))
        shape = format_shape(layer.shape)
        shape_width = painter.fontMetrics().horizontalAdvance(shape) + 6
        if _leaves_room(index, area.width() - shape_width):
            painter.setPen(roles.secondary)
            painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignRight), shape)
            area.setRight(area.right() - shape_width)
        painter.setFont(font(13))
        painter.setPen(roles.text)
        painter.drawText(
            area, int(middle | Qt.AlignmentFlag.AlignLeft), _elided(painter, index, area)
        )
        painter.restore()


def _plain(index: Index) -> QModelIndex:
    """Qt always passes a plain index; its type stubs allow both."""
    return cast("QModelIndex", index)


def _leaves_room(index: Index, room: int) -> bool:
    """Whether a name keeps enough of itself beside its shape; the tooltip has both."""
    text: str = index.data(Qt.ItemDataRole.DisplayRole)
    return room >= min(QFontMetrics(font(13)).horizontalAdvance(text), _NAME_PX)


def _elided(painter: QPainter, index: Index, area: QRect) -> str:
    metrics = QFontMetrics(painter.font())
    text: str = index.data(Qt.ItemDataRole.DisplayRole)
    return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
