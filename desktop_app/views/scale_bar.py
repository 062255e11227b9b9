"""The grid's colour bar: what it says, and a menu to change the colours and the numbers."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QEnterEvent,
    QFocusEvent,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.views import icons
from desktop_app.views.colormaps import CHOICES
from desktop_app.views.colour_bar import ColourBar, gradient_image
from desktop_app.views.focus_ring import FocusRing
from desktop_app.views.theme import current_roles

_CARET_PX: Final = 12
_RADIUS: Final = 6
_PAD: Final = 8
_SWATCH: Final = QSize(16, 12)


class ScaleBar(ColourBar):
    """A colour bar that opens a menu.

    Signals:
        colormap_chosen: Name of a colour map.
        numbers_wanted: The numbers are to be set.
    """

    colormap_chosen = Signal(str)
    numbers_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, inset_px=(_PAD, _CARET_PX + 6))
        self._commands: Sequence[QAction] = ()
        self._colormap = ""
        self._ring = FocusRing()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def offer(self, commands: Sequence[QAction]) -> None:
        """Have the menu offer commands below the colour maps."""
        self._commands = commands

    def name_colormap(self, name: str) -> None:
        """Say which colour map is in use."""
        self._colormap = name

    def make_menu(self) -> QMenu:
        """Colour maps with their colours, the one in use ticked; then the commands."""
        menu = QMenu(self)
        menu.setAccessibleName("Colours and scale")
        menu.setProperty("swatches", True)
        group = QActionGroup(menu)
        group.triggered.connect(self._on_chosen)
        for item in CHOICES:
            # Beside an icon a menu has no room for its tick.
            used = item.name == self._colormap
            title = f"{item.title}\t✓" if used else item.title
            action = menu.addAction(_swatch(item.name), title)
            action.setCheckable(True)
            action.setChecked(used)
            action.setData(item.name)
            group.addAction(action)
        menu.addSeparator()
        menu.addActions(list(self._commands))
        return menu

    @Slot()
    def open_menu(self) -> None:
        """Open the menu below the bar."""
        menu = self.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the menu."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.open_menu()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Down open the menu, Enter sets the numbers."""
        if event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Down}:
            self.open_menu()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.numbers_wanted.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring to those who came by key."""
        super().focusInEvent(event)
        self._ring.focus_came(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the focus ring away."""
        super().focusOutEvent(event)
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Look like something to be clicked."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Look like a bar again."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground of a control under the pointer, the bar, the caret."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            roles, whole = current_roles(), QRectF(self.rect())
            if self.underMouse() and self.isEnabled():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(roles.hover)
                painter.drawRoundedRect(whole, _RADIUS, _RADIUS)
            if self.isEnabled():
                caret = icons.pixmap(
                    "down", roles.secondary, size=_CARET_PX, scale=self.devicePixelRatioF()
                )
                left = self.width() - _CARET_PX - 2
                painter.drawPixmap(QPoint(left, self.gradient_rect().center().y() - 5), caret)
            if self.hasFocus():
                self._ring.paint(painter, whole)
        super().paintEvent(event)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.colormap_chosen.emit(action.data())


def _swatch(name: str) -> QIcon:
    picture = gradient_image(name).scaled(
        _SWATCH * 2, mode=Qt.TransformationMode.SmoothTransformation
    )
    picture.setDevicePixelRatio(2)
    return QIcon(QPixmap.fromImage(picture))
