"""How numbers are written in the window: as everywhere else, see the core's module of this name."""

from desktop_app.core.figures import (
    MINUS,
    format_shape,
    format_share,
    format_value,
    format_values,
)

__all__ = ["MINUS", "format_shape", "format_share", "format_value", "format_values"]
