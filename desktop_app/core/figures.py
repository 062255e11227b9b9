"""How numbers are written, everywhere the same."""

import math
from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
"""As wide as a plus sign, so signed numbers stand under each other."""

_SMALLEST_FIXED = 1e-4


def format_value(value: float, *, decimals: int = 2) -> str:
    """An activation's value: fixed decimals where they say something, powers of ten elsewhere.

    Args:
        value: Any float.
        decimals: For ordinary magnitudes.

    Returns:
        For example "4.82", "−0.71", "0.0088", "1.3e−5", "NaN", "∞".
    """
    if math.isnan(value):
        return "NaN"
    magnitude = abs(value)
    if math.isinf(value):
        text = "∞"
    elif magnitude >= 100_000 or 0 < magnitude < _SMALLEST_FIXED:
        mantissa, exponent = f"{magnitude:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    elif magnitude >= 1000:
        text = f"{magnitude:.0f}"
    elif 0 < magnitude < 10**-decimals:
        text = f"{magnitude:.2g}"
    else:
        text = f"{magnitude:.{decimals}f}"
    return MINUS + text if value < 0 else text


def format_values(values: Sequence[float], *, decimals: int = 2) -> list[str]:
    """Values that stand together, with the decimals that the largest of them can have.

    For example "−457.0" and "353.1", "−3344" and "753"; small ones as :func:`format_value` has it.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest >= 1000:
        decimals = 0
    elif largest >= 100:
        decimals = min(decimals, 1)
    return [format_value(value, decimals=decimals) for value in values]


def format_share(share: float) -> str:
    """A share in 0..1 as a percentage: "11.2 %"."""
    return f"{share * 100:.1f}\N{NO-BREAK SPACE}%"


def format_shape(shape: tuple[int, ...]) -> str:
    """A layer's shape: "128 × 28 × 28", or "2048 values" for a vector."""
    sizes = shape[:1] if all(size == 1 for size in shape[1:]) else shape
    if len(sizes) == 1:
        return f"{sizes[0]} values" if sizes[0] != 1 else "1 value"
    return " × ".join(str(size) for size in sizes)


def format_field(size: tuple[int, int]) -> str:
    """A receptive field's (height, width) in pixels of the input: "107 px", "107 × 91 px"."""
    height, width = size
    return f"{width} px" if width == height else f"{width} × {height} px"


def probability_text(probability: float) -> str:
    """A probability for people: "71.2 %"; what would round to nothing is "< 0.1 %"; or "NaN"."""
    if math.isnan(probability):
        return "NaN"
    percent = 100 * probability
    if 0 < percent < 0.05:
        return "< 0.1\N{NO-BREAK SPACE}%"
    if 99.95 <= percent < 100:
        return "> 99.9\N{NO-BREAK SPACE}%"
    return f"{percent:.1f}\N{NO-BREAK SPACE}%"


def points_text(change: float) -> str:
    """A change of a probability in percentage points: "+12.3", "−0.4", "±0.0"."""
    return signed_text(100 * change, decimals=1)


def signed_text(value: float, *, decimals: int = 2) -> str:
    """A cosine or a change of a logit, with its sign: "+0.12", "−3.40", "±0.00"; or "NaN"."""
    if math.isnan(value):
        return "NaN"
    text = f"{abs(value):.{decimals}f}"
    if not float(text):
        return f"±{text}"
    return f"{MINUS if value < 0 else '+'}{text}"


def decimals_for(largest: float) -> int:
    """As many decimals as it takes for the largest of several values to have two figures."""
    for decimals, bound in ((2, 0.1), (3, 0.01), (4, 0.001)):
        if largest >= bound or not largest:
            return decimals
    return 5
