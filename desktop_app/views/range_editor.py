"""A small popup in which the two numbers of a pinned scale are set."""

import math

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.core.maps import ValueRange
from desktop_app.views.figures import MINUS
from desktop_app.views.theme import on_surface, set_text_role

_FIELD_PX = 92
_NOTHING_WRONG = (
    "They hold for every layer and image, until they are changed\n"
    "or a network with other layers is opened."
)


class RangeEditor(QFrame):
    """Two fields, checked while they are typed in; Enter takes them, Escape does not.

    Signals:
        range_set: (low, high), floats with low < high.
    """

    range_set = Signal(object)

    def __init__(self, shown: ValueRange, parent: QWidget) -> None:
        """Begin with the numbers that are shown now."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Numbers of the pinned scale")
        on_surface(self, "popup")
        self.low, self.high = _field("Lower number", shown.low), _field("Higher number", shown.high)
        self._take = QPushButton("Pin")
        self._take.setProperty("onRaised", True)
        self._message = QLabel(_NOTHING_WRONG)
        set_text_role(self._message, "secondary")
        self._arrange()
        for field in (self.low, self.high):
            field.textChanged.connect(self._check)
            field.returnPressed.connect(self._accept)
        self._take.clicked.connect(self._accept)

    @property
    def message(self) -> str:
        """What is said below the fields."""
        return self._message.text()

    def open_below(self, place: QWidget) -> None:
        """Show the popup under a widget, inside its screen, with the first number to type over."""
        self.adjustSize()
        corner = place.mapToGlobal(QPoint(0, place.height() + 4))
        area = place.screen().availableGeometry()
        corner.setX(max(min(corner.x(), area.right() - self.width()), area.left()))
        corner.setY(max(min(corner.y(), area.bottom() - self.height()), area.top()))
        self.move(corner)
        self.show()
        self.low.setFocus()
        self.low.selectAll()

    def _arrange(self) -> None:
        fields = QHBoxLayout()
        fields.setSpacing(8)
        to = QLabel("to")
        set_text_role(to, "secondary")
        for part in (self.low, to, self.high):
            fields.addWidget(part)
        fields.addStretch(1)
        fields.addWidget(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(8)
        column.addLayout(fields)
        column.addWidget(self._message)

    @Slot()
    def _check(self) -> None:
        _, problem = _typed(self.low.text(), self.high.text())
        self._message.setText(problem or _NOTHING_WRONG)
        self._take.setEnabled(not problem)

    @Slot()
    def _accept(self) -> None:
        ends, problem = _typed(self.low.text(), self.high.text())
        if ends is None:
            self._message.setText(problem)
            return
        self.range_set.emit(ends)
        self.close()


def _field(name: str, value: float) -> QLineEdit:
    field = QLineEdit(f"{value:.6g}")
    field.setAccessibleName(name)
    field.setFixedWidth(_FIELD_PX)
    field.setProperty("onRaised", True)
    return field


def _typed(low: str, high: str) -> tuple[tuple[float, float] | None, str]:
    """The two numbers, or what is wrong with them."""
    numbers: list[float] = []
    for text in (low, high):
        try:
            number = float(text.strip().replace(MINUS, "-").replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            return None, f"“{text.strip()}” is no number" if text.strip() else "A number is missing"
        numbers.append(number)
    if numbers[0] >= numbers[1]:
        return None, "The first number must be lower than the second"
    return (numbers[0], numbers[1]), ""
