"""Pens, brushes and type of the network's map in the current colours, made once per theme."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPen

from desktop_app.views.roles import Roles
from desktop_app.views.theme import current_roles, font

LINE_PX: Final = 1.25


class Ink:
    """What is drawn with, for one theme."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.none = QPen(Qt.PenStyle.NoPen)
        self.line = _pen(_mixed(roles.secondary, roles.panel, 0.55))
        self.quiet_line = _pen(_mixed(roles.secondary, roles.panel, 0.28))
        self.chosen_line = _pen(roles.accent, 1.5)
        self.text = _pen(roles.text)
        self.secondary = _pen(roles.secondary)
        self.on_accent = _pen(roles.on_accent)
        self.mark = _pen(roles.secondary, 1.5)
        self.chosen_mark = _pen(roles.on_accent, 1.5)
        self.box = QBrush(roles.raised)
        self.box_under_pointer = QBrush(roles.hover)
        self.chosen_box = QBrush(roles.selection)
        self.part = QBrush(_mixed(roles.secondary, roles.raised, 0.5))
        self.part_under_pointer = QBrush(roles.text)
        self.chosen = QBrush(roles.accent)
        self.far = QBrush(_mixed(roles.secondary, roles.panel, 0.4))
        self.ground = QBrush(roles.panel)
        self.label = font(13)
        self.small = font(11)
        self.heading = font(11, medium=True)
        self.tiny = _scaled(font(11), 0.5)


def current_ink() -> Ink:
    """The ink of the theme in use; ask while painting."""
    roles = current_roles()
    if _Kept.ink is None or _Kept.ink.roles is not roles:
        _Kept.ink = Ink(roles)
    return _Kept.ink


class _Kept:
    ink: Ink | None = None


def _pen(colour: QColor, width: float = LINE_PX) -> QPen:
    return QPen(
        QBrush(colour),
        width,
        Qt.PenStyle.SolidLine,
        Qt.PenCapStyle.RoundCap,
        Qt.PenJoinStyle.RoundJoin,
    )


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    """``share`` of the first colour, the rest of the second."""
    rest = 1 - share
    return QColor.fromRgbF(
        one.redF() * share + other.redF() * rest,
        one.greenF() * share + other.greenF() * rest,
        one.blueF() * share + other.blueF() * rest,
    )


def _scaled(small: QFont, factor: float) -> QFont:
    small.setPixelSize(max(1, round(small.pixelSize() * factor)))
    return small
