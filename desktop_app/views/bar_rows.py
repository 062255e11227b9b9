"""What the two lists of bars at the right have in common: the beginning of every row.

Below words, number and bar lie the ground under the pointer, a mark at the side, and the ring that
shows where the keyboard is. The rest is painted by each list's own delegate.
"""

from typing import ClassVar, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.views.theme import current_roles

SIDE: Final = 12
"""From the edge of a row to its words."""
GAP: Final = 10
"""Between words, bar and number."""
_MARK: Final = 3
_WIDTH: Final = 120
Index = QModelIndex | QPersistentModelIndex


class BarDelegate(QStyledItemDelegate):
    """Rows of one height.

    Attributes:
        row_height: Of every row, in device-independent pixels.
        mark_inset: From its top and from its bottom to the ends of the mark.
    """

    row_height: ClassVar[int]
    mark_inset: ClassVar[tuple[int, int]]

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """The same for every row."""
        return QSize(_WIDTH, self.row_height)

    def begin(
        self, painter: QPainter, option: QStyleOptionViewItem, *, mark: QColor | None
    ) -> QRect:
        """Paint what lies below a row's words, and give the room of those.

        Args:
            painter: Left with antialiasing.
            option: Of the row.
            mark: Colour of the mark at its side; None for none.
        """
        roles = current_roles()
        row = QRect(option.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, roles.hover)
        if mark is not None:
            above, below = self.mark_inset
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mark)
            bar = QRectF(row.left() + 5, row.top() + above, _MARK, row.height() - above - below)
            painter.drawRoundedRect(bar, _MARK / 2, _MARK / 2)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(roles.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(row).adjusted(4.5, 0.5, -4.5, -0.5), 4, 4)
        return row.adjusted(SIDE, 0, -SIDE, 0)
