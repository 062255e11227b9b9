"""Two small windows: every shortcut, and what this program is."""

from collections.abc import Sequence
from typing import Final

from PySide6 import __version__ as qt_version
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

from desktop_app import __version__
from desktop_app.core.records import ModelListing
from desktop_app.views import icons
from desktop_app.views.actions import Actions
from desktop_app.views.theme import current_roles, font, set_text_role

_ABOUT_WIDTH: Final = 460
_Rows = Sequence[tuple[str, str]]
_ELSEWHERE: Final[dict[str, _Rows]] = {
    "In the channel grid": (
        ("Arrows", "Choose a channel beside this one"),
        ("PgUp, PgDown", "A screenful up or down"),
        ("Home, End", "First or last channel"),
        ("Ctrl++, Ctrl+-", "Larger or smaller tiles"),
        ("A", "All tiles at once"),
        ("0", "Automatic size"),
        ("Ctrl+PgUp, Ctrl+PgDown", "Previous or next layer"),
    ),
    "In lists and fields": (
        ("Up, Down", "Next or previous row of a list"),
        ("Delete", "Remove the chosen image (in the image list)"),
        ("Enter", "Open the first hit of a search field"),
        ("Escape", "Empty a search field, close the palette"),
    ),
    "In the photo": (
        ("+, -", "Zoom in or out"),
        ("0", "Fit"),
        ("Arrows", "Move the enlarged photo"),
    ),
}
"""Keys that belong to the panel that has the keyboard, under the panel's name."""
_LEFT: Final = 2
"""Groups of commands in the left one of the two columns, above the first of the other keys."""


def shortcuts_window(actions: Actions, parent: QWidget) -> QDialog:
    """A window with all keys, under their headings; not yet shown."""
    dialog = _window("Keyboard shortcuts", parent)
    groups: list[tuple[str, _Rows]] = [
        (group, _keys_of(actions.in_group(group))) for group in actions.groups()
    ]
    elsewhere = list(_ELSEWHERE.items())
    left, right = groups[:_LEFT] + elsewhere[:1], groups[_LEFT:] + elsewhere[1:]
    content = QWidget()
    columns = QHBoxLayout(content)
    columns.setContentsMargins(18, 4, 18, 14)
    columns.setSpacing(36)
    for part in (left, right):
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


def _keys_of(actions: Sequence[QAction]) -> _Rows:
    native = QKeySequence.SequenceFormat.NativeText
    keys = [(each.shortcut().toString(native), each.text()) for each in actions]
    return [(key, text.removesuffix("…")) for key, text in keys if key]


def _key_table(lists: Sequence[tuple[str, _Rows]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(20)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for name, rows in lists:
        title = QLabel(name)
        set_text_role(title, "heading")
        title.setContentsMargins(0, 10, 0, 2)
        grid.addWidget(title, grid.rowCount(), 0, 1, 2)
        for keys, text in rows:
            _add_row(grid, keys, text)
    return grid


def about_window(models: Sequence[ModelListing], parent: QWidget) -> QDialog:
    """What this program is, its version, its licences and those of ``models``; not yet shown."""
    dialog = _window("About Residual Lens", parent)
    mark = QLabel()
    mark.setPixmap(
        icons.pixmap(
            "residual-lens", current_roles().text, size=72, scale=parent.devicePixelRatioF()
        )
    )
    title = QLabel(f"Residual Lens {__version__}")
    set_text_role(title, "title")
    words = QLabel(
        "See what a residual network does with your own picture.\n\n"
        "Nothing you open leaves this machine: the program never uses the network.\n\n"
        f"MIT licence. Made with Qt {qt_version} (LGPL), ONNX Runtime (MIT) "
        "and the type family Inter (SIL Open Font License). "
        "Sample: coffee by Rachel Michetti (CC0)."
    )
    set_text_role(words, "secondary")
    labels = [mark, title, words]
    if licences := [f"{model.title}: {model.licence}" for model in models if model.licence]:
        heading, terms = QLabel("Licences of the models"), QLabel("\n".join(licences))
        terms.setTextFormat(Qt.TextFormat.PlainText)
        set_text_role(heading, "heading")
        set_text_role(terms, "secondary")
        labels += [heading, terms]
    column = QVBoxLayout(dialog)
    column.setContentsMargins(28, 24, 28, 24)
    column.setSpacing(10)
    for label in labels:
        label.setWordWrap(True)
        column.addWidget(label)
        label.ensurePolished()  # its type decides how high it is at this width
    dialog.resize(_ABOUT_WIDTH, column.totalHeightForWidth(_ABOUT_WIDTH))
    return dialog


def _window(title: str, parent: QWidget) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def _add_row(grid: QGridLayout, keys: str, text: str) -> None:
    row = grid.rowCount()
    left, right = QLabel(keys), QLabel(text)
    left.setFont(font(13, medium=True))
    set_text_role(right, "secondary")
    grid.addWidget(left, row, 0)
    grid.addWidget(right, row, 1)
