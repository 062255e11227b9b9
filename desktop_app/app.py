"""Begins and ends the program: settings, window, log. What stands behind the window is in ``lens``.

The window is on screen before anything is imported that it does not show, so that it is there at
once.
"""

import contextlib
import faulthandler
import logging
import signal
import sys
from collections.abc import Iterator
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from desktop_app import paths
from desktop_app.core.records import ProviderChoice
from desktop_app.first_process import Standing
from desktop_app.settings import Settings, load_settings
from desktop_app.state import LensState
from desktop_app.transitions import add_notice
from desktop_app.views.file_dialogs import keep_dialog_settings_in
from desktop_app.views.first_paint import FirstPaint
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import load_resources

if TYPE_CHECKING:
    from desktop_app.arrivals import Arrivals
    from desktop_app.lens import Lens

_log: Final = logging.getLogger(__name__)
_QT_LEVELS: Final = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_INTERRUPT_POLL_MS: Final = 200
_LOG_BYTES: Final = 2**20
_OLDER_LOGS: Final = 2


def open_window(
    named: tuple[Path, ...],
    *,
    model: str | None = None,
    provider: ProviderChoice | None = None,
    standing: Standing | None = None,
) -> int:
    """Run the window until it is closed; returns the exit status.

    Args:
        named: Pictures, folders and models from the command line.
        model: A listed name or a path; None opens what was open last, else the default.
        provider: None asks for what was asked for last.
        standing: What this process is among those of one person; None for one that stands alone.
    """
    faulthandler.enable()
    with log_file(paths.log_folder()):
        return _run(named, model, provider, standing or Standing())


def _run(
    named: tuple[Path, ...],
    model: str | None,
    provider: ProviderChoice | None,
    standing: Standing,
) -> int:
    qInstallMessageHandler(_log_qt_message)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("residual-lens")
    application.setApplicationDisplayName("Residual Lens")
    application.setDesktopFileName("residual-lens")
    load_resources(paths.resources())
    keep_dialog_settings_in(paths.settings_file().parent)
    settings, damaged = load_settings(paths.settings_file())
    state = _told_why_alone(_remembered(settings, provider, damaged), standing)
    program = Program(state, settings, standing)
    program.show(named, model or settings.model)
    _let_python_see_interrupts(application)
    status = application.exec()
    program.close()
    return status


class Program:
    """The window at once, and everything else when the window is on screen.

    Attributes:
        window: The one window.
        lens: What stands behind it; None until then.
    """

    def __init__(self, state: LensState, settings: Settings, standing: Standing) -> None:
        """Build the window.

        Args:
            state: What it begins with.
            settings: What was remembered.
            standing: Hears of later starts as soon as there is a lens.
        """
        self._state = state
        self._settings = settings
        self._standing = standing
        self.window = MainWindow()
        self.window.render(state)
        self.window.restore_layout(settings.layout)
        self.lens: Lens | None = None
        self._arrivals: Arrivals | None = None

    def show(self, named: tuple[Path, ...], model: str | None) -> None:
        """Show the window; the rest begins by itself."""
        FirstPaint(self.window).over.connect(partial(self._begin, named, model))
        self.window.show()

    def close(self) -> None:
        """End what has begun, and remember the window; a later start may then be the first."""
        self._standing.stop_listening()
        if self.lens is not None:
            self.lens.close()
        self._standing.close()

    def _begin(self, named: tuple[Path, ...], model: str | None) -> None:
        from desktop_app.arrivals import Arrivals  # noqa: PLC0415 - as the next
        from desktop_app.lens import Lens  # noqa: PLC0415 - not needed for the first picture

        self.lens = Lens(self.window, self._state, self._settings)
        sys.excepthook = self.lens.report_exception
        self.lens.start(named, model)
        self._arrivals = Arrivals(self.lens.controller, self.window)
        self._standing.listen(self._arrivals.arrived.emit)


@contextlib.contextmanager
def log_file(folder: Path) -> Iterator[None]:
    """Write warnings and worse also to ``residual-lens.log`` in ``folder``, meanwhile.

    At most three files of 1 MB are kept. A folder that cannot be written to costs the log file
    and nothing else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writer = RotatingFileHandler(
            folder / "residual-lens.log",
            maxBytes=_LOG_BYTES,
            backupCount=_OLDER_LOGS,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        _log.warning("There is no log file: %s", error)
        yield
        return
    writer.setLevel(logging.WARNING)
    writer.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(writer)
    try:
        yield
    finally:
        root.removeHandler(writer)
        writer.close()


def _remembered(
    settings: Settings, provider: ProviderChoice | None, damaged: Path | None
) -> LensState:
    state = LensState(
        options=settings.options,
        recent=tuple(Path(name) for name in settings.recent),
        provider_choice=provider or settings.provider,
        layer=settings.layer,
    )
    if damaged is None:
        return state
    return add_notice(
        state,
        "warning",
        "The settings could not be read",
        why="the file is damaged; the defaults are used",
        remedy=f"The damaged file was kept as {damaged}.",
    )


def _told_why_alone(state: LensState, standing: Standing) -> LensState:
    if not standing.obstacle:
        return state
    return add_notice(
        state,
        "warning",
        "This is a window of its own",
        why=standing.obstacle,
        remedy="Close that one, if it stays so.",
    )


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    category = context.category
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s: %s", category, message)


def _let_python_see_interrupts(application: QApplication) -> None:
    """Close on Ctrl+C and on SIGTERM: Python's handlers only run when its interpreter does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: application.closeAllWindows())
    timer = QTimer(application)
    timer.timeout.connect(lambda: None)
    timer.start(_INTERRUPT_POLL_MS)
