"""The tables that colour indices stand for, without Qt: for the window and for files.

A diverging table has its neutral colour at exactly :data:`~desktop_app.core.maps.ZERO`, where
:func:`~desktop_app.core.maps.quantise` puts exact zeros and nothing else. A table of 256 has no
middle entry, so its colours run over the entries 1 to 255, and entry 0 repeats entry 1.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from desktop_app.core.maps import LEVELS, ZERO
from desktop_app.core.records import Pixels, read_only

DIVERGING: Final = frozenset({"crameri:berlin", "crameri:berlin_r", "crameri:vik", "crameri:vik_r"})
"""Tables whose middle stands for zero (Crameri et al. 2020, as the ``cmap`` library has them).

Those with ``_r`` run backwards: what is above zero is blue."""


def is_diverging(name: str) -> bool:
    """Whether maps in these colours need a range that is symmetric about zero."""
    return name in DIVERGING


@lru_cache(maxsize=16)
def colour_table(name: str) -> Pixels:
    """The colours of a table.

    Args:
        name: Of the ``cmap`` library.

    Returns:
        uint8 (256, 3), red, green, blue, read-only.

    Raises:
        ValueError: ``cmap`` knows no such table.
    """
    from cmap import Colormap  # noqa: PLC0415 - takes longer to load than a layer to show

    colours = Colormap(name)
    if is_diverging(name):
        steps = np.arange(LEVELS) - ZERO
        table = np.asarray(colours(np.clip(0.5 + steps / (2 * (LEVELS - 1 - ZERO)), 0, 1)))
    else:
        table = np.asarray(colours.lut(LEVELS))
    rounded: Pixels = np.rint(table[:, :3] * 255).astype(np.uint8)
    return read_only(rounded)
