"""Bringing a window to the front, as far as the desktop lets a program do that."""

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def bring_to_front(window: QWidget, activation: str = "") -> None:
    """Raise and activate ``window``; one that was minimised becomes as it was before.

    Never shows one that has been closed: shown again, it would keep the program from ending.

    Args:
        window: A top-level window.
        activation: The token of whoever asked. Without one, a desktop that guards the focus only
            marks the window as wanting attention.
    """
    if activation:
        # Read, and removed, by Qt's Wayland shell when a window asks to be activated.
        os.environ["XDG_ACTIVATION_TOKEN"] = activation
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    window.activateWindow()
    QApplication.alert(window)
