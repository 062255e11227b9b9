"""Beside the notice that is shown: how many more there are, and a way to close them all."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop_app.views.theme import on_surface


class MoreNotices(QWidget):
    """Two buttons; hidden where there is one notice only.

    Signals:
        opened: Whether all notices shall be seen.
        all_closed: All of them shall be closed.
    """

    opened = Signal(bool)
    all_closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "window")
        self._further = 0
        self.more = QPushButton()
        self.more.setCheckable(True)
        self.more.toggled.connect(self._name)
        self.more.toggled.connect(self.opened)
        self.close_all = QPushButton("Close all")
        self.close_all.setToolTip("Close all notices")
        self.close_all.clicked.connect(self.all_closed)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 8, 0)
        line.setSpacing(8)
        line.addWidget(self.more)
        line.addWidget(self.close_all)
        self.hide()

    def count(self, further: int) -> None:
        """Say how many notices there are beside the first."""
        self._further = further
        if not further:
            self.more.setChecked(False)
        self._name()
        self.setVisible(further > 0)

    @Slot()
    def _name(self) -> None:
        opened = self.more.isChecked()
        self.more.setText("Show one" if opened else f"+{self._further} more")
        tip = "Show the most severe notice only" if opened else "Show all notices"
        self.more.setToolTip(tip)
        self.more.setAccessibleName(tip if opened else f"{self._further} more notices: show them")
