"""A scrolling canvas of tiles: where they lie, and the painting of those that are visible.

Knows nothing of layers or states. What it keeps besides what it was given is scroll, hover and
the picture it painted last. Pointer and keys are :mod:`desktop_app.views.tile_area`'s.
"""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QWidget

from desktop_app.core.mosaic import TileLayout, fit_tiles
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.theme import current_roles, font
from desktop_app.views.tile_picture import (
    NUMBERED_FROM_PX,
    SMALL_PRINT_BELOW_PX,
    TileScene,
    TileStyle,
    tile_picture,
)

GAP_PX: Final = 3
TIGHT_GAP_PX: Final = 1
TIGHT_BELOW_PX: Final = 20
"""Tiles below this edge stand closer together, else the gaps would take a third of the room."""
MARGIN_PX: Final = 4
"""Room around the tiles for the outline of a chosen one at the edge."""
AUTOMATIC_PX: Final = (36, 160)
"""Between these edges tiles are sized so that all of them show; below, they scroll."""
_SMALLEST_EDGE_PX: Final = 7
_PX_PER_VALUE: Final = 3
"""Maps of few values stay legible in smaller tiles: 2048 maps of 2×2 show all at once."""
_SMALL_PRINT_PX: Final = 9
SINGLE_VALUE_PX: Final = 72
"""A tile of one value needs no more room than its number."""
_SCROLLING_PX: Final = 44
_SCROLLING_FROM_VALUES: Final = 5
"""Maps of so many values a side that scroll anyway get tiles in which they can be made out."""


class TileCanvas(QAbstractScrollArea):
    """Shows a :class:`TileScene`, a message, or tiles dimmed behind a message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: TileScene | None = None
        self._chosen = 0
        self._edge_px = 0
        self._message = ""
        self._hover: int | None = None
        self._painted: tuple[object, QImage] | None = None
        self._visible = range(0)
        self._ring = FocusRing()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setMinimumSize(160, 96)

    def show_tiles(
        self, scene: TileScene | None, *, chosen: int, edge_px: int, message: str
    ) -> None:
        """Show tiles, or a message in their place; over tiles, a message dims them.

        Args:
            scene: None for none.
            chosen: Index of the outlined tile.
            edge_px: Longer edge of a tile in device-independent pixels; 0 for automatic.
            message: Empty when the tiles say all.
        """
        reshaped = _shape(scene) != _shape(self._scene)
        centre = None if edge_px == self._edge_px else self._tile_at_centre()
        moved = chosen != self._chosen
        self._scene, self._chosen = scene, chosen
        self._edge_px, self._message = edge_px, message
        if reshaped:
            self._hover = None
        self._update_scroll_range()
        if centre is not None:
            self._scroll_to(centre, centred=True)
        elif moved or reshaped:
            self._scroll_to(chosen, centred=False)
        self.viewport().update()

    def tile_layout(self) -> TileLayout | None:
        """The tiles' layout in device pixels; None without tiles."""
        if self._edge_px == 0:
            return self._automatic_layout()
        return self._layout(round(self._edge_px * self.devicePixelRatioF()))

    def fitting_layout(self, *, smallest_px: int) -> TileLayout | None:
        """The layout with the largest tiles that all show at once.

        Args:
            smallest_px: Below this edge, in device-independent pixels, they scroll instead.
        """
        if self._scene is None:
            return None
        ratio = self.devicePixelRatioF()
        largest = SINGLE_VALUE_PX if self._scene.values is not None else AUTOMATIC_PX[1]
        room, edge = self._room(), 0
        for gap_px in (GAP_PX, TIGHT_GAP_PX):
            if edge < round(TIGHT_BELOW_PX * ratio):
                edge = fit_tiles(
                    len(self._scene.indices),
                    width=room.width(),
                    height=room.height(),
                    gap=max(round(gap_px * ratio), 1),
                    smallest=round(smallest_px * ratio),
                    largest=round(largest * ratio),
                )
        return self._layout(edge)

    def _layout(self, edge: int) -> TileLayout | None:
        """The layout with tiles whose longer edge is ``edge`` device pixels."""
        if self._scene is None:
            return None
        count, map_height, map_width = self._scene.indices.shape
        width = self._room().width()
        edge, longer = max(min(edge, width), 1), max(map_height, map_width)
        gap = self._gap(edge)
        tile_width = max(edge * map_width // longer, 1)
        return TileLayout(
            count=count,
            columns=max((width + gap) // (tile_width + gap), 1),
            tile_width=tile_width,
            tile_height=max(edge * map_height // longer, 1),
            gap=gap,
        )

    def _gap(self, edge: int) -> int:
        """The gap between tiles of ``edge`` device pixels, in device pixels."""
        ratio = self.devicePixelRatioF()
        gap_px = TIGHT_GAP_PX if edge < round(TIGHT_BELOW_PX * ratio) else GAP_PX
        return max(round(gap_px * ratio), 1)

    def _automatic_layout(self) -> TileLayout | None:
        layout = self.fitting_layout(smallest_px=self._automatic_smallest_px())
        if self._scene is None or layout is None or layout.height <= self._room().height():
            return layout
        longest = max(self._scene.indices.shape[1:])
        if longest < _SCROLLING_FROM_VALUES:
            return layout
        return self.fitting_layout(smallest_px=_SCROLLING_PX)

    def _automatic_smallest_px(self) -> int:
        if self._scene is None or self._scene.values is not None:
            return AUTOMATIC_PX[0]
        longest = int(max(self._scene.indices.shape[1:]))
        return min(max(_PX_PER_VALUE * longest, _SMALLEST_EDGE_PX), AUTOMATIC_PX[0])

    def _room(self) -> QSize:
        """What the tiles may fill without scrolling, in device pixels.

        The scroll bar's room is kept free always: its coming must not change the layout.
        """
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        free = self.contentsRect().size() - QSize(2 * MARGIN_PX + bar, 2 * MARGIN_PX)
        ratio = self.devicePixelRatioF()
        return QSize(max(int(free.width() * ratio), 1), max(int(free.height() * ratio), 1))

    def tile_rect(self, index: int) -> QRectF:
        """Where a tile is, in the viewport's coordinates; empty without tiles."""
        layout = self.tile_layout()
        if layout is None:
            return QRectF()
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

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the visible rows, then the outlines, then the message and the focus ring."""
        painter = QPainter(self.viewport())
        roles = current_roles()
        layout = self.tile_layout()
        if layout is not None:
            self._paint_tiles(painter, layout)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.viewport().rect())
        if self._message:
            if layout is not None:
                painter.setOpacity(0.75)
                painter.fillRect(whole, roles.panel)
                painter.setOpacity(1)
            painter.setPen(roles.secondary)
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
        seen = self._chosen in self._visible  # in the layout before: in this one it has moved
        self._update_scroll_range()
        if seen:
            self._scroll_to(self._chosen, centred=False)

    def _paint_tiles(self, painter: QPainter, layout: TileLayout) -> None:
        roles, ratio = current_roles(), self.devicePixelRatioF()
        origin = self._origin()
        top = -origin.y() * ratio
        rows = layout.rows_between(top, top + self.viewport().height() * ratio)
        self._visible = range(rows.start * layout.columns, rows.stop * layout.columns)
        pitch = (layout.tile_height + layout.gap) / ratio
        place = QPointF(origin.x(), origin.y() + rows.start * pitch)
        painter.drawImage(place, self._picture(layout, rows))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hover is not None and self._hover != self._chosen:
            painter.setPen(QPen(roles.text, 1))
            painter.drawRect(self.tile_rect(self._hover).adjusted(-0.5, -0.5, 0.5, 0.5))
            self._paint_number(painter, self._hover)
        self._paint_number(painter, self._chosen)
        painter.setPen(QPen(roles.accent, 2))
        painter.drawRoundedRect(self.tile_rect(self._chosen).adjusted(-1, -1, 1, 1), 2, 2)

    def _paint_number(self, painter: QPainter, index: int) -> None:
        """Number a tile that stands out although its like are too small, if it has the room."""
        rect, text = self.tile_rect(index), str(index)
        numbers = font(11)
        numbers.setPixelSize(_SMALL_PRINT_PX)
        plate = QRectF(QFontMetricsF(numbers).boundingRect(text)).adjusted(0, 0, 4, 2)
        if min(rect.width(), rect.height()) >= NUMBERED_FROM_PX or plate.width() > rect.width():
            return
        plate.moveBottomLeft(rect.bottomLeft())
        painter.fillRect(plate, QColor(0, 0, 0, 160))
        painter.setFont(numbers)
        painter.setPen(QColor("white"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    def _picture(self, layout: TileLayout, rows: range) -> QImage:
        """The picture of ``rows``: the last one where nothing has changed."""
        scene = self._scene
        if scene is None:
            return QImage()
        ratio = self.devicePixelRatioF()
        numbers = font(11)
        if layout.tile_height < SMALL_PRINT_BELOW_PX * ratio:
            numbers.setPixelSize(_SMALL_PRINT_PX)
        style = TileStyle(ground=current_roles().panel, font=numbers, ratio=ratio)
        key = (scene, layout, rows, style)
        if self._painted is None or self._painted[0] != key:
            self._painted = (key, tile_picture(scene, layout, rows, style))
        return self._painted[1]

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
    return None if scene is None else scene.indices.shape
