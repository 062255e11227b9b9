"""What only the window knows of the desktop it is on: Qt, session, screens."""

import os

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


def desktop_facts(widget: QWidget) -> dict[str, str]:
    """Names and values for a report; the screen that ``widget`` is on comes first."""
    here = widget.screen()
    others = [screen for screen in QGuiApplication.screens() if screen != here]
    return {
        "Qt": qVersion(),
        "desktop": os.environ.get("XDG_CURRENT_DESKTOP", "") or "not named",
        "session": f"{_session()} (Qt platform {QGuiApplication.platformName()})",
        "screens": ", ".join(_screen(screen) for screen in (here, *others)),
    }


def _session() -> str:
    return os.environ.get("XDG_SESSION_TYPE", "") or "not named"


def _screen(screen: QScreen) -> str:
    """Device pixels and scale: "3840 × 2160 at 200 %"."""
    scale = screen.devicePixelRatio()
    size = screen.size() * scale
    return f"{size.width()} × {size.height()} at {scale:.0%}".replace("%", " %")
