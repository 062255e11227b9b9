"""What of the network is changed: a short list over the predictions, each with a way back."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.core.interventions import Intervention
from desktop_app.intervening import changed_by, shown_outcome
from desktop_app.parts.interventions import Interventions
from desktop_app.state import LensState
from desktop_app.views.icons import IconButton
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.theme import on_surface

_LISTED: Final = 2
_ROW_PX: Final = 22
_STAYS: Final = "Maps and the image list stay those of the untouched network."


class ChangeList(QWidget):
    """Hidden while nothing is changed.

    Signals:
        taken_back: The :class:`~desktop_app.core.interventions.Intervention` to take back.
        reset_requested: Take all of them back.
    """

    taken_back = Signal(object)
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Changes of the network")
        on_surface(self, "raised")
        self._active: tuple[Intervention, ...] = ()
        self._title = ElidedLabel()
        self._more = ElidedLabel(role="secondary")
        self.reset = QPushButton("Reset")
        self.reset.setProperty("onRaised", True)
        self.reset.setToolTip("Take all changes back (Ctrl+R)")
        self.reset.clicked.connect(self.reset_requested)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self._title, 1)
        top.addWidget(self.reset)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 6, 4)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(self._rows)
        column.addWidget(self._more)
        self.hide()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """List the changes that hold."""
        part = changed_by(state)
        self.setVisible(bool(part.active))
        count = len(part.active)
        words = "1 change" if count == 1 else f"{count} changes"
        self._title.setText(f"{words}{_waiting(state, part)}")
        if part.active == self._active:
            return
        self._active = part.active
        self._clear()
        for change in part.active[-_LISTED:]:
            self._rows.addWidget(self._row(change))
        hidden = part.active[:-_LISTED]
        self._more.setVisible(bool(hidden))
        self._more.setText(f"and {len(hidden)} before")
        self.setToolTip("\n".join([*map(str, part.active), _STAYS]))

    def _row(self, change: Intervention) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        mode = Qt.TextElideMode.ElideMiddle  # what is done to it stands at the end
        words = ElidedLabel(str(change), role="secondary", mode=mode)
        back = IconButton("close", f"Take back: {change}")
        back.setFixedHeight(_ROW_PX)
        back.clicked.connect(partial(self.taken_back.emit, change))
        line.addWidget(words, 1)
        line.addWidget(back)
        return row

    def _clear(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


def _waiting(state: LensState, part: Interventions) -> str:
    if part.active and state.shown is not None:
        current = shown_outcome(state) is not None and part.ran == part.active
        return "" if current else " · computing…"
    return ""
