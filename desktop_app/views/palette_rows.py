"""What the command palette found, and how a row of it is painted."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop_app.core.records import Layer
from desktop_app.views import icons
from desktop_app.views.icons import IconName
from desktop_app.views.theme import current_roles, font

ROW_HEIGHT: Final = 30
FIND_ROLE: Final = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Find:
    """Something that the palette can find.

    Attributes:
        text: Its name.
        place: Where it is, or its shortcut.
        target: What choosing it does: open a layer or trigger an action.
        can_be_done: Whether it can be chosen now.
    """

    text: str
    place: str
    target: Layer | QAction
    can_be_done: bool = True


class FindRows(QAbstractListModel):
    """What was found, best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finds: tuple[Find, ...] = ()

    def rowCount(self, parent: Index | None = None) -> int:
        """How much was found."""
        return 0 if parent is not None and parent.isValid() else len(self._finds)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The find, or its texts."""
        find = self._finds[index.row()]
        if role == FIND_ROLE:
            return find
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            place = _place_text(find)
            return f"{find.text}, {place}" if place else find.text
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What cannot be done cannot be gone to either."""
        find: Find = index.data(FIND_ROLE)
        return super().flags(index) if find.can_be_done else Qt.ItemFlag.NoItemFlags

    def list_finds(self, finds: tuple[Find, ...]) -> None:
        """Take other rows."""
        self.beginResetModel()
        self._finds = finds
        self.endResetModel()


class ResultView(QListView):
    """Never has the keyboard: the field passes on what concerns the list."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Found layers and commands")
        self.setItemDelegate(_FindDelegate(self))
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)


class _FindDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        roles = current_roles()
        find: Find = index.data(FIND_ROLE)
        painter.save()
        row = QRect(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, roles.selection)
        elif find.can_be_done and option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, roles.hover)
        name: IconName = "command"
        if isinstance(find.target, Layer):
            name = f"kind-{find.target.kind}"  # type: ignore[assignment]  # every kind has one
        scale = painter.device().devicePixelRatioF()
        mark = icons.pixmap(name, roles.secondary, scale=scale)
        area = row.adjusted(10, 0, -10, 0)
        painter.drawPixmap(area.left(), area.center().y() - icons.SIZE // 2 + 1, mark)
        area.setLeft(area.left() + icons.SIZE + 10)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font(13))
        text = painter.fontMetrics().elidedText(
            find.text, Qt.TextElideMode.ElideMiddle, area.width()
        )
        painter.setPen(roles.text if find.can_be_done else roles.secondary)
        painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignLeft), text)
        area.setLeft(area.left() + painter.fontMetrics().horizontalAdvance(text) + 16)
        painter.setFont(font(11, tabular=True))
        painter.setPen(roles.secondary)
        place = painter.fontMetrics().elidedText(
            _place_text(find), Qt.TextElideMode.ElideRight, max(area.width(), 0)
        )
        painter.drawText(area, int(middle | Qt.AlignmentFlag.AlignRight), place)
        painter.restore()


def _place_text(find: Find) -> str:
    return find.place if find.can_be_done else "not available now"
