"""What one image leaves in an index: where each channel is strongest, and how strongly.

activations → :func:`image_peaks` → :class:`ImagePeaks` → ``image_index``. Some half a megabyte is
left of the activations' 144 MB, so an index of a folder fits into memory although its activations
never would. One pass finds the greatest value together with its place and a second the least
value; per channel and row by row, ``max`` would take four times as long on the small maps of the
deep layers.

A rectified layer repeats what its input says: its greatest value is the input's, or 0. Such layers
are not looked at; :class:`IndexLayout` answers them from their input.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.records import Layer, Tensor, read_only

POOLED: Final = "avg_pool"
"""The contract's name of the vector that stands for an image when images are compared."""
NOTHING: Final = float("-inf")
"""Stands for the greatest value where no value is finite."""


@dataclass(frozen=True, slots=True)
class Span:
    """One layer's part of an index.

    Attributes:
        row: Of the layer among those that are stored.
        start: Of its first channel among all that are stored.
        channels: How many.
        height: Of its maps; 1 for vectors.
        width: Of its maps; 1 for vectors.
        floor: What a value must exceed to excite: 0 after a ReLU, which leaves a channel at 0
            where nothing excites it.
        rectified: Whether the layer asked for is the one stored with all below 0 set to 0.
    """

    row: int
    start: int
    channels: int
    height: int
    width: int
    floor: float = NOTHING
    rectified: bool = False


class IndexLayout:
    """Which layers an index stores, in which order, and which it answers from others.

    Attributes:
        stored: Layer → its part, in the order of computation.
        channels: Of all stored layers together.
        starts: Where each stored layer's channels begin.
        features_layer: The layer that stands for an image; None where a model has none.
    """

    def __init__(self, layers: Iterable[Layer], rectified: Mapping[str, str] | None = None) -> None:
        """Lay out an index.

        Args:
            layers: The model's.
            rectified: ReLU layer → the layer that it is the ReLU of, where that is certain.
        """
        known = {layer.name: layer for layer in layers}
        self._sources = {
            name: source
            for name, source in (rectified or {}).items()
            if name in known and source in known and known[name].shape == known[source].shape
        }
        self.stored: dict[str, Span] = {}
        start = 0
        for layer in known.values():
            if layer.name in self._sources or len(layer.shape) not in {1, 3}:
                continue
            channels, height, width = (*layer.shape, 1, 1)[:3]
            floor = 0.0 if layer.kind == "relu" else NOTHING
            self.stored[layer.name] = Span(len(self.stored), start, channels, height, width, floor)
            start += channels
        self.channels = start
        self.starts = np.array([span.start for span in self.stored.values()], np.intp)
        self._first_values: dict[tuple[int, int], NDArray[np.intp]] = {}
        self.features_layer = _features_layer(tuple(known.values()), self.stored)

    @property
    def features(self) -> int:
        """How many numbers stand for an image; 0 where a model has no layer for that."""
        span = self.span(self.features_layer) if self.features_layer else None
        return 0 if span is None else span.channels

    @property
    def names(self) -> tuple[str, ...]:
        """Every layer that can be asked for."""
        return (*self.stored, *(name for name in self._sources if self.span(name)))

    def span(self, name: str) -> Span | None:
        """Where a layer's channels are; None for one that the index does not know."""
        rectified = False
        for _ in range(len(self._sources) + 1):
            if (source := self._sources.get(name)) is None:
                break
            name, rectified = source, True
        found = self.stored.get(name)
        if found is None or not rectified:
            return found
        return replace(found, floor=0.0, rectified=True)

    def first_values(self, span: Span) -> NDArray[np.intp]:
        """Where each channel's values begin in a layer's, one after the other."""
        size = span.height * span.width
        key = (span.channels, size)
        if key not in self._first_values:
            self._first_values[key] = np.arange(span.channels) * size
        return self._first_values[key]

    def signature(self) -> tuple[tuple[str, int, int, int], ...]:
        """What two layouts must share for the figures of one to be those of the other."""
        return tuple(
            (name, span.channels, span.height, span.width) for name, span in self.stored.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImagePeaks:
    """What is kept of one image's activations, read-only. Over the finite values only.

    Attributes:
        maxima: float32 (stored channels,), ``-inf`` where no value is finite.
        positions: int32 (stored channels,), y * width + x of the first place of the maximum.
        extremes: float32 (stored layers, 2), least and greatest value; ``inf, -inf`` where no
            value is finite.
        features: float32 (F,), what stands for the image when images are compared: ``avg_pool``,
            in a foreign model its last average pool, else the mean of each map of its last layer
            with maps. What is not finite counts as 0.
    """

    maxima: Tensor
    positions: NDArray[np.int32]
    extremes: Tensor
    features: Tensor


def image_peaks(values: Mapping[str, Tensor], layout: IndexLayout) -> ImagePeaks:
    """Reduce the activations of one image to what an index keeps.

    Args:
        values: Layer → float32 (C, H, W), from an exact run: deriving most layers would take
            longer. A layer that is missing, or of another shape than the model says, counts as
            one without a finite value.
        layout: Of the index.
    """
    maxima = np.full(layout.channels, NOTHING, np.float32)
    positions = np.zeros(layout.channels, np.intp)
    least = np.full(len(layout.stored), np.inf, np.float32)
    for name, span in layout.stored.items():
        maps = values.get(name)
        if maps is None or maps.shape != (span.channels, span.height, span.width):
            continue
        part = slice(span.start, span.start + span.channels)
        flat = maps.reshape(span.channels, -1)
        at = flat.argmax(axis=1, out=positions[part])
        flat.take(at + layout.first_values(span), out=maxima[part], mode="clip")
        least[span.row] = flat.min()
    # argmax stops at NaN and min hands it on, so the usual case needs no third pass.
    if not (np.isfinite(maxima).all() and np.isfinite(least).all()):
        _leave_out_not_finite(values, layout, maxima, positions, least)
    greatest = np.maximum.reduceat(maxima, layout.starts) if layout.stored else least
    return ImagePeaks(
        maxima=read_only(maxima),
        positions=read_only(positions.astype(np.int32)),
        extremes=read_only(np.stack([least, greatest], axis=1)),
        features=read_only(_features(values, layout)),
    )


def _leave_out_not_finite(
    values: Mapping[str, Tensor],
    layout: IndexLayout,
    maxima: Tensor,
    positions: NDArray[np.intp],
    least: Tensor,
) -> None:
    """Look again, at the finite values alone, where a layer has others; writes what it finds."""
    for name, span in layout.stored.items():
        part = slice(span.start, span.start + span.channels)
        maps = values.get(name)
        is_usual = np.isfinite(maxima[part]).all() and np.isfinite(least[span.row])
        if is_usual or maps is None or maps.shape != (span.channels, span.height, span.width):
            continue
        flat = maps.reshape(span.channels, -1)
        finite = np.isfinite(flat)
        masked = np.where(finite, flat, np.float32(-np.inf))
        masked.argmax(axis=1, out=positions[part])
        maxima[part] = masked.max(axis=1)
        least[span.row] = np.where(finite, flat, np.float32(np.inf)).min()


def _features_layer(layers: tuple[Layer, ...], stored: Mapping[str, Span]) -> str | None:
    """The layer that stands for an image; see :class:`ImagePeaks`."""
    names = [layer.name for layer in layers]
    if POOLED in stored:
        return POOLED
    pooled = [layer.name for layer in layers if layer.kind == "average-pool"]
    mapped = [layer.name for layer in layers if len(layer.shape) == 3 and max(layer.shape[1:]) > 1]
    last = pooled[-1:] or mapped[-1:] or names[-1:]
    return last[0] if last else None


def _features(values: Mapping[str, Tensor], layout: IndexLayout) -> Tensor:
    name = layout.features_layer
    maps = None if name is None else values.get(name)
    if maps is None or len(maps) != layout.features:
        return np.zeros(layout.features, np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        means = maps.reshape(len(maps), -1).mean(axis=1, dtype=np.float64).astype(np.float32)
    features: Tensor = np.nan_to_num(means, nan=0.0, posinf=0.0, neginf=0.0)
    return features
