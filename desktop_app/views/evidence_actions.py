"""The commands that concern the evidence list and the class that is held against another."""

from PySide6.QtGui import QAction

from desktop_app.views.grid_actions import AddAction


class EvidenceActions:
    """Part of :class:`~desktop_app.views.actions.Actions`."""

    def __init__(self, add: AddAction) -> None:
        self.show: QAction = add(
            "Layers and channels", "Show evidence", "Ctrl+Shift+E", checks=True
        )
        self.show.setToolTip("Take the logit apart, channel by channel, below the predictions")
        self.next_rival: QAction = add(
            "Layers and channels", "Ask why not the next likeliest class", "Alt+Shift+PgDown"
        )
        self.no_rival: QAction = add(
            "Layers and channels", "Ask about the class alone", "Alt+Shift+Home"
        )

    @property
    def all(self) -> tuple[QAction, ...]:
        """Every one of them."""
        return self.show, self.next_rival, self.no_rival
