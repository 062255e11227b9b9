"""Nine tiles in rows of three: what excites a channel, how strongly, of what class.

Painted by one widget. Arrow keys move between tiles, Enter and a double click open the image.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.parts.survey import StrongestImage
from desktop_app.state import StrongestAs
from desktop_app.views.figures import format_value, format_values
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.strongest_painting import LINE, PaintedTile, TilePainter

if TYPE_CHECKING:
    from desktop_app.core.patches import PatchPicture

_COLUMNS: Final = 3
_SIDE: Final = 14
_TOP: Final = 5
_GAP: Final = 7
_EDGE: Final = (60, 240)
_STEPS: Final = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -_COLUMNS,
    Qt.Key.Key_Down: _COLUMNS,
}


@dataclass(frozen=True, slots=True)
class TileWords:
    """What is said of an image.

    Attributes:
        label: Its likeliest class; empty where that is not known.
        file: Name of the file.
    """

    label: str
    file: str


_NO_WORDS: Final = TileWords("", "")


class StrongestTiles(QWidget):
    """Up to nine images.

    Signals:
        image_chosen: Number of the entry of a tile.
    """

    image_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: tuple[StrongestImage, ...] = ()
        self._pictures: Mapping[int, PatchPicture] = {}
        self._words: Mapping[int, TileWords] = {}
        self._as: StrongestAs = "patch"
        self._current: int | None = None
        self._at = 0
        self._painter = TilePainter()
        self._ring = FocusRing()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._tell()

    def show_images(
        self,
        images: tuple[StrongestImage, ...],
        pictures: "Mapping[int, PatchPicture]",
        words: Mapping[int, TileWords],
        *,
        shown_as: StrongestAs,
        current: int | None,
    ) -> None:
        """Show images; the same ones again cost nothing.

        Args:
            images: The strongest first.
            pictures: By entry, as far as there are any yet.
            words: By entry.
            shown_as: The patches, or the photos with the patch outlined.
            current: The entry being looked at, which is marked.
        """
        fresh = (images, shown_as, current, dict(words))
        known = (self._images, self._as, self._current, dict(self._words))
        if fresh == known and pictures is self._pictures:
            return
        if images != self._images:
            entry = self._images[self._at].entry if self._at < len(self._images) else None
            at = [n for n, one in enumerate(images) if one.entry == entry and self.hasFocus()]
            self._at = at[0] if at else 0
        self._images, self._words, self._as = images, words, shown_as
        self._pictures, self._current = pictures, current
        self._painter.keep_only(pictures.values())
        rows = -(-max(len(images), 1) // _COLUMNS)
        self.setMinimumHeight(rows * (_EDGE[0] + LINE + _GAP) + _TOP)
        self._tell()
        self.update()

    # --- what is where -------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Room for nine of some size."""
        return QSize(_COLUMNS * 100, _COLUMNS * 120)

    def tile(self, number: int) -> QRect:
        """The place of a tile, picture and line of text."""
        wide = (self.width() - 2 * _SIDE - (_COLUMNS - 1) * _GAP) // _COLUMNS
        high = (self.height() - _TOP) // _COLUMNS - LINE - _GAP
        edge = max(min(wide, high, _EDGE[1]), _EDGE[0])
        row, column = divmod(number, _COLUMNS)
        left, top = column * (wide + _GAP), row * (edge + LINE + _GAP)
        return QRect(_SIDE + left, _TOP + top, wide, edge + LINE)

    def _tile_at(self, point: QPointF) -> int | None:
        found = (n for n in range(len(self._images)) if self.tile(n).contains(point.toPoint()))
        return next(found, None)

    # --- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint every tile, and the ring around the one that keys act on."""
        with QPainter(self) as painter:
            values = format_values([one.value for one in self._images])
            for number, (one, value) in enumerate(zip(self._images, values, strict=True)):
                words = self._words.get(one.entry, _NO_WORDS)
                tile = PaintedTile(
                    value=value,
                    label=words.label or words.file,
                    picture=self._pictures.get(one.entry),
                    is_current=one.entry == self._current,
                )
                self._painter.paint(painter, self.tile(number), tile, shown_as=self._as)
            if self._images and self.hasFocus():
                around = QRectF(self.tile(self._at)).adjusted(-4, -4, 4, 3)
                self._ring.paint(painter, around)

    # --- keys and pointer ----------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between tiles; open the image of one."""
        last = len(self._images) - 1
        key = Qt.Key(event.key())
        if last < 0 or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in _STEPS and 0 <= self._at + _STEPS[key] <= last:
            self._move_to(self._at + _STEPS[key])
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self._move_to(0 if key == Qt.Key.Key_Home else last)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.image_chosen.emit(self._images[self._at].entry)
        elif key not in _STEPS:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keys act on the tile that was clicked."""
        number = self._tile_at(event.position())
        if number is not None:
            self._move_to(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the image."""
        number = self._tile_at(event.position())
        if number is not None:
            self.image_chosen.emit(self._images[number].entry)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where keys act, to those who use them."""
        self._ring.focus_came(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys go elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Class, file name, value and place, as a tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._tile_at(QPointF(event.pos()))
            if number is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._told(number), self, self.tile(number))
            return True
        return super().event(event)

    def _move_to(self, number: int) -> None:
        self._at = number
        self._ring.visible = self.hasFocus()
        self._tell()
        self.update()

    def _told(self, number: int) -> str:
        one = self._images[number]
        words = self._words.get(one.entry, _NO_WORDS)
        label = f"{words.label}\n" if words.label else ""
        return f"{label}{words.file}\n{format_value(one.value)} at ({one.x}, {one.y})"

    def _tell(self) -> None:
        """Say to those who do not see it what is there."""
        count = len(self._images)
        self.setAccessibleName("Strongest images of the channel")
        self.setAccessibleDescription(
            f"{self._at + 1} of {count}: {self._told(self._at)}" if count else "None"
        )
