"""From float activations to what a picture can show: ranges, colour indices, statistics.

activations → :func:`layer_range` / :func:`channel_ranges` → :func:`quantise` → indices into a
table of 256 colours. Everything here is vectorised over all channels of a layer, because a layer
must appear within one frame of the screen. Maps are float32 (C, H, W); vectors are (C, 1, 1).

Values that are not finite never set a range: an overflow in one channel would otherwise turn all
other maps black. They are drawn at the ends of the table: NaN and -inf at the lower, +inf at the
upper end, and counted in :class:`MapStatistics`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.records import Tensor, read_only

LEVELS: Final = 256
"""Entries of a colour table; the largest index is one less."""
ZERO: Final = LEVELS // 2
"""The index of exact zeros on a symmetric range, and of nothing else."""
_SMALLEST_SPAN: Final = float(np.finfo(np.float32).tiny) * LEVELS
"""Below this span a float32 scale factor would overflow; such a map is drawn as constant."""

Indices = NDArray[np.uint8]
"""uint8 (C, H, W): indices into a table of 256 colours."""


@dataclass(frozen=True, slots=True)
class ValueRange:
    """The values at the two ends of a colour table.

    Attributes:
        low: Drawn in the first colour.
        high: Drawn in the last colour; equals ``low`` for constant maps.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapStatistics:
    """Per-channel figures of a layer, all (C,), read-only, over the finite values only.

    Attributes:
        minimum: float32; 0 where a channel has no finite value.
        mean: float32.
        maximum: float32.
        zeros: float32 in 0..1, the share of values that are exactly 0.
        variance: float32, of the values about their channel's mean (divided by their number).
        not_finite: int64, how many values are NaN or infinite.
    """

    minimum: NDArray[np.float32]
    mean: NDArray[np.float32]
    maximum: NDArray[np.float32]
    zeros: NDArray[np.float32]
    variance: NDArray[np.float32]
    not_finite: NDArray[np.int64]


def channel_ranges(maps: Tensor, *, symmetric: bool = False) -> NDArray[np.float64]:
    """The range of each channel: its least and its greatest finite value.

    Args:
        maps: float32 (C, H, W).
        symmetric: Widen each range to -a..a with a the greatest magnitude, so that the middle
            of a diverging colour map means zero.

    Returns:
        float64 (C, 2), low and high; 0, 0 for channels without a finite value.
    """
    low, high = _finite_extremes(maps)
    ranges = np.stack([low, high], axis=1).astype(np.float64)
    return _symmetric(ranges) if symmetric else ranges


def layer_range(maps: Tensor, *, symmetric: bool = False) -> ValueRange:
    """One range for all channels, which makes their maps comparable.

    Args:
        maps: float32 (C, H, W).
        symmetric: As for :func:`channel_ranges`.
    """
    return widest(channel_ranges(maps, symmetric=symmetric))


def widest(ranges: NDArray[np.float64]) -> ValueRange:
    """The range that covers every row of ``ranges``, float64 (C, 2)."""
    return ValueRange(float(ranges[:, 0].min()), float(ranges[:, 1].max()))


def widened(shown: ValueRange) -> ValueRange:
    """The symmetric range that covers ``shown``: -a..a with a the greatest magnitude.

    Widened rather than bent at zero: with two slopes, equal colours would stand for unequal
    distances from zero, which no colour bar could make up for.
    """
    reach = max(abs(shown.low), abs(shown.high))
    return ValueRange(-reach, reach)


def quantise(maps: Tensor, ranges: NDArray[np.float64], *, symmetric: bool = False) -> Indices:
    """Turn values into colour indices: ``low`` becomes 0, ``high`` 255, rounded to nearest.

    A range without span (a constant map) gives index 0; values outside are clipped.

    With ``symmetric``, -a becomes 1, a 255, and zero 128: exact zeros and nothing else, because
    all other values are rounded away from it. A layer's silence thus has a colour of its own.

    Args:
        maps: float32 (C, H, W).
        ranges: float64 (C, 2) for one range per channel, or (1, 2) for one range for all.
        symmetric: The ranges are symmetric, -a..a.

    Returns:
        uint8 (C, H, W).
    """
    if symmetric:
        return _quantise_signed(maps, ranges[:, 1])
    span = ranges[:, 1] - ranges[:, 0]
    constant = span < _SMALLEST_SPAN
    factor = np.where(constant, 0.0, (LEVELS - 1) / np.where(constant, 1.0, span))
    low = ranges[:, 0].astype(np.float32)[:, None, None]
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.subtract(maps, low, dtype=np.float32)
        scaled *= factor.astype(np.float32)[:, None, None]
    scaled += np.float32(0.5)
    return _clipped(scaled)


def _quantise_signed(maps: Tensor, reach: NDArray[np.float64]) -> Indices:
    """Indices about :data:`ZERO`; ``reach`` is float64 (C,) or (1,), the a of -a..a."""
    steps = LEVELS - 1 - ZERO
    constant = reach < _SMALLEST_SPAN
    factor = np.where(constant, 0.0, steps / np.where(constant, 1.0, reach))
    with np.errstate(over="ignore", invalid="ignore"):
        away = np.multiply(maps, factor.astype(np.float32)[:, None, None], dtype=np.float32)
    np.abs(away, out=away)
    # Ends must not be pushed beyond themselves by the last bit of the product.
    away -= np.float32(steps * 1e-6)
    np.ceil(away, out=away)
    np.maximum(away, np.float32(1), out=away)
    away *= maps != 0
    np.copysign(away, maps, out=away)
    away += np.float32(ZERO)
    return _clipped(away)


def _clipped(scaled: Tensor) -> Indices:
    # maximum/minimum hand NaN on, fmax/fmin drop it: NaN lands on 0.
    np.fmax(scaled, np.float32(0), out=scaled)
    np.fmin(scaled, np.float32(LEVELS - 1), out=scaled)
    return scaled.astype(np.uint8)


def map_statistics(maps: Tensor) -> MapStatistics:
    """Minimum, mean, maximum, zeros and variance of every channel of float32 (C, H, W)."""
    low, high = _finite_extremes(maps)
    flat = maps.reshape(len(maps), -1)
    counts = np.full(len(maps), flat.shape[1], dtype=np.int64)
    with np.errstate(invalid="ignore"):  # both infinities in one channel
        total = flat.sum(axis=1, dtype=np.float64)
    finite = None
    if not np.isfinite(total).all():
        finite = np.isfinite(flat)
        counts = finite.sum(axis=1)
        total = np.where(finite, flat, 0).sum(axis=1, dtype=np.float64)
    means = (total / np.maximum(counts, 1)).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        centred = flat - means[:, None]
        if finite is not None:
            centred[~finite] = 0
        # One pass without an array of squares: a layer must appear within a frame.
        squares = np.einsum("cv,cv->c", centred, centred)
    zeros = np.count_nonzero(flat == 0, axis=1) / flat.shape[1]
    return MapStatistics(
        minimum=read_only(low),
        mean=read_only(means),
        maximum=read_only(high),
        zeros=read_only(zeros.astype(np.float32)),
        variance=read_only((squares / np.maximum(counts, 1)).astype(np.float32)),
        not_finite=read_only(flat.shape[1] - counts),
    )


def histogram(values: Tensor, shown: ValueRange, *, bins: int = 32) -> NDArray[np.int64]:
    """How many values fall into each of ``bins`` equal parts of ``shown``.

    Args:
        values: float32, any shape; values that are not finite are left out.
        shown: The two ends; a range without span is widened by half a unit on both sides.
        bins: Number of parts.

    Returns:
        int64 (bins,).
    """
    low, high = shown.low, shown.high
    if high - low < _SMALLEST_SPAN:
        low, high = low - 0.5, high + 0.5
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(finite.astype(np.float64), bins=bins, range=(low, high))
    return counts.astype(np.int64)


def resample_bilinear(values: Tensor, *, height: int, width: int) -> Tensor:
    """Enlarge one map smoothly: bilinear, sample centres at half pixels, edges held.

    The corners of the result coincide with the corners of the map, as
    ``interpolate(mode="bilinear", align_corners=False)`` does, so an overlay lies exactly
    over the rectangle it belongs to. Interpolates values, not colours: the result runs
    through the colour map's own course.

    Args:
        values: float32 (h, w).
        height: Of the result, in pixels.
        width: Of the result, in pixels.

    Returns:
        float32 (height, width).
    """
    top, bottom, down = _neighbours(values.shape[0], height)
    left, right, along = _neighbours(values.shape[1], width)
    with np.errstate(invalid="ignore"):
        rows = values[top] + (values[bottom] - values[top]) * down[:, None]
        result = rows[:, left] + (rows[:, right] - rows[:, left]) * along[None, :]
    return result.astype(np.float32, copy=False)


def _neighbours(
    size: int, target: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For each of ``target`` positions: the two samples around it, and the way between them."""
    positions = np.clip((np.arange(target) + 0.5) * (size / target) - 0.5, 0, size - 1)
    lower = positions.astype(np.intp)
    upper = np.minimum(lower + 1, size - 1)
    return lower, upper, (positions - lower).astype(np.float32)


def _finite_extremes(maps: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Least and greatest finite value per channel, each float32 (C,)."""
    flat = maps.reshape(len(maps), -1)
    low, high = flat.min(axis=1), flat.max(axis=1)
    # min and max hand NaN on and show infinities, so the usual case needs no third pass.
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        finite = np.isfinite(flat)
        low = np.where(finite, flat, np.float32(np.inf)).min(axis=1)
        high = np.where(finite, flat, np.float32(-np.inf)).max(axis=1)
        none = ~finite.any(axis=1)
        low[none] = high[none] = 0
    return low.astype(np.float32, copy=False), high.astype(np.float32, copy=False)


def _symmetric(ranges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widen float64 (C, 2) to -a..a."""
    reach = np.abs(ranges).max(axis=1)
    return np.stack([-reach, reach], axis=1)
