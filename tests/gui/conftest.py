"""Every widget is tested as it is shown: bundled type, icons and the dark roles."""

from collections.abc import Iterator
from functools import partialmethod
from typing import Final

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app import paths
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import DARK, STYLE_ARGUMENTS, apply_theme, load_resources

PATIENCE_MS: Final = 30_000
_ELSEWHERE: Final = QPoint(5000, 5000)
"""Where no test has a window."""


class PatientBot(QtBot):
    """Waits longer than the five seconds of its kind: a machine with other work needs them."""

    waitActive = partialmethod(QtBot.waitActive, timeout=PATIENCE_MS)  # noqa: N815 - its names
    waitExposed = partialmethod(QtBot.waitExposed, timeout=PATIENCE_MS)  # noqa: N815 - its names
    waitSignal = partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS)  # noqa: N815 - its names
    waitUntil = partialmethod(QtBot.waitUntil, timeout=PATIENCE_MS)  # noqa: N815 - its names


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says of every window what it cannot do (size hints, raising)."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["residual-lens", *STYLE_ARGUMENTS]


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's, with patience."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    load_resources(paths.resources())
    apply_theme(qapp, DARK)
    QCursor.setPos(_ELSEWHERE)  # where the test before left it, a window of this one may open
    yield
    qapp.clipboard().clear()


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """The whole window on screen, everything behind its first picture built."""
    window = MainWindow()
    qtbot.addWidget(window)
    window.complete()
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    return window
