"""The rows of the evidence list and how one is painted: channel, bar from the middle, number."""

from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QObject,
    QRectF,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from desktop_app.core.logit_evidence import LogitSum
from desktop_app.views.bar_rows import GAP, BarDelegate, Index
from desktop_app.views.figures import MINUS, decimals_for, format_value
from desktop_app.views.theme import current_roles, font

ROW_HEIGHT: Final = 18
CHANNEL_ROLE: Final = Qt.ItemDataRole.UserRole + 1
NUMBER_ROLE: Final = Qt.ItemDataRole.UserRole + 2
SHARE_ROLE: Final = Qt.ItemDataRole.UserRole + 3
OPENED_ROLE: Final = Qt.ItemDataRole.UserRole + 4
_BAR: Final = 7


class EvidenceRows(QAbstractListModel):
    """One row per channel that is shown, of one logit."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sum: LogitSum | None = None
        self._channels: tuple[int, ...] = ()
        self._opened: int | None = None
        self._asked: tuple[LogitSum | None, int, int | None] = (None, 0, None)
        self._decimals = 2
        self._largest = 0.0

    def rowCount(self, parent: Index | None = None) -> int:
        """How many channels are listed."""
        return 0 if parent is not None and parent.isValid() else len(self._channels)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The channel, its number, how far its bar reaches, or its texts."""
        if self._sum is None:
            return None
        channel = self._channels[index.row()]
        contribution = float(self._sum.contributions[channel])
        value: object = None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                value = str(channel)
            case Qt.ItemDataRole.ToolTipRole:
                value = self._exactly(channel)
            case Qt.ItemDataRole.AccessibleTextRole:
                speaks = "for it" if contribution > 0 else "against it"
                opened = ", open" if channel == self._opened else ""
                value = f"channel {channel}, {self._number(contribution)}, {speaks}{opened}"
            case _ if role == CHANNEL_ROLE:
                value = channel
            case _ if role == NUMBER_ROLE:
                value = self._number(contribution)
            case _ if role == SHARE_ROLE:
                value = contribution / self._largest if self._largest else 0.0
            case _ if role == OPENED_ROLE:
                value = channel == self._opened
        return value

    def list_channels(self, found: LogitSum | None, count: int, opened: int | None) -> None:
        """Take other rows; as many as before keep the view where it is.

        Args:
            found: The logit; None for no rows.
            count: How many channels there is room for.
            opened: The channel that is open, if it is one of the same layer.
        """
        asked = found, count, opened
        if asked == self._asked:
            return
        self._asked = asked
        channels = () if found is None else found.strongest(count)
        same_rows = len(channels) == len(self._channels)
        if not same_rows:
            self.beginResetModel()
        self._sum, self._channels, self._opened = found, channels, opened
        if found is not None:
            sizes = [abs(float(found.contributions[channel])) for channel in channels]
            self._largest = max(sizes, default=0.0)
            self._decimals = decimals_for(self._largest)
        if not same_rows:
            self.endResetModel()
        elif channels:
            self.dataChanged.emit(self.index(0), self.index(len(channels) - 1))

    def _number(self, contribution: float) -> str:
        return signed(contribution, self._decimals)

    def _exactly(self, channel: int) -> str:
        if self._sum is None:
            return ""
        found = self._sum
        weight, mean = float(found.weights[channel]), float(found.means[channel])
        number = signed(float(found.contributions[channel]), 6)
        name = "weight" if found.against is None else "difference of the weights"
        return (
            f"Channel {channel} of {found.layer}\n"
            f"{name} {signed(weight, 6)} × mean {format_value(mean, decimals=6)} = {number}\n"
            "A click opens its map."
        )


class EvidenceDelegate(BarDelegate):
    """Bars grow from one middle line; the longest of those shown reaches the end of its side."""

    row_height = ROW_HEIGHT
    mark_inset = 4, 4

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        roles = current_roles()
        opened = bool(index.data(OPENED_ROLE))
        painter.save()
        area = self.begin(painter, option, mark=roles.accent if opened else None)
        painter.setFont(font(13, tabular=True))
        metrics = painter.fontMetrics()
        number = str(index.data(NUMBER_ROLE))
        painter.setPen(roles.secondary)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | middle), number)
        painter.setFont(font(13, medium=opened, tabular=True))
        painter.setPen(roles.text)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | middle), str(index.data()))
        # The same room in every row, whatever its own texts need, so that bars can be compared.
        left = area.left() + metrics.horizontalAdvance("0000") + GAP
        right = area.right() - max(metrics.horizontalAdvance("+00.00"), 44) - GAP
        _paint_bar(painter, QRectF(left, area.top(), right - left, area.height()), index)
        painter.restore()


def signed(value: float, decimals: int) -> str:
    """With its sign, so that it says more than the colour: "+2.41", "−0.71"."""
    return f"{value:+.{decimals}f}".replace("-", MINUS)


def _paint_bar(painter: QPainter, room: QRectF, index: Index) -> None:
    """The bar of one row, from the middle of ``room``."""
    roles = current_roles()
    share = float(index.data(SHARE_ROLE))
    centre, half = room.center().x(), room.width() / 2
    painter.fillRect(QRectF(centre - 0.5, room.top(), 1, room.height()), roles.line)
    length = abs(share) * half
    if length < 0.5 or half <= 0:
        return
    left = centre if share > 0 else centre - length
    bar = QRectF(left, room.center().y() - _BAR / 2, length, _BAR)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(roles.accent if share > 0 else roles.against)
    radius = min(2.0, length / 2)
    painter.drawRoundedRect(bar, radius, radius)
