"""How a change of a score is coloured, everywhere the same."""

from typing import Final

from PySide6.QtGui import QColor

from desktop_app.views.roles import Roles

_SMALLEST_SHOWN: Final = 0.0005
"""Half of the last digit of a change in percentage points."""


def is_change(change: float) -> bool:
    """Whether a change of a probability would be written as one."""
    return abs(change) >= _SMALLEST_SHOWN


def change_colour(change: float, roles: Roles) -> QColor:
    """Blue for more, orange for less; the quiet colour where nothing is to be seen."""
    if not is_change(change):
        return roles.secondary
    return roles.accent if change > 0 else roles.against
