"""The window with the licences of what is bundled: a list, and the text of the chosen one."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop_app.views.theme import font

_SIZE: Final = QSize(980, 600)
_LIST_WIDTH: Final = 210
_MARGIN: Final = 16
_OWN: Final = "residual-lens"
_TITLES: Final = {
    _OWN: "Residual Lens",
    "Inter": "Inter, the type family",
    "everyday": "Everyday things, the model",
    "samples": "Samples",
    "third-party": "Libraries",
}
"""Of the files that are known; every other file is listed by its name."""


def licences_window(folder: Path, parent: QWidget) -> QDialog:
    """Every ``.txt`` of ``folder``, the program's own first, to be read; not yet shown."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Licences")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    text = QTextBrowser()
    text.setAccessibleName("The licence")
    text.setFont(font(13))
    names = QListWidget()
    names.setAccessibleName("Licences")
    names.setFixedWidth(_LIST_WIDTH)
    names.setSpacing(3)
    for path in sorted(folder.glob("*.txt"), key=_place):
        item = QListWidgetItem(_TITLES.get(path.stem, path.stem), names)
        item.setData(Qt.ItemDataRole.UserRole, path)
    names.currentItemChanged.connect(lambda item: text.setPlainText(_content(item)))
    names.setCurrentRow(0)
    close = QPushButton("Close")
    close.clicked.connect(dialog.close)
    close.setDefault(True)
    line = QHBoxLayout()
    line.setSpacing(12)
    line.addWidget(names)
    line.addWidget(text, 1)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    column.setSpacing(12)
    column.addLayout(line, 1)
    column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
    dialog.resize(_SIZE.boundedTo(dialog.screen().availableSize() - QSize(40, 60)))
    return dialog


def _place(path: Path) -> tuple[bool, str]:
    return path.stem != _OWN, path.stem.casefold()


def _content(item: QListWidgetItem | None) -> str:
    if item is None:
        return ""
    path: Path = item.data(Qt.ItemDataRole.UserRole)
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}."
