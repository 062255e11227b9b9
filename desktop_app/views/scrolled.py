"""The scrolling middle of a panel: upwards and downwards only, on the panel's own ground."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget


def scrolled(*parts: QWidget) -> QScrollArea:
    """Put parts below each other where they can be scrolled, without a frame of their own.

    Takes no focus: what can be reached by key are the parts.
    """
    pile = QWidget()
    column = QVBoxLayout(pile)
    column.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        column.addWidget(part)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(pile)
    pile.setAutoFillBackground(False)  # setWidget switches it on
    return area
