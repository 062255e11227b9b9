"""A menu whose entries depend on what is shown: it is filled anew whenever it opens."""

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.state import LensState
from desktop_app.views.actions import Actions


class StateMenu(QMenu):
    """Keeps the last snapshot, and one group of entries of which one is ticked."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._state = LensState()
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_chosen)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def follow(self, state: LensState) -> None:
        """Take a new snapshot; the menu is filled when it is opened."""
        self._state = state

    def _fill(self) -> None:
        """Clear the menu, and add what the snapshot has."""
        raise NotImplementedError

    def _on_chosen(self, action: QAction) -> None:
        """An entry of the group was chosen."""
        raise NotImplementedError
