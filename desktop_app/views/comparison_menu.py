"""The models that can be compared with the open one: those that are listed, and any file."""

from pathlib import Path

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from desktop_app.views.actions import Actions
from desktop_app.views.state_menu import StateMenu


class ComparisonMenu(StateMenu):
    """Opened by a command or a button.

    Signals:
        model_chosen: The :class:`~pathlib.Path` of a model.
        file_wanted: A file is to be asked for.
    """

    model_chosen = Signal(object)
    file_wanted = Signal()

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(actions, parent)
        self.setAccessibleName("Compare with another model")

    def open_over(self, widget: QWidget) -> None:
        """Open at a widget's upper left, with the first entry ready for Return."""
        self.popup(widget.mapToGlobal(QPoint(0, 0)))
        if self.actions():
            self.setActiveAction(self.actions()[0])

    @Slot()
    def _fill(self) -> None:
        self.clear()
        opened = None if self._state.model is None else self._state.model.path
        for listing in self._state.models:
            if listing.path == opened:
                continue
            title = (listing.title or listing.name).replace("&", "&&")
            action = QAction(title, self)
            action.setToolTip(str(listing.path))
            action.setData(listing.path)
            self._group.addAction(action)
            self.addAction(action)
        self.addSeparator()
        self.addAction("Model file…", self.file_wanted.emit)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        path: Path = action.data()
        self.model_chosen.emit(path)
