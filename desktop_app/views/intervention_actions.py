"""The commands that change the network, and those of the residual view."""

from collections.abc import Sequence

from PySide6.QtGui import QAction

from desktop_app.views.grid_actions import AddAction


class InterventionActions:
    """Part of :class:`~desktop_app.views.actions.Actions`."""

    def __init__(self, add: AddAction) -> None:
        self.toggle_channel = add("Layers and channels", "Switch the channel off", "Ctrl+T")
        self.toggle_branch = add("Layers and channels", "Switch the block's branch off", "Ctrl+B")
        self.reset = add("Layers and channels", "Take all changes back", "Ctrl+R")
        self.residual = add("Layers and channels", "Show the residual view", None)
        self.shares = add("Layers and channels", "Residual shares over the map", None, checks=True)

    @property
    def changing(self) -> Sequence[QAction]:
        """Those that change the network."""
        return [self.toggle_channel, self.toggle_branch, self.reset]

    @property
    def looking(self) -> Sequence[QAction]:
        """Those that show what the blocks bring."""
        return [self.residual, self.shares]
