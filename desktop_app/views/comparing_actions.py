"""The commands of comparing, as actions with their names and shortcuts."""

from typing import Literal, Protocol

from PySide6.QtGui import QAction


class AddAction(Protocol):
    """Makes an action that belongs to the window."""

    def __call__(self, group: Literal["Comparing"], text: str, shortcut: str, /) -> QAction:
        """Make it, and list it under the heading."""


class ComparingActions:
    """Part of the window's commands.

    Attributes:
        image: Keep the picture on screen as A.
        model: Choose the model that is A.
        swap: Exchange A and B.
        next_side: Draw the next of A, B and the difference.
        end: End the comparison.
        similar: Show the images nearest to the one on screen.
        image_map: Show the map of all images.
    """

    def __init__(self, add: AddAction) -> None:
        """Make them; ``add`` makes one and lists it."""
        self.image = add("Comparing", "Compare with this image", "Ctrl+K")
        self.model = add("Comparing", "Compare with another model…", "Ctrl+Shift+K")
        self.swap = add("Comparing", "Swap A and B", "Ctrl+J")
        self.next_side = add("Comparing", "Grid: A, B or the difference", "Ctrl+D")
        self.end = add("Comparing", "End the comparison", "Ctrl+Shift+J")
        self.similar = add("Comparing", "Show similar images", "Ctrl+I")
        self.image_map = add("Comparing", "Show the map of the images", "Ctrl+Shift+I")
