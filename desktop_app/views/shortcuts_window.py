"""The window with every shortcut, under its heading."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from desktop_app.views.actions import Actions
from desktop_app.views.theme import font, set_text_role

_Rows = Sequence[tuple[str, str]]
_ELSEWHERE: Final[dict[str, _Rows]] = {
    "In the photo": (
        ("+, -", "Zoom in or out"),
        ("0", "Fit"),
        ("Arrows", "Move the enlarged photo"),
    ),
    "In the map of the images": (
        ("Arrows", "Nearest image that way"),
        ("Enter", "Open it"),
        ("+, -, 0", "Zoom in or out; fit"),
    ),
    "Among the strongest images": (
        ("Arrows, Home, End", "Move between the images"),
        ("Enter", "Open the image"),
    ),
    "In the channel grid": (
        ("Arrows", "Choose a channel beside this one"),
        ("PgUp, PgDown", "A screenful up or down"),
        ("Home, End", "First or last channel"),
        ("Shift+Arrows, Ctrl+A", "Select several channels, or all"),
        ("Escape", "Clear the selection"),
        ("Space, P", "Pin or unpin what is selected"),
        ("Ctrl+C", "Copy what is selected as a picture"),
        ("Ctrl++, Ctrl+-", "Larger or smaller tiles"),
        ("A", "All tiles at once"),
        ("0", "Automatic size"),
        ("Ctrl+PgUp, PgDown", "Previous or next layer"),
    ),
    "In the network map": (
        ("Left, Right", "Along the flow"),
        ("Up, Down", "Branch or shortcut; next block"),
        ("PgUp, PgDown", "Previous or next block"),
        ("Home, End", "First or last layer"),
        ("+, -", "Zoom in or out (Ctrl+wheel)"),
        ("Shift+drag", "Zoom into a box"),
        ("0, 1", "The whole network; reading size"),
        ("Space", "Back to the chosen layer"),
    ),
    "On the colour bar of the grid": (
        ("Space, Down", "Choose colours, pin the scale"),
        ("Enter", "Set the numbers of the scale"),
    ),
    "In lists and fields": (
        ("Up, Down", "Next or previous row of a list"),
        ("Delete", "Remove the chosen image"),
        ("Enter", "Open the first hit"),
        ("Enter, Escape", "Ask about a class, or the likeliest"),
        ("Escape", "Empty a field, close the palette"),
    ),
}
"""Keys that belong to the panel that has the keyboard, under the panel's name."""
_COLUMNS: Final = 3
_TITLE_ROWS: Final = 2
"""A heading takes about the room of two rows."""


def shortcuts_window(actions: Actions, parent: QWidget) -> QDialog:
    """A window with all keys, under their headings; not yet shown."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Keyboard shortcuts")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    groups: list[tuple[str, _Rows]] = [
        (group, _keys_of(actions.in_group(group))) for group in actions.groups()
    ]
    groups += _ELSEWHERE.items()
    content = QWidget()
    columns = QHBoxLayout(content)
    columns.setContentsMargins(18, 4, 18, 14)
    columns.setSpacing(28)
    for part in _in_columns(groups):
        column = QVBoxLayout()
        column.addLayout(_key_table(part))
        column.addStretch(1)
        columns.addLayout(column)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(content)
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(0, 4, 0, 4)
    outer.addWidget(area)
    content.ensurePolished()
    bar = area.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, area)
    wanted = content.sizeHint() + QSize(bar, 12)
    dialog.resize(wanted.boundedTo(dialog.screen().availableSize() - QSize(40, 60)))
    return dialog


def _in_columns(groups: Sequence[tuple[str, _Rows]]) -> list[Sequence[tuple[str, _Rows]]]:
    """The groups in their order, over columns of which the longest is as short as can be."""

    def height(part: Sequence[tuple[str, _Rows]]) -> int:
        return sum(_TITLE_ROWS + len(rows) for _, rows in part)

    ways = (
        [groups[start:end] for start, end in pairwise((0, *ends, len(groups)))]
        for ends in combinations(range(1, len(groups)), _COLUMNS - 1)
    )
    return min(ways, key=lambda parts: max(map(height, parts)))


def _keys_of(actions: Sequence[QAction]) -> _Rows:
    native = QKeySequence.SequenceFormat.NativeText
    keys = [(each.shortcut().toString(native), each.text()) for each in actions]
    return [(key, text.removesuffix("…")) for key, text in keys if key]


def _key_table(lists: Sequence[tuple[str, _Rows]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(20)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    for name, rows in lists:
        title = QLabel(name)
        set_text_role(title, "heading")
        title.setContentsMargins(0, 10, 0, 2)
        grid.addWidget(title, grid.rowCount(), 0, 1, 2)
        for keys, text in rows:
            _add_row(grid, keys, text)
    return grid


def _add_row(grid: QGridLayout, keys: str, text: str) -> None:
    row = grid.rowCount()
    left, right = QLabel(keys), QLabel(text)
    left.setFont(font(13, medium=True))
    set_text_role(right, "secondary")
    grid.addWidget(left, row, 0)
    grid.addWidget(right, row, 1)
