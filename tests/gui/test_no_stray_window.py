"""The program shows one window. A part shown before it has its parent flashes as a window."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.views.main_window import MainWindow


class ShownWindows(QObject):
    """Writes down every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.kinds.append(type(watched).__name__)
        return False


def test_nothing_but_the_main_window_is_shown(qapp: QApplication, qtbot: QtBot) -> None:
    shown = ShownWindows()
    qapp.installEventFilter(shown)
    try:
        window = MainWindow()
        qtbot.addWidget(window)
        window.show()
        window.complete()
    finally:
        qapp.removeEventFilter(shown)
    assert shown.kinds == ["MainWindow"]
