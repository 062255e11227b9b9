"""The residual view's table: the list of blocks, and the words over its columns."""

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from desktop_app.views.residual_rows import ResidualDelegate, ResidualRow, columns_of
from desktop_app.views.row_in_sight import keep_in_sight
from desktop_app.views.theme import current_roles, font

_LONGEST_NAME_PX: Final = 96
_HEADER_HEIGHT: Final = 18


class BlockList(QListView):
    """The rows; their names get the room that the longest needs."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Residual blocks")
        self.delegate = ResidualDelegate(self)
        self.setItemDelegate(self.delegate)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words below the table come when the first effect is known, and take a row."""
        super().resizeEvent(event)
        keep_in_sight(self, self.currentIndex(), event)

    def fit_names(self, rows: tuple[ResidualRow, ...]) -> None:
        """Take room for the names of ``rows``, within bounds."""
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(r.share.block.name) for r in rows), default=0)
        self.delegate.name_px = min(max(widest + 2, 20), _LONGEST_NAME_PX)


class BlockHeader(QWidget):
    """What the columns are, above them."""

    def __init__(self, view: BlockList) -> None:
        super().__init__()
        self._view = view
        self.setFixedHeight(_HEADER_HEIGHT)
        self.setToolTip(
            "Grey: the shortcut's part of the sum's norms. Blue: the branch's part, also as a "
            "number.\ncos: between branch and shortcut; below 0 the branch takes something back.\n"
            "Δ: change of the top class in percentage points when the branch is switched off."
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """One short word over each column."""
        area = QRect(2, 0, self._view.viewport().width(), self.height())
        places = columns_of(area, self._view.delegate.name_px)
        with QPainter(self) as painter:
            painter.setFont(font(11))
            painter.setPen(current_roles().secondary)
            left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            elide = painter.fontMetrics().elidedText
            words = elide("shortcut", Qt.TextElideMode.ElideRight, places.bar.width())
            painter.drawText(places.bar, left, words)
            painter.drawText(places.share.adjusted(-30, 0, 0, 0), right, "branch")
            painter.drawText(places.cosine, right, "cos")
            painter.drawText(places.change, right, "Δ")
