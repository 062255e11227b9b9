"""The commands of the channel grid: order, scale, pins, copies."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from desktop_app.core.map_names import Criterion, Scale

_SORTS: Final[dict[Criterion, str]] = {
    "number": "Sort by number",
    "mean": "Sort by mean",
    "maximum": "Sort by maximum",
    "zeros": "Sort by share of zeros",
    "variance": "Sort by variance",
    "similarity": "Sort by similarity to this channel",
    "evidence": "Sort by evidence for the class",
}
_SCALES: Final[dict[Scale, tuple[str, str]]] = {
    "layer": ("Scale of the layer", "One range for all channels: their maps can be compared"),
    "channel": ("Scale of each channel", "Each has its own range: faint maps become visible"),
    "images": (
        "Scale over all images",
        "The layer's range over all images loaded: images can be compared",
    ),
    "pinned": ("Use pinned numbers", "Two numbers that hold for every layer and image"),
}


ListedUnder = Literal["Layers and channels"]
"""The heading of what concerns layers, channels and classes."""


class AddAction(Protocol):
    """Makes an action that belongs to the window."""

    def __call__(
        self,
        group: ListedUnder,
        text: str,
        shortcut: QKeySequence.StandardKey | str | None,
        *,
        checks: bool = False,
    ) -> QAction:
        """An action under a heading."""
        ...


class GridActions:
    """Part of :class:`~desktop_app.views.actions.Actions`."""

    def __init__(self, add: AddAction, owner: QObject) -> None:
        group: ListedUnder = "Layers and channels"
        self.sorts: dict[Criterion, QAction] = {
            name: add(group, title, None, checks=True) for name, title in _SORTS.items()
        }
        self.hide_dead = add(group, "Hide dead channels", "Ctrl+H", checks=True)
        self.hide_dead.setToolTip("Leave channels out that are zero everywhere")
        self.scales: dict[Scale, QAction] = {}
        for name, (title, explanation) in _SCALES.items():
            self.scales[name] = add(group, title, None, checks=True)
            self.scales[name].setToolTip(explanation)
        for exclusive in (self.sorts, self.scales):
            one_of = QActionGroup(owner)
            for action in exclusive.values():
                one_of.addAction(action)
        self.pin_scale = add(group, "Pin the numbers shown", None)
        self.set_scale = add(group, "Set the numbers of the scale…", None)
        self.pin = add(group, "Pin or unpin channels", "Ctrl+P")
        self.copy = add(group, "Copy channels as a picture", "Ctrl+Alt+C")
        self.save = add(group, "Save channels…", "Ctrl+Shift+S")

    @property
    def all(self) -> Sequence[QAction]:
        """Every one of them."""
        return [
            *self.sorts.values(),
            self.hide_dead,
            *self.scales.values(),
            self.pin_scale,
            self.set_scale,
            self.pin,
            self.copy,
            self.save,
        ]
