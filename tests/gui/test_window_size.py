"""The window's first size, and where Qt keeps what its file dialog remembers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_app.views.main_window import MainWindow
from desktop_app.views.window_size import first_size

_OPEN_AND_CLOSE = """
from PySide6.QtWidgets import QApplication, QWidget
from desktop_app import paths
from desktop_app.views.file_dialogs import FileDialogs, keep_dialog_settings_in

application = QApplication([])
keep_dialog_settings_in(paths.settings_file().parent)
window = QWidget()
dialog = FileDialogs(window).ask_for_model()
dialog.reject()
application.processEvents()
application.sendPostedEvents(None, 0)
"""


@pytest.mark.parametrize(
    ("screen", "wanted"),
    [
        (QSize(1920, 1080), QSize(1440, 900)),
        (QSize(1280, 800), QSize(1278, 768)),
        (QSize(1600, 860), QSize(1440, 828)),
    ],
)
def test_first_size_fits_the_screen_with_a_title_bar(screen: QSize, wanted: QSize) -> None:
    assert first_size(screen) == wanted


def test_window_opens_no_larger_than_the_screen(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    available = QGuiApplication.primaryScreen().availableSize()
    assert window.size() == first_size(available)


def test_restored_window_is_no_larger_than_the_screen(qtbot: QtBot) -> None:
    window, other = MainWindow(), MainWindow()
    for each in (window, other):
        qtbot.addWidget(each)
    window.resize(5000, 4000)
    other.restore_layout(window.window_layout())
    available = QGuiApplication.primaryScreen().availableSize()
    smallest = other.minimumSizeHint()
    assert other.width() <= max(available.width(), smallest.width())
    assert other.height() <= max(available.height(), smallest.height())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the dialog is native")
def test_file_dialog_leaves_nothing_in_the_home_but_in_our_folder(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("XDG_")
    } | {"HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-c", _OPEN_AND_CLOSE], env=environment, check=True, timeout=60)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.relative_to(tmp_path) for path in kept if "cache" not in str(path)] == [
        Path(".config/residual-lens/QtProject.conf")
    ]
