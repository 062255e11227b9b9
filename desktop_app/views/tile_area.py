"""Pointer, wheel and keys over a canvas of tiles: what the user wants, as signals."""

from collections.abc import Callable
from typing import Final, cast

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from desktop_app.views.tile_canvas import TileCanvas

CHOSEN_PX: Final = (4, 400)
"""The edges of a tile that a user may zoom between."""
ZOOM_STEP: Final = 1.25
_WHEEL_NOTCH: Final = 120
"""Qt counts wheels in eighths of a degree; one notch is 15 degrees."""


class TileArea(TileCanvas):
    """A canvas of tiles to choose from.

    Signals:
        tile_chosen: Index of the tile that was clicked or reached by a key.
        size_chosen: A new edge of the tiles in device-independent pixels; 0 for automatic.
        layer_stepped: 1 for the next layer, -1 for the one before.

    Args:
        describe: Gives the tooltip of a tile.
        parent: As Qt wants it.
    """

    tile_chosen = Signal(int)
    size_chosen = Signal(int)
    layer_stepped = Signal(int)

    def __init__(self, describe: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._describe = describe
        self.viewport().setMouseTracking(True)

    def zoom(self, notches: float) -> None:
        """Ask for larger (positive) or smaller tiles, a quarter per notch."""
        layout = self.tile_layout()
        if layout is None:
            return
        ratio = self.devicePixelRatioF()
        edge = max(layout.tile_width, layout.tile_height) / ratio
        wanted = round(edge * ZOOM_STEP**notches)
        if wanted == round(edge):
            wanted += 1 if notches > 0 else -1
        self.size_chosen.emit(min(max(wanted, CHOSEN_PX[0]), CHOSEN_PX[1]))

    def show_all(self) -> None:
        """Ask for tiles so small that none has to be scrolled to."""
        layout = self.fitting_layout(smallest_px=CHOSEN_PX[0])
        if layout is not None:
            edge = max(layout.tile_width, layout.tile_height)
            self.size_chosen.emit(int(edge / self.devicePixelRatioF()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the tile under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            tile = self.tile_at(event.position())
            if tile is not None:
                self.tile_chosen.emit(tile)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Outline the tile under the pointer."""
        self._set_hover(self.tile_at(event.position()))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Another tile lies under the pointer now, or the keyboard is in use: no hover."""
        super().scrollContentsBy(dx, dy)
        self._set_hover(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(event.angleDelta().y() / _WHEEL_NOTCH)
            event.accept()
            return
        super().wheelEvent(event)
        self._set_hover(self.tile_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice, zoom, or step to another layer."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            handled = self._control_key(Qt.Key(event.key()))
        elif event.key() == Qt.Key.Key_0:
            self.size_chosen.emit(0)
            handled = True
        elif event.key() == Qt.Key.Key_A:
            self.show_all()
            handled = True
        else:
            handled = self._move_key(Qt.Key(event.key()))
        if not handled:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what the keys do to those who do not know them."""
        menu = self.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def make_menu(self) -> QMenu:
        """Zoom and layer steps, with their keys."""
        menu = QMenu(self)
        menu.setAccessibleName("Tiles")
        for text, keys, intent in (
            ("Larger tiles", "Ctrl++", lambda: self.zoom(1)),
            ("Smaller tiles", "Ctrl+-", lambda: self.zoom(-1)),
            ("All tiles at once", "A", self.show_all),
            ("Automatic size", "0", lambda: self.size_chosen.emit(0)),
            ("Next layer", "Ctrl+PgDown", lambda: self.layer_stepped.emit(1)),
            ("Previous layer", "Ctrl+PgUp", lambda: self.layer_stepped.emit(-1)),
        ):
            native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            # Only shown: as a shortcut it would compete with the keys that are read here.
            menu.addAction(f"{text}\t{native}", intent)
        return menu

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a tile's tooltip; forget the hover when the pointer leaves."""
        if event.type() == QEvent.Type.ToolTip:
            help_event = cast("QHelpEvent", event)
            self._show_tooltip(help_event)
            return True
        if event.type() == QEvent.Type.Leave:
            self._set_hover(None)
        return super().viewportEvent(event)

    def _show_tooltip(self, event: QHelpEvent) -> None:
        tile = self.tile_at(QPointF(event.pos()))
        if tile is None:
            QToolTip.hideText()
            return
        text, place = self._describe(tile), self.tile_rect(tile).toRect()
        QToolTip.showText(event.globalPos(), text, self.viewport(), place)

    def _control_key(self, key: Qt.Key) -> bool:
        keys = Qt.Key
        if key in {keys.Key_Plus, keys.Key_Equal, keys.Key_Minus}:
            self.zoom(-1 if key == keys.Key_Minus else 1)
        elif key == keys.Key_0:
            self.size_chosen.emit(0)
        elif key in {keys.Key_PageDown, keys.Key_PageUp}:
            self.layer_stepped.emit(1 if key == keys.Key_PageDown else -1)
        else:
            return False
        return True

    def _move_key(self, key: Qt.Key) -> bool:
        layout = self.tile_layout()
        if layout is None:
            return False
        pitch = (layout.tile_height + layout.gap) / self.devicePixelRatioF()
        page = layout.columns * max(int(self.viewport().height() / pitch), 1)
        last = layout.count - 1
        target = {
            Qt.Key.Key_Left: self._chosen - 1,
            Qt.Key.Key_Right: self._chosen + 1,
            Qt.Key.Key_Up: self._above(layout.columns),
            Qt.Key.Key_Down: self._chosen + layout.columns,
            Qt.Key.Key_PageUp: self._chosen - page,
            Qt.Key.Key_PageDown: self._chosen + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(key)
        if target is None:
            return False
        target = min(max(target, 0), last)
        if target != self._chosen:
            self.tile_chosen.emit(target)
        return True

    def _above(self, columns: int) -> int:
        """The tile above; in the first row the same one."""
        return self._chosen - columns if self._chosen >= columns else self._chosen

    def _set_hover(self, tile: int | None) -> None:
        if tile != self._hover:
            self._hover = tile
            self.viewport().update()
