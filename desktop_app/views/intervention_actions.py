"""The commands that change the network, and those of the residual view."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from PySide6.QtGui import QAction, QKeySequence

_GROUP: Final = "Changing the network"


class _AddAction(Protocol):
    """Makes an action that belongs to the window."""

    def __call__(
        self,
        group: Literal["Changing the network"],
        text: str,
        shortcut: QKeySequence.StandardKey | str | None,
        *,
        checks: bool = False,
    ) -> QAction:
        """An action under a heading."""
        ...


class InterventionActions:
    """Part of :class:`~desktop_app.views.actions.Actions`."""

    def __init__(self, add: _AddAction) -> None:
        self.toggle_channel = add(_GROUP, "Switch the channel off", "Ctrl+T")
        self.toggle_branch = add(_GROUP, "Switch the block's branch off", "Ctrl+B")
        self.reset = add(_GROUP, "Take all changes back", "Ctrl+R")
        self.residual = add(_GROUP, "Show the residual view", None)
        self.shares = add(_GROUP, "Residual shares over the map", None, checks=True)

    @property
    def changing(self) -> Sequence[QAction]:
        """Those that change the network."""
        return [self.toggle_channel, self.toggle_branch, self.reset]

    @property
    def looking(self) -> Sequence[QAction]:
        """Those that show what the blocks bring."""
        return [self.residual, self.shares]
