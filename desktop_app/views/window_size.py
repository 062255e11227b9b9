"""How large the window is at first: as drawn where the screen has room, else what fits."""

from typing import Final

from PySide6.QtCore import QSize

_DRAWN: Final = QSize(1440, 900)
_FRAME: Final = QSize(2, 32)
"""Room for a title bar, whose height no platform tells before the window is shown."""


def first_size(available: QSize) -> QSize:
    """The size of a window that nobody has sized yet.

    Qt itself fits a restored geometry into the screen.

    Args:
        available: Of the screen without panels and docks, in device-independent pixels.
    """
    return _DRAWN.boundedTo(available - _FRAME)
