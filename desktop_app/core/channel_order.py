"""In which order the channels of a layer are shown, and which of them.

maps → :func:`channel_scores` (one number per channel) → :func:`arranged` → :class:`ChannelOrder`,
which says at which place each channel stands. Everything is vectorised over the channels: an
order of 2048 channels must not cost a frame of the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.map_names import Criterion
from desktop_app.core.maps import MapStatistics
from desktop_app.core.records import Tensor, read_only

Scores = NDArray[np.float32]
"""float32 (C,), one number per channel; NaN where a channel has none."""
_HIDDEN = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelOrder:
    """Which channel stands at which place.

    Attributes:
        channels: int64 (N,), the channels that are shown, in order, read-only.
        places: int64 (C,), the place of every channel, -1 for hidden ones, read-only.
        pinned: How many of the first places pinned channels have.
        dead: How many channels are silent, hidden or not.
    """

    channels: NDArray[np.int64]
    places: NDArray[np.int64]
    pinned: int
    dead: int

    @property
    def hidden(self) -> int:
        """How many channels are not shown."""
        return len(self.places) - len(self.channels)

    def place(self, channel: int) -> int | None:
        """Where a channel stands; None for a hidden one."""
        place = int(self.places[channel])
        return None if place == _HIDDEN else place

    def step(self, channel: int, by: int) -> int | None:
        """The channel ``by`` places after ``channel``; None beyond the ends.

        From a hidden channel every step leads to the first place.
        """
        place = self.place(channel)
        wanted = 0 if place is None else place + by
        return int(self.channels[wanted]) if 0 <= wanted < len(self.channels) else None


def channel_scores(
    criterion: Criterion, maps: Tensor, statistics: MapStatistics, *, similar_to: int = 0
) -> "Scores | None":
    """What the channels are sorted by, the greatest first.

    Args:
        criterion: ``evidence`` is not computed here.
        maps: float32 (C, H, W).
        statistics: Of ``maps``.
        similar_to: The channel that others are compared with.

    Returns:
        Scores; None for the order of the numbers, and for ``evidence``.
    """
    match criterion:
        case "mean":
            return statistics.mean
        case "maximum":
            return statistics.maximum
        case "zeros":
            return statistics.zeros
        case "variance":
            return statistics.variance
        case "similarity":
            return similarities(maps, similar_to)
        case "number" | "evidence":
            return None


def similarities(maps: Tensor, channel: int) -> Scores:
    """How alike each map is to one of them: Pearson's correlation of their values.

    r = Σ(a - ā)(b - b̄) / √(Σ(a - ā)² Σ(b - b̄)²), over the positions of the map (Pearson 1895,
    "Note on regression and inheritance in the case of two parents"). Correlation and not the
    cosine: after a ReLU all values are positive, so the cosine calls any two busy maps alike,
    while the correlation asks whether they are busy in the same places.

    A constant map has no correlation (NaN); values that are not finite count as the mean. Single
    values have no pattern: the nearest value is the most similar, at 0, others are below.

    Args:
        maps: float32 (C, H, W).
        channel: The one that all are compared with; it is always the most similar.

    Returns:
        Scores in -1..1; for (C, 1, 1) not above 0.
    """
    flat = maps.reshape(len(maps), -1)
    if flat.shape[1] == 1:
        with np.errstate(invalid="ignore"):
            return read_only(-np.abs(flat[:, 0] - flat[channel, 0]))
    with np.errstate(invalid="ignore", over="ignore"):
        centred = flat - flat.mean(axis=1, keepdims=True)
    if not np.isfinite(centred).all():
        centred = _finite_centred(flat)
    peaks = np.abs(centred).max(axis=1, keepdims=True)
    centred /= np.where(peaks > 0, peaks, 1)  # squares of any magnitude stay in float32's range
    lengths = np.sqrt(np.einsum("cv,cv->c", centred, centred))
    products = lengths * lengths[channel]
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(products > 0, (centred @ centred[channel]) / products, np.nan)
    scores[channel] = 1
    return read_only(np.clip(scores, -1, 1).astype(np.float32))


def _finite_centred(flat: Tensor) -> Tensor:
    """Values less their channel's mean; 0 for those that are not finite."""
    finite = np.isfinite(flat)
    values = np.where(finite, flat, 0).astype(np.float64)
    means = values.sum(axis=1) / np.maximum(finite.sum(axis=1), 1)
    centred: Tensor = np.where(finite, values - means[:, None], 0).astype(np.float32)
    return centred


def dead_channels(statistics: MapStatistics) -> NDArray[np.bool_]:
    """Which channels are silent: exactly zero everywhere.

    One with a value that is not finite is none of them: it is broken, and must be seen.

    Returns:
        bool (C,).
    """
    silent: NDArray[np.bool_] = (
        (statistics.minimum == 0) & (statistics.maximum == 0) & (statistics.not_finite == 0)
    )
    return silent


def arranged(
    scores: "Scores | None",
    *,
    dead: NDArray[np.bool_],
    hide_dead: bool = False,
    pinned: Sequence[int] = (),
) -> ChannelOrder:
    """Put the channels in order: pinned ones, then the greatest score first, ties by number.

    Args:
        scores: float32 (C,); NaN comes last. None for the order of the numbers.
        dead: bool (C,), which are silent.
        hide_dead: Leave the silent ones out, unless they are pinned.
        pinned: Channels that come first, in this order; those out of range are passed over.
    """
    count = len(dead)
    order = np.arange(count)
    if scores is not None:
        # NaN sorts behind every number.
        order = np.argsort(-scores, kind="stable")
    first = [channel for channel in dict.fromkeys(pinned) if 0 <= channel < count]
    later = np.ones(count, dtype=np.bool_)
    later[first] = False
    if hide_dead:
        later &= ~dead
    channels = np.concatenate([np.array(first, dtype=np.int64), order[later[order]]])
    places = np.full(count, _HIDDEN, dtype=np.int64)
    places[channels] = np.arange(len(channels))
    return ChannelOrder(
        channels=read_only(channels),
        places=read_only(places),
        pinned=len(first),
        dead=int(dead.sum()),
    )
