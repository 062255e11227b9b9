"""Which images excite a channel most, over any number of images: :class:`ImageIndex`.

Images arrive one by one as :class:`~desktop_app.core.image_peaks.ImagePeaks` and are merged into
a table of the strongest places of every channel, for all channels at once. Asking costs nothing
but a look into that table. Beside it, per image, the extremes of every layer (so that the range
over any choice of images is exact) and the features that images are compared by.

An image can be forgotten, because its file is gone or has changed. It takes its places with it,
and what they had pushed out is not known any more. So the table has ``SPARE`` more places than are
shown: one image has at most one place per channel, so after k forgotten images the first
``PLACES - k`` are still exactly the strongest. :attr:`ImageIndex.depth` says how many that are,
:attr:`ImageIndex.is_worn` that they are fewer than are shown and the folder is to be indexed anew.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.image_peaks import NOTHING, ImagePeaks, IndexLayout
from desktop_app.core.index_table import (
    NOBODY,
    PLACES,
    SHOWN,
    IndexTable,
    check_table,
    empty_table,
)
from desktop_app.core.records import Tensor, read_only


@dataclass(frozen=True, slots=True)
class Strongest:
    """One of the images that excite a channel most.

    Attributes:
        image: Its number in the index; what asks for entries of the image list gets theirs.
        value: The greatest finite value in the channel's map.
        x: Column of that value in the map, from 0 at the left.
        y: Row, from 0 at the top.
    """

    image: int
    value: float
    x: int
    y: int


class ImageIndex:
    """The strongest images of every channel of one model. Belongs to one thread.

    Memory: 12 bytes per place and channel, for ResNet-50's 70,000 channels that are stored 10 MB,
    and per image 8 bytes per layer and 4 per feature, some 9 kB.
    """

    def __init__(self, layout: IndexLayout, table: IndexTable | None = None) -> None:
        """Begin empty, or with what a file held.

        Raises:
            ValueError: ``table`` does not fit ``layout``, or contradicts itself.
        """
        self.layout = layout
        if table is None:
            table = empty_table(layout)
        check_table(table, layout)
        # A channel's places lie side by side: an image changes some of many channels.
        places = (layout.channels, PLACES)
        self._values = np.full(places, NOTHING, np.float32)
        self._images = np.full(places, NOBODY, np.int32)
        self._positions = np.zeros(places, np.int32)
        used = table.values.shape[1]
        self._values[:, :used] = table.values
        self._images[:, :used] = table.images
        self._positions[:, :used] = table.positions
        self._extremes = list(table.extremes)
        self._features = list(table.features)
        self._present = [bool(present) for present in table.present]
        self._weakest = self._values.argmin(axis=1)
        self._least = self._values.min(axis=1)

    def __len__(self) -> int:
        """How many images it knows, forgotten ones left out."""
        return sum(self._present)

    @property
    def depth(self) -> int:
        """How many of a channel's places are exactly the strongest, in order."""
        if len(self._present) <= PLACES:
            return PLACES  # nothing was ever pushed out
        return max(0, PLACES - self._present.count(False))

    @property
    def is_worn(self) -> bool:
        """Whether so many images were forgotten that a channel may lack one of its nine."""
        return self.depth < SHOWN

    def add(self, peaks: ImagePeaks) -> int:
        """Merge an image; returns its number, counted from 0 and never used again."""
        number = len(self._present)
        self._present.append(True)
        self._extremes.append(peaks.extremes)
        self._features.append(peaks.features)
        if number < PLACES:
            self._values[:, number] = peaks.maxima
            self._images[:, number] = number
            self._positions[:, number] = peaks.positions
            if number == PLACES - 1:
                self._weigh(slice(None))  # the next one has to exceed somebody
            return number
        stronger = np.flatnonzero(peaks.maxima > self._least)
        places = stronger, self._weakest[stronger]
        self._values[places] = peaks.maxima[stronger]
        self._images[places] = number
        self._positions[places] = peaks.positions[stronger]
        self._weigh(stronger)
        return number

    def knows(self, image: int) -> bool:
        """Whether there is an image of that number that was not forgotten."""
        return 0 <= image < len(self._present) and self._present[image]

    def forget(self, image: int) -> None:
        """Take an image out: none of its places, extremes and features is told any more."""
        if not self._present[image]:
            return
        self._present[image] = False
        places = self._images == image
        self._values[places] = NOTHING
        self._images[places] = NOBODY
        self._weigh(slice(None))

    def strongest(
        self, layer: str, channel: int, *, among: Collection[int] | None = None, count: int = SHOWN
    ) -> tuple[Strongest, ...]:
        """The images with the greatest values in a channel, the greatest first.

        Fewer than ``count`` where fewer are certain: only what is exactly the strongest is told.
        After a ReLU, images that leave the channel at 0 are left out.

        Args:
            layer: Its name; of a layer that the index does not know nothing is told.
            channel: Index in the layer.
            among: Only these images.
            count: At most.
        """
        span = self.layout.span(layer)
        if span is None or not 0 <= channel < span.channels:
            return ()
        column = span.start + channel
        values, images = self._values[column], self._images[column]
        positions = self._positions[column]
        order = np.lexsort((images, -values))[: self.depth]
        found = [
            Strongest(
                image=int(images[row]),
                value=float(values[row]),
                x=int(positions[row]) % span.width,
                y=int(positions[row]) // span.width,
            )
            for row in order
            if values[row] > span.floor
        ]
        return tuple(one for one in found if among is None or one.image in among)[:count]

    def lacks(self, layer: str, channel: int, among: Collection[int]) -> bool:
        """Whether more images ``among`` may excite a channel than :meth:`strongest` can tell.

        Images that are not among them hold the places, or so many were forgotten that what they
        had pushed out is missing. Then only an index of those images alone can tell.
        """
        span = self.layout.span(layer)
        if span is None or not 0 <= channel < span.channels:
            return False
        told = self.strongest(layer, channel, among=among)
        if len(told) >= min(SHOWN, len(among)):
            return False
        certain = np.sort(self._values[span.start + channel])[::-1][: self.depth]
        # A place that is free, or has a value at the floor, means that nobody was pushed out.
        return bool((certain > span.floor).all())

    def ranges(self, among: Collection[int] | None = None) -> Mapping[str, tuple[float, float]]:
        """Layer → (least, greatest) finite value over the images, or those ``among``.

        Layers without a finite value, and all of them without an image, are left out.
        """
        chosen = self._chosen(among)
        if not chosen:
            return {}
        extremes = np.stack([self._extremes[image] for image in chosen])
        low, high = extremes[:, :, 0].min(axis=0), extremes[:, :, 1].max(axis=0)
        ranges = {}
        for name in self.layout.names:
            span = self.layout.span(name)
            if span is None or low[span.row] > high[span.row]:
                continue
            ends = float(low[span.row]), float(high[span.row])
            ranges[name] = (max(0.0, ends[0]), max(0.0, ends[1])) if span.rectified else ends
        return ranges

    def features(self, among: Collection[int] | None = None) -> tuple[tuple[int, ...], Tensor]:
        """What images are compared by: their numbers, and float32 (N, F), read-only."""
        chosen = self._chosen(among)
        empty = np.empty((0, self.layout.features), np.float32)
        rows = np.stack([self._features[image] for image in chosen]) if chosen else empty
        return tuple(chosen), read_only(rows)

    def table(self) -> IndexTable:
        """All it knows, for its file; views, valid until the next image."""
        layers, used = len(self.layout.stored), min(len(self._present), PLACES)
        return IndexTable(
            values=self._values[:, :used],
            images=self._images[:, :used],
            positions=self._positions[:, :used],
            extremes=np.array(self._extremes, np.float32).reshape(-1, layers, 2),
            features=np.array(self._features, np.float32).reshape(-1, self.layout.features),
            present=np.array(self._present, bool),
        )

    def _chosen(self, among: Collection[int] | None) -> list[int]:
        return [
            image
            for image, present in enumerate(self._present)
            if present and (among is None or image in among)
        ]

    def _weigh(self, channels: "NDArray[np.intp] | slice") -> None:
        """Find which place a stronger image would take, and what it has to exceed."""
        values = self._values[channels]
        weakest = values.argmin(axis=1)
        self._weakest[channels] = weakest
        self._least[channels] = values[np.arange(len(values)), weakest]
