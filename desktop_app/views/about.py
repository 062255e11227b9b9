"""Two small windows: every shortcut, and what this program is."""

from PySide6 import __version__ as qt_version
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop_app import __version__
from desktop_app.views import icons
from desktop_app.views.actions import Actions
from desktop_app.views.theme import current_roles, font, set_text_role

_ELSEWHERE = (
    ("Up, Down", "Next or previous row of a list"),
    ("Delete", "Remove the chosen image (in the image list)"),
    ("Escape", "Empty a search field, close the palette"),
)


def shortcuts_window(actions: Actions, parent: QWidget) -> QDialog:
    """A window with all commands that have a shortcut, under their headings; not yet shown."""
    dialog = _window("Keyboard shortcuts", parent)
    dialog.resize(460, 620)
    content = QWidget()
    grid = QGridLayout(content)
    grid.setContentsMargins(18, 8, 18, 18)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(1, 1)
    for group in actions.groups():
        heading = QLabel(group)
        set_text_role(heading, "heading")
        heading.setContentsMargins(0, 10, 0, 2)
        grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
        for action in actions.in_group(group):
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            if keys:
                _add_row(grid, keys, action.text().removesuffix("…"))
    heading = QLabel("In lists and fields")
    set_text_role(heading, "heading")
    heading.setContentsMargins(0, 10, 0, 2)
    grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
    for keys, text in _ELSEWHERE:
        _add_row(grid, keys, text)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(content)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 4, 0, 4)
    column.addWidget(area)
    return dialog


def about_window(parent: QWidget) -> QDialog:
    """What this program is, its version and its licences; not yet shown."""
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
        f"MIT licence. Made with Qt {qt_version} (LGPL), ONNX Runtime (MIT)\n"
        "and the type family Inter (SIL Open Font License)."
    )
    set_text_role(words, "secondary")
    column = QVBoxLayout(dialog)
    column.setContentsMargins(28, 24, 28, 24)
    column.setSpacing(10)
    for label in (mark, title, words):
        column.addWidget(label, 0, Qt.AlignmentFlag.AlignLeft)
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
