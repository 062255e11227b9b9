"""The picture of the rows in sight, made from the one before as far as it reaches.

A step of scrolling brings one row of tiles or two into view. On a screen at 200 %, drawing all of
them anew takes most of a frame; copying those that were there takes a millisecond.
"""

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from desktop_app.core.mosaic import TileLayout
from desktop_app.views.tile_picture import TileScene, TileStyle, tile_picture


def scrolled_picture(
    scene: TileScene,
    layout: TileLayout,
    rows: range,
    style: TileStyle,
    *,
    before: tuple[range, QImage] | None,
) -> QImage:
    """The picture of ``rows``, pixel for pixel that of :func:`tile_picture`.

    Args:
        scene: As there; this and the two next are those that ``before`` was made of.
        layout: As there.
        rows: What is in sight now.
        style: As there.
        before: Rows that were in sight and their picture; None where there is nothing to take.
    """
    old, picture = before or (range(0), QImage())
    common = range(max(rows.start, old.start), min(rows.stop, old.stop))
    if not common:
        return tile_picture(scene, layout, rows, style)
    pitch, width = layout.tile_height + layout.gap, picture.width()
    whole = QImage(width, len(rows) * pitch, QImage.Format.Format_RGB32)
    with QPainter(whole) as painter:

        def put(image: QImage, part: range, *, of: range) -> None:
            """Copy the rows ``part`` of an image that shows the rows ``of``, in device pixels."""
            height = len(part) * pitch
            source = QRect(0, (part.start - of.start) * pitch, width, height)
            painter.drawImage(
                QRect(0, (part.start - rows.start) * pitch, width, height), image, source
            )

        put(picture, common, of=old)
        for fresh in (range(rows.start, common.start), range(common.stop, rows.stop)):
            if fresh:
                put(tile_picture(scene, layout, fresh, style), fresh, of=fresh)
    whole.setDevicePixelRatio(style.ratio)
    return whole
