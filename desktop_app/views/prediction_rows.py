"""The rows of the prediction list and how one is painted: label, number, a thin bar.

Among classes that were searched for, a row also says which place it has among all of them. The
class that a person asks about has a mark at its side, and so has the one held against it.
"""

from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QObject,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from desktop_app.core.figures import probability_text
from desktop_app.core.records import Prediction
from desktop_app.views.bar_rows import GAP, BarDelegate, Index
from desktop_app.views.changes import change_colour
from desktop_app.views.figures import points_text
from desktop_app.views.theme import current_roles, font

ROW_HEIGHT: Final = 34
PREDICTION_ROLE: Final = Qt.ItemDataRole.UserRole + 1
PLACE_ROLE: Final = Qt.ItemDataRole.UserRole + 2
CHOSEN_ROLE: Final = Qt.ItemDataRole.UserRole + 3
UNTOUCHED_ROLE: Final = Qt.ItemDataRole.UserRole + 4
RIVAL_ROLE: Final = Qt.ItemDataRole.UserRole + 5
_BAR: Final = 6


class PredictionRows(QAbstractListModel):
    """One row per class."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._predictions: tuple[Prediction, ...] = ()
        self._places: tuple[int, ...] = ()
        self._chosen: int | None = None
        self._untouched: tuple[float | None, ...] = ()
        self._against = ""
        self._rival: int | None = None

    def rowCount(self, parent: Index | None = None) -> int:
        """How many classes are listed."""
        return 0 if parent is not None and parent.isValid() else len(self._predictions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The prediction, or its texts."""
        prediction = self._predictions[index.row()]
        value: object = None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                value = prediction.label
            case Qt.ItemDataRole.ToolTipRole:
                value = (
                    f"{prediction.label}\nclass {prediction.index}, "
                    f"probability {prediction.probability:.3g}{self._change_text(index.row())}"
                )
            case Qt.ItemDataRole.AccessibleTextRole:
                value = self._said(index.row())
            case _ if role == PREDICTION_ROLE:
                value = prediction
            case _ if role == PLACE_ROLE:
                value = self._place_text(index.row())
            case _ if role == CHOSEN_ROLE:
                value = prediction.index == self._chosen
            case _ if role == UNTOUCHED_ROLE:
                value = self._untouched[index.row()] if self._untouched else None
            case _ if role == RIVAL_ROLE:
                value = prediction.index == self._rival
        return value

    def list_predictions(
        self,
        predictions: tuple[Prediction, ...],
        places: tuple[int, ...] = (),
        chosen: int | None = None,
        untouched: tuple[float | None, ...] = (),
        *,
        against: str = "untouched",
    ) -> None:
        """Take other rows; as many rows as before keep the view where it is.

        Args:
            predictions: One per row.
            places: Of each among all classes, the likeliest is 1; 0 is not shown, and none are
                where it is empty.
            chosen: Index of the class that is marked.
            untouched: Of each, what its probability is without the changes of the network; empty
                where nothing is changed. While comparing, its probability in A; None where A has
                no such class.
            against: What those are, after the number: "untouched", "in A".
        """
        same = (self._predictions, self._places, self._chosen, self._untouched, self._against)
        if (predictions, places, chosen, untouched, against) == same:
            return
        self._places, self._chosen = places, chosen
        self._untouched, self._against = untouched, against
        if len(predictions) == len(self._predictions):
            self._predictions = predictions
            self.dataChanged.emit(self.index(0), self.index(len(predictions) - 1))
            return
        self.beginResetModel()
        self._predictions = predictions
        self.endResetModel()

    def mark_rival(self, index: int | None) -> None:
        """Mark the class that is held against the one asked about; None for none."""
        if index != self._rival:
            self._rival = index
            if self._predictions:
                self.dataChanged.emit(self.index(0), self.index(len(self._predictions) - 1))

    def _said(self, row: int) -> str:
        """What a screen reader says."""
        prediction = self._predictions[row]
        number = f"{probability_text(prediction.probability)}{self._change_text(row)}"
        parts = [prediction.label, number, self._place_text(row)]
        if prediction.index == self._chosen:
            parts.append("asked about")
        if prediction.index == self._rival:
            parts.append("held against")
        return ", ".join(part for part in parts if part)

    def _place_text(self, row: int) -> str:
        return f"no. {self._places[row]:,}" if self._places and self._places[row] else ""

    def _change_text(self, row: int) -> str:
        before = self._untouched[row] if self._untouched else None
        if before is None:
            return ""
        change = points_text(self._predictions[row].probability - before)
        return f", {change} percentage points against {probability_text(before)} {self._against}"


class PredictionDelegate(BarDelegate):
    """The bar's full width stands for 100 %, so that bars of two images can be compared."""

    row_height = ROW_HEIGHT
    mark_inset = 6, 3

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        roles = current_roles()
        prediction: Prediction = index.data(PREDICTION_ROLE)
        chosen, against = bool(index.data(CHOSEN_ROLE)), bool(index.data(RIVAL_ROLE))
        mark = roles.accent if chosen else roles.against if against else None
        painter.save()
        area = self.begin(painter, option, mark=mark).adjusted(0, 3, 0, 0)
        line = QRect(area.left(), area.top(), area.width(), 19)
        painter.setFont(font(13, tabular=True))
        painter.setPen(roles.secondary)
        number = probability_text(prediction.probability)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, int(right), number)
        line.setRight(line.right() - painter.fontMetrics().horizontalAdvance(number) - GAP)
        untouched: float | None = index.data(UNTOUCHED_ROLE)
        if untouched is not None:
            change = prediction.probability - untouched
            painter.setPen(change_colour(change, roles))
            painter.drawText(line, int(right), points_text(change))
            room = painter.fontMetrics().horizontalAdvance("+100.0")
            line.setRight(line.right() - room - GAP)
            painter.setPen(roles.secondary)
        if place := str(index.data(PLACE_ROLE)):
            painter.setFont(font(11, tabular=True))
            painter.drawText(line, int(right), place)
            line.setRight(line.right() - painter.fontMetrics().horizontalAdvance(place) - GAP)
        painter.setFont(font(13, medium=chosen))
        painter.setPen(roles.text)
        label = QFontMetrics(painter.font()).elidedText(
            prediction.label, Qt.TextElideMode.ElideRight, line.width()
        )
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, int(left), label)

        _paint_bar(painter, area, prediction.probability, untouched)
        painter.restore()


def _paint_bar(painter: QPainter, area: QRect, probability: float, untouched: float | None) -> None:
    """The bar of one row, with a line across it at the untouched network's probability."""
    roles = current_roles()
    track = QRectF(area.left(), area.top() + 21, area.width(), _BAR)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(roles.line)
    painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
    length = track.width() * min(max(probability, 0.0), 1.0)
    if length >= 0.5:
        # Never narrower than the round ends, which would look like no bar at all.
        track.setWidth(max(length, _BAR))
        painter.setBrush(roles.accent)
        painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
    if untouched is not None:
        at = area.left() + (area.width() - 2) * min(max(untouched, 0.0), 1.0)
        painter.fillRect(QRectF(at, track.top() - 3, 2, _BAR + 6), roles.text)
