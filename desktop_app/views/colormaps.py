"""The colour maps a user may choose, and their tables for painting.

All are perceptual: equal steps of value look like equal steps of colour (Crameri et al. 2020,
"The misuse of colour in science communication"). Tables come from the ``cmap`` library.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from desktop_app.core.colour_tables import colour_table as colour_table_of
from desktop_app.core.colour_tables import is_diverging as diverges
from desktop_app.core.map_names import Colormap
from desktop_app.core.records import read_only


@dataclass(frozen=True, slots=True, kw_only=True)
class ColormapChoice:
    """One row of the choice.

    Attributes:
        name: In the ``cmap`` library; also what is kept in the options.
        title: For people.
    """

    name: Colormap
    title: str


CHOICES: Final = (
    ColormapChoice(name="inferno", title="Inferno"),
    ColormapChoice(name="magma", title="Magma"),
    ColormapChoice(name="viridis", title="Viridis"),
    ColormapChoice(name="cividis", title="Cividis"),
    ColormapChoice(name="gray", title="Grey"),
    ColormapChoice(name="crameri:berlin", title="Berlin, ±"),
    ColormapChoice(name="crameri:vik", title="Vik, ±"),
)
"""Inferno first: zero is black, as a ReLU's silence should be. Berlin is its signed sister."""

_UNOFFERED: Final = (
    ColormapChoice(name="crameri:berlin_r", title="Berlin, reversed, ±"),
    ColormapChoice(name="crameri:vik_r", title="Vik, reversed, ±"),
)
"""What differences, and heat maps that speak for and against, are drawn in.

Blue is more, or for, and red is less, or against, as in the predictions: in the whole window.
"""


def choice(name: str) -> ColormapChoice:
    """The choice of that name; the first one for a name of an older or newer settings file."""
    return next((item for item in (*CHOICES, *_UNOFFERED) if item.name == name), CHOICES[0])


def is_diverging(name: str) -> bool:
    """Whether maps in these colours need a range that is symmetric about zero."""
    return diverges(choice(name).name)


@lru_cache(maxsize=len(CHOICES) + len(_UNOFFERED))
def colour_values(name: str) -> NDArray[np.uint32]:
    """The table as Qt's 32-bit colours.

    Returns:
        uint32 (256,), 0xffRRGGBB, read-only.
    """
    red, green, blue = colour_table_of(choice(name).name).T.astype(np.uint32)
    return read_only(np.uint32(0xFF000000) | red << 16 | green << 8 | blue)


@lru_cache(maxsize=len(CHOICES) + len(_UNOFFERED))
def colour_table(name: str) -> tuple[int, ...]:
    """The table for an Indexed8 image, 256 entries 0xffRRGGBB."""
    return tuple(colour_values(name).tolist())


@lru_cache(maxsize=len(CHOICES))
def luminances(name: str) -> NDArray[np.float32]:
    """How bright the colours of the table are: relative luminance (WCAG 2.2).

    Returns:
        float32 (256,), 0 for black to 1 for white, read-only.
    """
    srgb = colour_table_of(choice(name).name).astype(np.float32) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    return read_only((linear @ weights).astype(np.float32))


def colour_at(name: str, index: int) -> QColor:
    """The colour of one index of the table."""
    return QColor.fromRgb(colour_table(name)[index])
