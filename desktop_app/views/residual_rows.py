"""The rows of the residual view: one block each, its two ways as one bar of two parts.

The bar's whole length is the sum of both norms; so a block that is nearly the identity has hardly
any blue.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.core.block_effects import BlockEffect
from desktop_app.core.residual_shares import ResidualShare
from desktop_app.views.changes import change_colour
from desktop_app.views.figures import points_text, signed_text
from desktop_app.views.theme import current_roles, font

ROW_HEIGHT: Final = 26
ROW_ROLE: Final = Qt.ItemDataRole.UserRole + 1
_BAR: Final = 8
_GAP: Final = 8
_SIDE: Final = 12
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True, eq=False)
class ResidualRow:
    """What one row tells.

    Attributes:
        share: Of the block.
        effect: None until it has been measured.
        is_chosen: Whether the chosen layer is in the block.
        factor: Of its branch now: 1 untouched, 0 off.
        class_label: The class whose change is told.
        top_label: The class on top without the branch; empty where it stays.
    """

    share: ResidualShare
    effect: BlockEffect | None
    is_chosen: bool
    factor: float
    class_label: str
    top_label: str

    def __str__(self) -> str:
        """For tooltips and for those who do not see the bar."""
        share = self.share
        norms = f"{share.shortcut_norm:.4g}, of the branch {share.branch_norm:.4g}"
        percent, cosine = 100 * share.branch_share, signed_text(share.cosine)
        scaled = "" if self.factor == 1 else f", branch × {self.factor:.2f}"
        lines = [
            f"Block {share.block.name}{scaled}",
            f"norm of the shortcut {norms}",
            f"share of the branch {percent:.1f} %, cosine between both {cosine}",
        ]
        shares = 100 * share.branch_shares
        lines.append(f"per channel {shares.min():.0f} to {shares.max():.0f} %")
        if self.effect is not None:
            lines.append(
                f"branch off: {self.class_label} {points_text(self.effect.probability_change)} "
                f"percentage points, its logit {signed_text(self.effect.logit_change)}"
            )
            if self.top_label:
                lines.append(
                    f"then the top class is {self.top_label} "
                    f"({100 * self.effect.top_probability:.1f} %)"
                )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the parts of a row are, in a rectangle of any width."""

    name: QRect
    bar: QRect
    share: QRect
    cosine: QRect
    change: QRect


def columns_of(row: QRect, name_px: int) -> Columns:
    """Divide a row; the bar takes what the numbers leave.

    Args:
        row: The whole of it.
        name_px: Room for the longest name.
    """
    metrics = QFontMetrics(font(11, tabular=True))
    widths = [metrics.horizontalAdvance(text) + 2 for text in ("100 %", "−0.00", "−100.0")]
    area = row.adjusted(_SIDE, 0, -_SIDE, 0)
    right = area.right() + 1
    places: list[QRect] = []
    for width in reversed(widths):
        places.insert(0, QRect(right - width, area.top(), width, area.height()))
        right -= width + _GAP
    left = area.left() + name_px + _GAP
    return Columns(
        QRect(area.left(), area.top(), name_px, area.height()),
        QRect(left, area.top(), max(right - left, 12), area.height()),
        *places,
    )


class ResidualRows(QAbstractListModel):
    """One row per block."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[ResidualRow, ...] = ()

    def rowCount(self, parent: Index | None = None) -> int:
        """How many blocks."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The row, or its texts."""
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.share.block.name
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return str(row)
            case _ if role == ROW_ROLE:
                return row
            case _:
                return None

    def list_rows(self, rows: tuple[ResidualRow, ...]) -> None:
        """Take other rows; as many as before keep the view where it is."""
        if len(rows) != len(self.rows):
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        elif rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))


class ResidualDelegate(QStyledItemDelegate):
    """Paints a row."""

    name_px = 24

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """The same for every row."""
        return QSize(180, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Name, bar, three numbers."""
        roles = current_roles()
        row: ResidualRow = index.data(ROW_ROLE)
        area = QRect(option.rect)
        places = columns_of(area, self.name_px)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.is_chosen:
            painter.fillRect(area, roles.selection)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, roles.hover)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        off = row.factor != 1
        name_font = font(13)
        name_font.setStrikeOut(row.factor == 0)
        painter.setFont(name_font)
        painter.setPen(roles.against if off else roles.text)
        name = painter.fontMetrics().elidedText(
            row.share.block.name, Qt.TextElideMode.ElideMiddle, places.name.width()
        )
        painter.drawText(places.name, left, name)
        _paint_bar(painter, QRectF(places.bar), row.share.branch_share)
        painter.setFont(font(11, tabular=True))
        painter.setPen(roles.text)
        share = f"{100 * row.share.branch_share:.0f}\N{NO-BREAK SPACE}%"
        painter.drawText(places.share, right, share)
        painter.setPen(roles.secondary)
        painter.drawText(places.cosine, right, signed_text(row.share.cosine))
        if row.effect is None:
            painter.drawText(places.change, right, "–")
        else:
            painter.setPen(change_colour(row.effect.probability_change, roles))
            painter.drawText(places.change, right, points_text(row.effect.probability_change))
        painter.restore()


def _paint_bar(painter: QPainter, room: QRectF, share: float) -> None:
    """The shortcut's part in the quiet colour, then the branch's in the accent."""
    roles = current_roles()
    bar = QRectF(room.left(), room.center().y() - _BAR / 2, room.width(), _BAR)
    split = bar.left() + bar.width() * (1 - share)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setClipRect(bar)
    painter.setBrush(roles.disabled)
    painter.drawRoundedRect(bar, 2, 2)
    if share > 0:
        painter.setBrush(roles.accent)
        painter.drawRect(QRectF(split, bar.top(), bar.right() - split, _BAR))
        painter.setBrush(roles.panel)
        painter.drawRect(QRectF(split - 1, bar.top(), 1, _BAR))
    painter.setClipping(False)
