"""The window with a crash report: to read, to copy, and to find on the disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.crash_report import read_report, written_at
from desktop_app.views.theme import set_text_role

_SIZE: Final = QSize(780, 620)
_TEXT_PX: Final = 13


class ReportWindow(QDialog):
    """Shows one report at a time, read when it is chosen: at most 64 KB, from the log's folder."""

    def __init__(self, reports: Sequence[Path], chosen: Path, parent: QWidget) -> None:
        """Build the window; not yet shown.

        Args:
            reports: What can be chosen, newest first.
            chosen: Shown first.
            parent: The main window, which stays usable.
        """
        super().__init__(parent)
        self.setWindowTitle("Crash report")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = QLabel("Crash report")
        set_text_role(title, "title")
        self.choice = QComboBox()
        self.choice.setAccessibleName("Which report")
        self._reports = tuple(reports) if chosen in reports else (chosen, *reports)
        self.choice.addItems([_title(path) for path in self._reports])
        self.choice.setVisible(len(self._reports) > 1)
        self.text = _report_text()
        self.copy_button = QPushButton("Copy")
        self.copy_button.setProperty("primary", True)
        self.folder_button = QPushButton("Open folder")
        self.close_button = QPushButton("Close")
        self.said = QLabel()
        set_text_role(self.said, "secondary")
        self._arrange(title)
        for button in (self.copy_button, self.folder_button, self.close_button):
            button.setAutoDefault(False)
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.copy_button.clicked.connect(self._copy)
        self.folder_button.clicked.connect(self._open_folder)
        self.close_button.clicked.connect(self.close)
        self.choice.setCurrentIndex(self._reports.index(chosen))
        self._on_chosen()
        self.text.setFocus()
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(40, 60)))

    def _arrange(self, title: QLabel) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self.choice)
        bottom.setSpacing(8)
        bottom.addWidget(self.copy_button)
        bottom.addWidget(self.folder_button)
        bottom.addWidget(self.said, 1)
        bottom.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.text, 1)
        column.addLayout(bottom)

    @property
    def _path(self) -> Path:
        return self._reports[self.choice.currentIndex()]

    @Slot()
    def _on_chosen(self) -> None:
        self.text.setPlainText(read_report(self._path))
        self.said.clear()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.said.setText("Copied")

    @Slot()
    def _open_folder(self) -> None:
        folder = self._path.parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.said.setText(f"It lies in {folder}")


def _report_text() -> QPlainTextEdit:
    """Text to read and to select, in a type in which columns and carets stay in line."""
    text = QPlainTextEdit()
    text.setAccessibleName("The report")
    text.setReadOnly(True)
    text.setTabChangesFocus(True)
    text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    fixed.setPixelSize(_TEXT_PX)
    text.setFont(fixed)
    return text


def _title(path: Path) -> str:
    when = written_at(path)
    return path.stem if when is None else f"{when.astimezone():%Y-%m-%d %H:%M:%S}"
