"""Where photo and overlay lie in the view: panes, zoom and pan, without painting.

The photo's own pixels are the common coordinates: both panes show the same zoom about the same
shift, so that what is looked at in one is looked at in the other.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

MARGIN_PX: Final = 16
BETWEEN_PX: Final = 20
_PHOTO_KEEPS: Final = 0.72
_CROP_KEEPS: Final = 0.9
"""Panes stand side by side where each picture keeps this share of its size in a single pane: the
photo may lose a little, the crop, which carries the overlay, next to nothing."""
ZOOMS: Final = (1.0, 40.0)


@dataclass(frozen=True, slots=True)
class Zoom:
    """How the photo is looked at.

    Attributes:
        factor: 1 fits the pane.
        shift: Of the pane's centre from the centre of its region, in photo pixels.
    """

    factor: float = 1.0
    shift: QPointF = field(default_factory=QPointF)


@dataclass(frozen=True, slots=True)
class Pane:
    """One picture in the view.

    Attributes:
        room: What the pane may fill, in the view's coordinates.
        region: The part of the photo it shows when it fits, in photo pixels.
    """

    room: QRectF
    region: QRectF

    def scale(self, zoom: Zoom) -> float:
        """View pixels per photo pixel."""
        return self.fit_scale() * zoom.factor

    def fit_scale(self) -> float:
        """View pixels per photo pixel when the region fits the room."""
        return min(
            self.room.width() / self.region.width(), self.room.height() / self.region.height()
        )

    def to_view(self, rect: QRectF, zoom: Zoom) -> QRectF:
        """A rectangle of the photo, in the view's coordinates."""
        scale = self.scale(zoom)
        middle = self.region.center() + zoom.shift
        corner = self.room.center() + (rect.topLeft() - middle) * scale
        return QRectF(corner, rect.size() * scale)

    def to_photo(self, point: QPointF, zoom: Zoom) -> QPointF:
        """A point of the view, in photo pixels."""
        return self.region.center() + zoom.shift + (point - self.room.center()) / self.scale(zoom)

    def shown(self, zoom: Zoom) -> QRectF:
        """What is painted, in the view's coordinates: the region as far as it is in the room."""
        return self.to_view(self.region, zoom).intersected(self.room)


def panes(view: QSizeF, photo: QSizeF, crop: QRectF | None) -> tuple[Pane, ...]:
    """One pane with the whole photo, or, beside it, a second one with the crop.

    Args:
        view: Size of the view.
        photo: Size of the photo in its own pixels.
        crop: The part the input tensor covers; None asks for one pane.
    """
    whole = QRectF(QPointF(0, 0), photo)
    room = QRectF(QPointF(0, 0), view).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
    if room.width() < 1 or room.height() < 1:
        return ()
    single = Pane(room, whole)
    half = QSizeF((room.width() - BETWEEN_PX) / 2, room.height())
    if crop is None or half.width() < 1:
        return (single,)
    left = Pane(QRectF(room.topLeft(), half), whole)
    right = Pane(QRectF(room.topLeft(), half), crop)
    photo_keeps = left.fit_scale() / single.fit_scale()
    crop_keeps = right.fit_scale() / single.fit_scale()
    if photo_keeps < _PHOTO_KEEPS or crop_keeps < _CROP_KEEPS:
        return (single,)
    # Close to each other and in the middle together, rather than each in the middle of its half.
    widths = [pane.region.width() * pane.fit_scale() for pane in (left, right)]
    start = room.left() + (room.width() - sum(widths) - BETWEEN_PX) / 2
    return (
        replace(left, room=QRectF(start, room.top(), widths[0], room.height())),
        replace(
            right,
            room=QRectF(start + widths[0] + BETWEEN_PX, room.top(), widths[1], room.height()),
        ),
    )


def zoomed(zoom: Zoom, factor: float, *, about: QPointF, pane: Pane) -> Zoom:
    """Zoom by ``factor`` so that the photo's point under ``about`` stays there."""
    wanted = min(max(zoom.factor * factor, ZOOMS[0]), ZOOMS[1])
    fixed = pane.to_photo(about, zoom)
    scale = pane.fit_scale() * wanted
    shift = fixed - (about - pane.room.center()) / scale - pane.region.center()
    return limited(Zoom(wanted, shift), pane)


def panned(zoom: Zoom, by: QPointF, *, pane: Pane) -> Zoom:
    """Move the photo with the pointer by some view pixels."""
    return limited(Zoom(zoom.factor, zoom.shift - by / pane.scale(zoom)), pane)


def limited(zoom: Zoom, pane: Pane) -> Zoom:
    """Keep the photo from being pushed out of its pane."""
    scale = pane.scale(zoom)

    def limit(value: float, region: float, room: float) -> float:
        free = max((region - room / scale) / 2, 0)
        return min(max(value, -free), free)

    return Zoom(
        zoom.factor,
        QPointF(
            limit(zoom.shift.x(), pane.region.width(), pane.room.width()),
            limit(zoom.shift.y(), pane.region.height(), pane.room.height()),
        ),
    )
