"""Which values the two ends of a colour table stand for: the one rule for screen and files.

What the user wants is one thing, what can be had another: single values have no range of their
own, and the range over all images has to be indexed first. :class:`MapScale` says what holds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.map_names import Scale
from desktop_app.core.maps import ValueRange, channel_ranges, layer_range, widened
from desktop_app.core.records import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class ChannelRanges:
    """Ranges that were taken from more than the maps that are drawn.

    Attributes:
        ranges: float64 (C, 2), low and high.
    """

    ranges: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapScale:
    """The scale that holds for the maps of one layer.

    Attributes:
        kind: What holds, which may differ from what was wanted.
        shared: The range of all channels; None where each has its own.
        symmetric: Ranges are -a..a, for a diverging table.
        legend: What a colour bar says its numbers hold for, of all channels together.
        each: Where each channel has its own range, that of the maps compared with counted in;
            None takes them from the maps alone.
    """

    kind: Scale
    shared: ValueRange | None
    symmetric: bool
    legend: str
    each: ChannelRanges | None = None

    def ranges(self, maps: Tensor) -> NDArray[np.float64]:
        """The ranges that maps are drawn with.

        Args:
            maps: float32 (C, H, W).

        Returns:
            float64 (1, 2) for one range, (C, 2) for one per channel.
        """
        if self.shared is None:
            if self.each is not None:
                return self.each.ranges
            return channel_ranges(maps, symmetric=self.symmetric)
        return np.array([[self.shared.low, self.shared.high]])

    def range_of(self, maps: Tensor, channel: int) -> ValueRange:
        """The range that one channel of float32 (C, H, W) is drawn with."""
        if self.shared is not None:
            return self.shared
        if self.each is not None:
            low, high = self.each.ranges[channel].tolist()
            return ValueRange(low, high)
        return layer_range(maps[channel : channel + 1], symmetric=self.symmetric)

    def legend_of(self, channel: int) -> str:
        """What a colour bar says its numbers hold for: "layer", "channel 44", "pinned"."""
        return f"channel {channel}" if self.shared is None else self.legend


def map_scale(
    maps: Tensor,
    wanted: Scale,
    *,
    symmetric: bool,
    over_images: "tuple[ValueRange, int] | None" = None,
    pinned: "ValueRange | None" = None,
) -> MapScale:
    """The scale that holds for float32 (C, H, W).

    Args:
        maps: Of one layer.
        wanted: By the user.
        symmetric: For a diverging table: every range is widened to -a..a.
        over_images: The layer's range over the loaded images, and over how many; None as long as
            it is not known, when the layer's own range holds, and the legend says why.
        pinned: The user's numbers; None holds the layer's.
    """
    if wanted == "channel" and maps.shape[1:] != (1, 1):
        return MapScale(kind="channel", shared=None, symmetric=symmetric, legend="each channel")
    if wanted == "images" and over_images is not None:
        shown, count = over_images
        legend = f"over {count} image{'' if count == 1 else 's'}"
        return _shared("images", shown, symmetric, legend)
    if wanted == "pinned" and pinned is not None:
        as_typed = not symmetric or widened(pinned) == pinned
        return _shared("pinned", pinned, symmetric, "pinned" if as_typed else "pinned, ±")
    legend = "layer, for now" if wanted == "images" else "layer"
    return _shared("layer", layer_range(maps), symmetric, legend)


def _shared(kind: Scale, shown: ValueRange, symmetric: bool, legend: str) -> MapScale:  # noqa: FBT001 - a field, handed on
    shared = widened(shown) if symmetric else shown
    return MapScale(kind=kind, shared=shared, symmetric=symmetric, legend=legend)
