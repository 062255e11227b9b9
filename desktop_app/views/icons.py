"""Icons: small SVG drawings in one stroke, tinted with a role's colour when they are drawn.

The drawings say ``currentColor`` where they want the tint; nothing else in them is replaced.
"""

import functools
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QByteArray, QDir, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from desktop_app.views.theme import current_roles

_TINT_CHANGES: Final = (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange)
SIZE: Final = 16
"""Edge of an icon in device-independent pixels."""
IconName = Literal[
    "close", "command", "copy", "done", "down", "error", "image", "information", "kind-add",
    "kind-average-pool", "kind-batch-norm", "kind-conv", "kind-dense", "kind-max-pool",
    "kind-other", "kind-relu", "kind-softmax", "menu", "open", "paste", "pin",
    "residual-lens", "right", "sample", "search", "warning",
]  # fmt: skip


def pixmap(name: IconName, colour: QColor, *, size: int = SIZE, scale: float = 1.0) -> QPixmap:
    """An icon as pixels.

    Args:
        name: Of the drawing.
        colour: The tint.
        size: Edge in device-independent pixels.
        scale: Device pixels per device-independent pixel.
    """
    return _drawn(name, colour.rgba(), size, scale)


def icon(name: IconName) -> QIcon:
    """An icon in the current text colours, for enabled and disabled controls on every screen."""
    roles = current_roles()
    result = QIcon()
    for scale in {screen.devicePixelRatio() for screen in QGuiApplication.screens()}:
        for mode, colour in (
            (QIcon.Mode.Normal, roles.text),
            (QIcon.Mode.Disabled, roles.disabled),
        ):
            result.addPixmap(pixmap(name, colour, scale=scale), mode)
    return result


class IconButton(QToolButton):
    """A flat button with an icon that keeps its tint through a change of theme."""

    def __init__(self, name: IconName, says: str, parent: QWidget | None = None) -> None:
        """Make a button.

        Args:
            name: The drawing.
            says: What a click does: tooltip and accessible name.
            parent: As for every widget.
        """
        super().__init__(parent)
        self._name = name
        self.setAutoRaise(True)
        self.setIconSize(QSize(SIZE, SIZE))
        self.setIcon(icon(name))
        self.setToolTip(says)
        self.setAccessibleName(says)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        """Tint again when the palette or the screen has changed."""
        if event.type() in _TINT_CHANGES:
            self.setIcon(icon(self._name))
        return super().event(event)


class LabelledButton(QPushButton):
    """A button with an icon and words; the icon keeps its tint through a change of theme."""

    def __init__(self, name: IconName, text: str, parent: QWidget | None = None) -> None:
        """Make a button.

        Args:
            name: The drawing.
            text: The words.
            parent: As for every widget.
        """
        super().__init__(icon(name), text, parent)
        self._name = name

    def event(self, event: QEvent) -> bool:
        """Tint again when the palette or the screen has changed."""
        if event.type() in _TINT_CHANGES:
            self.setIcon(icon(self._name))
        return super().event(event)


@functools.lru_cache(maxsize=256)
def _drawn(name: str, rgba: int, size: int, scale: float) -> QPixmap:
    drawing = _source(name).replace("currentColor", QColor.fromRgba(rgba).name())
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    edge = round(size * scale)
    canvas = QPixmap(edge, edge)
    canvas.fill(Qt.GlobalColor.transparent)
    with QPainter(canvas) as painter:
        renderer.render(painter, QRectF(0, 0, edge, edge))
    canvas.setDevicePixelRatio(scale)
    return canvas


@functools.cache
def _source(name: str) -> str:
    return Path(QDir.searchPaths("icon")[0], f"{name}.svg").read_text("utf-8")
