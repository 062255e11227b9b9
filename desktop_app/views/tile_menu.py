"""The context menu of the tiles: what keys do here, and the commands that belong to the grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """Commands that are offered together.

    Attributes:
        title: Of their submenu; empty for entries of the menu itself.
        actions: In order.
    """

    title: str
    actions: Sequence[QAction]


def tile_menu(
    parent: QWidget,
    keys: Sequence[tuple[str, str, Callable[[], object]]],
    groups: Sequence[CommandGroup],
) -> QMenu:
    """Build the menu.

    Args:
        parent: Owns it.
        keys: Name, keys and intention of what is done by keys that are read by the tiles.
        groups: Commands of the window.
    """
    menu = QMenu(parent)
    menu.setAccessibleName("Tiles")
    for text, key, intent in keys:
        native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        # Only shown: as a shortcut it would compete with the keys that are read there.
        menu.addAction(f"{text}\t{native}", intent)
    if groups:
        menu.addSeparator()
    for group in groups:
        target = menu.addMenu(group.title) if group.title else menu
        target.addActions(list(group.actions))
    return menu
