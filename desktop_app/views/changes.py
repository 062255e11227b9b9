"""How a change of a score is written and coloured, everywhere the same: always with its sign."""

from typing import Final

from PySide6.QtGui import QColor

from desktop_app.views.figures import MINUS
from desktop_app.views.roles import Roles

_SMALLEST_SHOWN: Final = 0.0005
"""Half of the last digit of a change in percentage points."""


def points_text(change: float) -> str:
    """A change of a probability in percentage points: "+12.3", "−0.4", "±0.0"."""
    return _signed(100 * change, decimals=1)


def signed_text(value: float) -> str:
    """A cosine or a change of a logit: "+0.12", "−3.40", "±0.00"."""
    return _signed(value, decimals=2)


def is_change(change: float) -> bool:
    """Whether a change of a probability would be written as one."""
    return abs(change) >= _SMALLEST_SHOWN


def change_colour(change: float, roles: Roles) -> QColor:
    """Blue for more, orange for less; the quiet colour where nothing is to be seen."""
    if not is_change(change):
        return roles.secondary
    return roles.accent if change > 0 else roles.against


def _signed(value: float, *, decimals: int) -> str:
    text = f"{abs(value):.{decimals}f}"
    if not float(text):
        return f"±{text}"
    return f"{MINUS if value < 0 else '+'}{text}"
