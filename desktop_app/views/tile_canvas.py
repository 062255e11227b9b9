"""A scrolling canvas of tiles: where they lie, and the painting of those that are visible.

Knows nothing of layers or states. What it keeps besides what it was given is scroll, hover and
the picture it painted last. Pointer and keys are :mod:`desktop_app.views.tile_area`'s.
"""

from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QWidget

from desktop_app.core.mosaic import TileLayout
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.theme import DARK, current_roles, font
from desktop_app.views.tile_marks import SMALL_PRINT_PX, TileMarks, paint_marks
from desktop_app.views.tile_picture import (
    SMALL_PRINT_BELOW_PX,
    TileScene,
    TileStyle,
)
from desktop_app.views.tile_scrolling import scrolled_picture
from desktop_app.views.tile_sizing import (
    TileRoom,
    automatic_layout,
    fitting_layout,
    sized_layout,
)

MARGIN_PX: Final = 4
"""Room around the tiles for the outline of a chosen one at the edge."""
_VEIL: Final = 0.85
"""Over tiles that wait: in the light theme, too, a message has to be legible on dark tiles."""


class TileCanvas(QAbstractScrollArea):
    """Shows a :class:`TileScene`, a message, or tiles dimmed behind a message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: TileScene | None = None
        self._marks = TileMarks()
        self._edge_px = 0
        self._message = ""
        self._hover: int | None = None
        self._painted: tuple[object, range, QImage] | None = None
        self._visible = range(0)
        self._ring = FocusRing()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setMinimumSize(160, 96)

    def show_tiles(
        self, scene: TileScene | None, marks: TileMarks, *, edge_px: int, message: str
    ) -> None:
        """Show tiles, or a message in their place; over tiles, a message dims them.

        The chosen tile comes into view when it is another one, or stands elsewhere than before.

        Args:
            scene: None for none.
            marks: Which places are marked.
            edge_px: Longer edge of a tile in device-independent pixels; 0 for automatic.
            message: Empty when the tiles say all.
        """
        reshaped = _shape(scene) != _shape(self._scene)
        centre = None if edge_px == self._edge_px else self._tile_at_centre()
        moved = marks.chosen != self._marks.chosen
        self._scene, self._marks = scene, marks
        self._edge_px, self._message = edge_px, message
        self._update_scroll_range()
        if centre is not None:
            self._scroll_to(centre, centred=True)
        elif marks.chosen is not None and (moved or reshaped):
            self._scroll_to(marks.chosen, centred=False)
        self.viewport().update()

    def tile_layout(self) -> TileLayout | None:
        """The tiles' layout in device pixels; None without tiles."""
        if self._scene is None:
            return None
        if self._edge_px == 0:
            return automatic_layout(self._scene, self._room())
        return sized_layout(self._scene, self._room(), edge_px=self._edge_px)

    def fitting_layout(self, *, smallest_px: int) -> TileLayout | None:
        """The layout with the largest tiles that all show at once; None without tiles.

        Args:
            smallest_px: Below this edge, in device-independent pixels, they scroll instead.
        """
        if self._scene is None:
            return None
        return fitting_layout(self._scene, self._room(), smallest_px=smallest_px)

    def _room(self) -> TileRoom:
        """What the tiles may fill without scrolling.

        The scroll bar's room is kept free always: its coming must not change the layout.
        """
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        free = self.contentsRect().size() - QSize(2 * MARGIN_PX + bar, 2 * MARGIN_PX)
        ratio = self.devicePixelRatioF()
        return TileRoom(
            width=max(int(free.width() * ratio), 1),
            height=max(int(free.height() * ratio), 1),
            ratio=ratio,
        )

    def tile_rect(self, index: int) -> QRectF:
        """Where a tile is, in the viewport's coordinates; empty without tiles."""
        layout = self.tile_layout()
        return QRectF() if layout is None else self._rect_in(layout, index)

    def _rect_in(self, layout: TileLayout, index: int) -> QRectF:
        ratio = self.devicePixelRatioF()
        x, y = layout.corner(index)
        corner = QPointF(x, y) / ratio + self._origin()
        return QRectF(corner.x(), corner.y(), layout.tile_width / ratio, layout.tile_height / ratio)

    def tile_at(self, position: QPointF) -> int | None:
        """The tile under a point of the viewport."""
        layout = self.tile_layout()
        if layout is None:
            return None
        inside = (position - self._origin()) * self.devicePixelRatioF()
        return layout.tile_at(inside.x(), inside.y())

    def pixel_at(self, position: QPointF) -> tuple[int, int, int] | None:
        """The place, and the column and row of its map, under a point of the viewport."""
        layout, place = self.tile_layout(), self.tile_at(position)
        if self._scene is None or layout is None or place is None:
            return None
        height, width = self._scene.indices.shape[1:]
        left, top = layout.corner(place)
        inside = (position - self._origin()) * self.devicePixelRatioF()
        x = int((inside.x() - left) * width / layout.tile_width)
        y = int((inside.y() - top) * height / layout.tile_height)
        return place, min(max(x, 0), width - 1), min(max(y, 0), height - 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the visible rows, then the outlines, then the message and the focus ring."""
        with QPainter(self.viewport()) as painter:
            roles = current_roles()
            layout = self.tile_layout()
            if layout is not None:
                self._paint_tiles(painter, layout)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            whole = QRectF(self.viewport().rect())
            if self._message:
                if layout is not None:
                    painter.setOpacity(_VEIL)
                    painter.fillRect(whole, roles.panel)
                    painter.setOpacity(1)
                painter.setPen(roles.secondary if layout is None else roles.text)
                painter.setFont(font(13))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(whole.adjusted(16, 16, -16, -16), flags, self._message)
            if self.hasFocus():
                self._ring.paint(painter, whole)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring."""
        super().focusInEvent(event)
        self._ring.focus_came(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the focus ring away."""
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out again and keep the chosen tile where it can be seen."""
        super().resizeEvent(event)
        chosen = self._marks.chosen
        seen = chosen in self._visible  # in the layout before: in this one it has moved
        self._update_scroll_range()
        if chosen is not None and seen:
            self._scroll_to(chosen, centred=False)

    def _paint_tiles(self, painter: QPainter, layout: TileLayout) -> None:
        ratio = self.devicePixelRatioF()
        origin = self._origin()
        top = -origin.y() * ratio
        rows = layout.rows_between(top, top + self.viewport().height() * ratio)
        last = min(rows.stop * layout.columns, layout.count)
        self._visible = range(rows.start * layout.columns, last)
        pitch = (layout.tile_height + layout.gap) / ratio
        place = QPointF(origin.x(), origin.y() + rows.start * pitch)
        picture = self._picture(layout, rows)
        # The gaps to the right and below are the picture's; those around it make it whole.
        gap = layout.gap / ratio
        around = QRectF(place, picture.deviceIndependentSize()).adjusted(-gap, -gap, 0, 0)
        painter.fillRect(around, DARK.ground)
        painter.drawImage(place, picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_marks(
            painter,
            self._marks,
            hover=self._hover,
            visible=self._visible,
            rect_of=partial(self._rect_in, layout),
            name_of=lambda place: str(self.channel_at(place)),
        )

    def channel_at(self, place: int) -> int:
        """The number of the channel at a place."""
        return place if self._scene is None else int(self._scene.channels[place])

    def _picture(self, layout: TileLayout, rows: range) -> QImage:
        """The picture of ``rows``: the last one where nothing has changed."""
        scene = self._scene
        if scene is None:
            return QImage()
        ratio = self.devicePixelRatioF()
        numbers = font(11)
        if layout.tile_height < SMALL_PRINT_BELOW_PX * ratio:
            numbers.setPixelSize(SMALL_PRINT_PX)
        style = TileStyle(ground=DARK.ground, font=numbers, ratio=ratio)
        key, painted = (scene, layout, style), self._painted
        before = painted[1:] if painted is not None and painted[0] == key else None
        if painted is None or before is None or before[0] != rows:
            picture = scrolled_picture(scene, layout, rows, style, before=before)
            self._painted = painted = (key, rows, picture)
        return painted[2]

    def _origin(self) -> QPointF:
        """The top left of the first tile in the viewport's coordinates."""
        return QPointF(MARGIN_PX, MARGIN_PX - self.verticalScrollBar().value())

    def _tile_at_centre(self) -> int | None:
        """The tile in the middle of the viewport, or the nearest one in its row."""
        layout = self.tile_layout()
        if layout is None:
            return None
        centre = self.viewport().rect().center().toPointF() - self._origin()
        pitch = (layout.tile_height + layout.gap) / self.devicePixelRatioF()
        row = min(max(int(centre.y() // pitch), 0), layout.rows - 1)
        return min(row * layout.columns + layout.columns // 2, layout.count - 1)

    def _update_scroll_range(self) -> None:
        layout = self.tile_layout()
        bar = self.verticalScrollBar()
        if layout is None:
            bar.setRange(0, 0)
            return
        ratio = self.devicePixelRatioF()
        visible = self.viewport().height()
        content = -(-layout.height // ratio) + 2 * MARGIN_PX
        bar.setPageStep(visible)
        bar.setSingleStep(max(round((layout.tile_height + layout.gap) / ratio), 1))
        bar.setRange(0, max(int(content) - visible, 0))

    def _scroll_to(self, index: int, *, centred: bool) -> None:
        """Bring a tile into view, or into the middle."""
        rect = self.tile_rect(index)
        bar, visible = self.verticalScrollBar(), self.viewport().height()
        if centred:
            bar.setValue(bar.value() + round(rect.center().y() - visible / 2))
        elif rect.top() < MARGIN_PX:
            bar.setValue(bar.value() + int(rect.top()) - MARGIN_PX)
        elif rect.bottom() > visible - MARGIN_PX:
            bar.setValue(bar.value() + round(rect.bottom()) + MARGIN_PX - visible)


def _shape(scene: TileScene | None) -> tuple[int, ...] | None:
    return None if scene is None else (len(scene.channels), *scene.indices.shape)
