"""How numbers are written in the window: as everywhere else, see the core's module of this name."""

from desktop_app.core.figures import (
    MINUS,
    decimals_for,
    format_shape,
    format_share,
    format_value,
    format_values,
    points_text,
    signed_text,
)

__all__ = [
    "MINUS",
    "decimals_for",
    "format_shape",
    "format_share",
    "format_value",
    "format_values",
    "points_text",
    "signed_text",
]
