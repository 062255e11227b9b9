"""The program's icon in the sizes that desktops ask for, drawn from its SVG."""

import shutil
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from release.flavours import ROOT

SIZES: Final = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Pixels; the sizes of the hicolor theme that menus, docks and software centres use."""

_SMALL: Final = 32
"""Up to here a drawing with fewer and thicker strokes stays legible."""

_DRAWING: Final = ROOT / "resources" / "icons" / "residual-lens.svg"
_SMALL_DRAWING: Final = ROOT / "resources" / "packaging" / "linux" / "residual-lens-small.svg"


def add_icons(theme: Path) -> None:
    """Write the icon into an icon theme's folder, in all sizes and as a drawing."""
    for size in SIZES:
        path = theme / f"{size}x{size}" / "apps" / "residual-lens.png"
        path.parent.mkdir(parents=True)
        draw_icon(size).save(str(path))
    scalable = theme / "scalable" / "apps" / "residual-lens.svg"
    scalable.parent.mkdir(parents=True)
    shutil.copyfile(_DRAWING, scalable)


def draw_icon(size: int) -> QImage:
    """The icon on a transparent square of ``size`` pixels; needs no display."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(_SMALL_DRAWING if size <= _SMALL else _DRAWING)).render(painter)
    painter.end()
    return image
