"""Pointer, wheel and keys over a canvas of tiles: what the user wants, as signals.

Tiles are told by their places in the displayed order; which channels those are is the grid's.
"""

from collections.abc import Callable, Sequence
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

from desktop_app.core.mosaic import TileLayout
from desktop_app.views.tile_canvas import TileCanvas
from desktop_app.views.tile_marks import TileMarks
from desktop_app.views.tile_menu import CommandGroup, tile_menu
from desktop_app.views.tile_picture import TileScene
from desktop_app.views.tile_selection import PlacesSelected, all_of, extended, toggled

CHOSEN_PX: Final = (4, 400)
"""The edges of a tile that a user may zoom between."""
ZOOM_STEP: Final = 1.25
_WHEEL_NOTCH: Final = 120
"""Qt counts wheels in eighths of a degree; one notch is 15 degrees."""


class TileArea(TileCanvas):
    """A canvas of tiles to choose from.

    Signals:
        tile_chosen: Place of the tile that was clicked or reached by a key.
        tiles_selected: A :class:`~desktop_app.views.tile_selection.PlacesSelected`.
        pins_toggled: The selected tiles, or the chosen one, are to be pinned or let go.
        copy_requested: They are to be copied.
        probed: (place, x, y) of the pixel that is pointed at, or None.
        size_chosen: A new edge of the tiles in device-independent pixels; 0 for automatic.
        layer_stepped: 1 for the next layer, -1 for the one before.

    Args:
        describe: Gives the tooltip of the tile at a place.
        parent: As Qt wants it.
    """

    tile_chosen = Signal(int)
    tiles_selected = Signal(object)
    pins_toggled = Signal()
    copy_requested = Signal()
    probed = Signal(object)
    size_chosen = Signal(int)
    layer_stepped = Signal(int)

    def __init__(self, describe: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._describe = describe
        self._commands: Sequence[CommandGroup] = ()
        self._pointer: QPointF | None = None
        self._probe: tuple[int, int, int] | None = None
        self.viewport().setMouseTracking(True)

    def show_tiles(
        self, scene: TileScene | None, marks: TileMarks, *, edge_px: int, message: str
    ) -> None:
        """Show tiles; what lies under a resting pointer may be another tile now."""
        super().show_tiles(scene, marks, edge_px=edge_px, message=message)
        self._set_probe(None if self._pointer is None else self.pixel_at(self._pointer))

    def offer(self, commands: Sequence[CommandGroup]) -> None:
        """Have the context menu offer commands, besides what keys do here."""
        self._commands = commands

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
        """Choose the tile under the pointer; with Ctrl or Shift, select."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self.tile_at(event.position())
        if place is None:
            return
        marks = self._marks
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.tiles_selected.emit(toggled(marks.selected, marks.chosen, place))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.tiles_selected.emit(extended(marks.selected, marks.anchor, marks.chosen, place))
        else:
            self._choose(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Outline the tile under the pointer, and read out its pixel."""
        self._set_hover(event.position())

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Another tile lies under the pointer now, or the keyboard is in use: no hover."""
        super().scrollContentsBy(dx, dy)
        self._forget_hover()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(event.angleDelta().y() / _WHEEL_NOTCH)
            event.accept()
            return
        super().wheelEvent(event)
        self._set_hover(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice, select, pin, copy, zoom, or step to another layer."""
        key, extends = (
            Qt.Key(event.key()),
            bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier),
        )
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
            handled = True
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            handled = self._control_key(key)
        else:
            handled = self._plain_key(key) or self._move_key(key, extends=extends)
        if not handled:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what the keys do to those who do not know them."""
        menu = self.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def make_menu(self) -> QMenu:
        """Selecting, zoom and layer steps with their keys, and what else was offered."""
        keys: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("Select all", "Ctrl+A", self._select_all),
            ("Clear the selection", "Esc", self._clear_selection),
            ("Pin or unpin", "P", self.pins_toggled.emit),
            ("Larger tiles", "Ctrl++", lambda: self.zoom(1)),
            ("Smaller tiles", "Ctrl+-", lambda: self.zoom(-1)),
            ("All tiles at once", "A", self.show_all),
            ("Automatic size", "0", lambda: self.size_chosen.emit(0)),
            ("Next layer", "Ctrl+PgDown", lambda: self.layer_stepped.emit(1)),
            ("Previous layer", "Ctrl+PgUp", lambda: self.layer_stepped.emit(-1)),
        )
        return tile_menu(self, keys, self._commands)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a tile's tooltip; forget the hover when the pointer leaves."""
        if event.type() == QEvent.Type.ToolTip:
            help_event = cast("QHelpEvent", event)
            self._show_tooltip(help_event)
            return True
        if event.type() == QEvent.Type.Leave:
            self._forget_hover()
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
        elif key == keys.Key_A:
            self._select_all()
        elif key in {keys.Key_PageDown, keys.Key_PageUp}:
            self.layer_stepped.emit(1 if key == keys.Key_PageDown else -1)
        else:
            return False
        return True

    def _plain_key(self, key: Qt.Key) -> bool:
        keys = Qt.Key
        if key == keys.Key_0:
            self.size_chosen.emit(0)
        elif key == keys.Key_A:
            self.show_all()
        elif key in {keys.Key_Space, keys.Key_P}:
            self.pins_toggled.emit()
        elif key == keys.Key_Escape and self._marks.selected:
            self._clear_selection()
        else:
            return False
        return True

    def _move_key(self, key: Qt.Key, *, extends: bool) -> bool:
        layout = self.tile_layout()
        if layout is None:
            return False
        marks = self._marks
        target = self._target(key, layout, -1 if marks.chosen is None else marks.chosen)
        if target is None:
            return False
        target = min(max(target, 0), layout.count - 1)
        if extends:
            self.tiles_selected.emit(extended(marks.selected, marks.anchor, marks.chosen, target))
        elif target != marks.chosen or marks.selected:
            self._choose(target)
        return True

    def _target(self, key: Qt.Key, layout: TileLayout, chosen: int) -> int | None:
        """Where a key leads from a place; -1 stands before the first."""
        pitch = (layout.tile_height + layout.gap) / self.devicePixelRatioF()
        page = layout.columns * max(int(self.viewport().height() / pitch), 1)
        return {
            Qt.Key.Key_Left: chosen - 1,
            Qt.Key.Key_Right: chosen + 1,
            Qt.Key.Key_Up: chosen - layout.columns if chosen >= layout.columns else chosen,
            Qt.Key.Key_Down: chosen + layout.columns if chosen >= 0 else 0,
            Qt.Key.Key_PageUp: chosen - page,
            Qt.Key.Key_PageDown: chosen + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: layout.count - 1,
        }.get(key)

    def _choose(self, place: int) -> None:
        """Open one tile; a selection is over."""
        if self._marks.selected:
            self.tiles_selected.emit(PlacesSelected((), place, place))
        else:
            self.tile_chosen.emit(place)

    def _select_all(self) -> None:
        if self._scene is not None:
            self.tiles_selected.emit(all_of(len(self._scene.channels), self._marks.chosen))

    def _clear_selection(self) -> None:
        marks = self._marks
        if marks.selected:
            chosen = marks.anchor if marks.chosen is None else marks.chosen
            self.tiles_selected.emit(PlacesSelected((), chosen, chosen))

    def _forget_hover(self) -> None:
        self._pointer = None
        self._set_probe(None)

    def _set_hover(self, position: QPointF) -> None:
        self._pointer = position
        self._set_probe(self.pixel_at(position))

    def _set_probe(self, probe: tuple[int, int, int] | None) -> None:
        if probe == self._probe:
            return
        self._probe = probe
        hover = None if probe is None else probe[0]
        if hover != self._hover:
            self._hover = hover
            self.viewport().update()
        self.probed.emit(probe)
