"""Paints one of the strongest images: the patch or the photo, and below it value and class.

Around a picture is the panel; what the field sees beyond the picture is hatched, because there is
nothing to be seen there, and nothing is not a grey.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from desktop_app.state import StrongestAs
from desktop_app.views.patch_geometry import centre_in_patch, framed, inside
from desktop_app.views.qimage import screen_copy
from desktop_app.views.theme import current_roles, font

if TYPE_CHECKING:
    from desktop_app.core.patches import PatchPicture

LINE: Final = 17
"""Height of the text below a picture, in device-independent pixels."""
_RADIUS: Final = 3.0
_HATCH: Final = 6.0
"""From line to line along the edge of what is hatched."""
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaintedTile:
    """What a tile shows.

    Attributes:
        value: Of the channel at its strongest, as text.
        label: What the image shows.
        picture: None while it is being made.
        is_current: Whether it is the image being looked at.
    """

    value: str
    label: str
    picture: "PatchPicture | None"
    is_current: bool


class TilePainter:
    """Keeps each picture as it was reduced for its size on this screen."""

    def __init__(self) -> None:
        # With the picture, so that its id stays its own.
        self._made: dict[tuple[int, bool, int, int], tuple[PatchPicture, QPixmap]] = {}

    def keep_only(self, pictures: "Iterable[PatchPicture]") -> None:
        """Let go of what was made of others."""
        kept = {id(picture) for picture in pictures}
        self._made = {key: made for key, made in self._made.items() if key[0] in kept}

    def paint(
        self, painter: QPainter, area: QRect, tile: PaintedTile, *, shown_as: StrongestAs
    ) -> None:
        """Paint one tile into ``area``."""
        roles = current_roles()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        box = QRect(area.left(), area.top(), area.width(), area.height() - LINE)
        if tile.picture is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(roles.ground)
            painter.drawRoundedRect(QRectF(box), _RADIUS, _RADIUS)
        else:
            painter.setClipRect(box)
            paint = self._paint_patch if shown_as == "patch" else self._paint_photo
            paint(painter, QRectF(box), tile.picture)
            painter.setClipping(False)
        line = QRect(area.left(), box.bottom() + 2, area.width(), LINE - 2)
        painter.setFont(font(11, medium=True, tabular=True))
        painter.setPen(roles.accent if tile.is_current else roles.text)
        painter.drawText(line, _LEFT, tile.value)
        line.setLeft(line.left() + painter.fontMetrics().horizontalAdvance(tile.value) + 6)
        painter.setFont(font(11))
        painter.setPen(roles.secondary)
        end = Qt.TextElideMode.ElideRight
        label = painter.fontMetrics().elidedText(tile.label, end, line.width())
        painter.drawText(line, _LEFT, label)

    def _paint_patch(self, painter: QPainter, box: QRectF, picture: "PatchPicture") -> None:
        frame = framed(box, picture.shape)
        area = inside(frame, picture.inset)
        if picture.inset != (0, 0, 1, 1):
            _paint_hatch(painter, frame)
        self._draw(painter, area, picture, whole=False)
        _paint_mark(painter, area, picture)

    def _paint_photo(self, painter: QPainter, box: QRectF, picture: "PatchPicture") -> None:
        height, width = picture.photo.shape[:2]
        frame = framed(box, width / height)
        self._draw(painter, frame, picture, whole=True)
        outline = inside(frame, picture.outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, thickness in ((current_roles().ground, 3.0), (current_roles().accent, 1.5)):
            painter.setPen(QPen(colour, thickness))
            painter.drawRect(outline.adjusted(0.75, 0.75, -0.75, -0.75))
        _paint_mark(painter, outline, picture)

    def _draw(
        self, painter: QPainter, area: QRectF, picture: "PatchPicture", *, whole: bool
    ) -> None:
        """One picture, reduced once for its size on this screen."""
        scale = painter.device().devicePixelRatioF()
        size = QSize(max(1, round(area.width() * scale)), max(1, round(area.height() * scale)))
        key = (id(picture), whole, size.width(), size.height())
        if key not in self._made:
            pixels = picture.photo if whole else picture.patch
            self._made[key] = picture, QPixmap.fromImage(screen_copy(pixels, size))
        pixmap = self._made[key][1]
        painter.drawPixmap(area, pixmap, QRectF(pixmap.rect()))


def _paint_hatch(painter: QPainter, area: QRectF) -> None:
    """Quiet diagonal lines in a quiet frame: beyond the picture."""
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(current_roles().disabled, 0.75))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    across = -area.height()
    while across < area.width():
        foot = QPointF(area.left() + across, area.bottom())
        painter.drawLine(foot, foot + QPointF(area.height(), -area.height()))
        across += _HATCH
    painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
    painter.restore()


def _paint_mark(painter: QPainter, patch: QRectF, picture: "PatchPicture") -> None:
    """A small ring where the field's centre is, if that is not the middle of the patch."""
    if (centre := centre_in_patch(picture)) is None:
        return
    at = QPointF(patch.left() + centre[0] * patch.width(), patch.top() + centre[1] * patch.height())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, thickness in ((current_roles().ground, 3.5), (current_roles().accent, 1.5)):
        painter.setPen(QPen(colour, thickness))
        painter.drawEllipse(at, 4.0, 4.0)
