"""Composition: builds worker, controller and window, and connects them. Nothing else decides here.

The window is shown before any model is loaded, so that it is there at once.
"""

import contextlib
import faulthandler
import logging
import signal
import sys
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from desktop_app import paths
from desktop_app.controller import Controller
from desktop_app.conversation import Replies
from desktop_app.core.errors import OutputError
from desktop_app.core.records import ProviderChoice
from desktop_app.settings import Settings, load_settings, save_settings
from desktop_app.state import LensState
from desktop_app.transitions import add_notice
from desktop_app.views.file_dialogs import keep_dialog_settings_in
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import load_resources
from desktop_app.worker import Worker

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
    named: tuple[Path, ...], *, model: str | None = None, provider: ProviderChoice | None = None
) -> int:
    """Run the window until it is closed; returns the exit status.

    Args:
        named: Pictures, folders and models from the command line.
        model: A listed name or a path; None opens what was open last, else the default.
        provider: None asks for what was asked for last.
    """
    faulthandler.enable()
    with log_file(paths.log_folder()):
        return _run(named, model, provider)


def _run(named: tuple[Path, ...], model: str | None, provider: ProviderChoice | None) -> int:
    qInstallMessageHandler(_log_qt_message)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("residual-lens")
    application.setApplicationDisplayName("Residual Lens")
    application.setDesktopFileName("residual-lens")
    load_resources(paths.resources())
    keep_dialog_settings_in(paths.settings_file().parent)
    settings, damaged = load_settings(paths.settings_file())
    state = _remembered(settings, provider, damaged)
    lens = Lens(state, settings)
    sys.excepthook = lens.report_exception
    lens.window.restore_layout(settings.layout)
    lens.window.show()
    QTimer.singleShot(0, lambda: lens.start(named, model or settings.model))
    _let_python_see_interrupts(application)
    status = application.exec()
    lens.close()
    return status


class Lens:
    """The program's parts, put together."""

    def __init__(self, state: LensState, settings: Settings | None = None) -> None:
        """Build everything; nothing works yet.

        Args:
            state: What the window begins with.
            settings: What was remembered; what is not chosen anew in the window stays so.
        """
        self._settings = settings or Settings()
        self.window = MainWindow()
        self.replies = Replies()
        self.worker = Worker(
            self.replies.arrived.emit,
            model_folders=(paths.user_models(), paths.bundled_models()),
        )
        self.controller = Controller(self.window, self.worker, state, samples=paths.samples())
        self._connect()
        self.window.render(state)

    def start(self, named: tuple[Path, ...], model: str | None) -> None:
        """Begin to work; called once the window is on screen, because imports take their time."""
        self.worker.start()
        self.controller.start(named, model)

    def _connect(self) -> None:
        window, controller = self.window, self.controller
        self.replies.arrived.connect(controller.receive)
        window.paths_opened.connect(controller.open_paths)
        window.source_received.connect(controller.open_source)
        window.samples_requested.connect(controller.open_samples)
        window.image_chosen.connect(controller.choose_image)
        window.image_removed.connect(controller.remove_image)
        window.images_cleared.connect(controller.clear_images)
        window.layer_chosen.connect(controller.choose_layer)
        window.layer_stepped.connect(controller.step_layer)
        window.channel_chosen.connect(controller.choose_channel)
        window.model_chosen.connect(controller.choose_model)
        window.provider_chosen.connect(controller.choose_provider)
        window.options_changed.connect(controller.change_options)
        window.cancel_requested.connect(controller.cancel)
        window.notice_dismissed.connect(controller.dismiss_notice)
        window.copy_predictions_requested.connect(controller.copy_predictions)
        window.thumbnails_wanted.connect(controller.want_thumbnails)
        window.drop_refused.connect(controller.refuse_drop)

    def report_exception(
        self,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        """``sys.excepthook``: a slot that fails is logged and said, and the window goes on."""
        if issubclass(kind, KeyboardInterrupt):
            self.window.close()
            return
        _log.critical("Unexpected error", exc_info=(kind, error, traceback))
        self.controller.report_crash(f"{kind.__name__}: {error}")

    def close(self) -> None:
        """Stop the worker, also in mid-run, and remember the window."""
        if not self.worker.close():
            _log.error("The worker did not stop in time")
        state = self.controller.state
        settings = Settings(
            options=state.options,
            layout=self.window.window_layout(),
            recent=tuple(str(path) for path in state.recent),
            model=self.controller.chosen_model or self._settings.model,
            provider=self.controller.chosen_provider or self._settings.provider,
            layer=state.layer,
        )
        try:
            save_settings(paths.settings_file(), settings)
        except OutputError as error:
            _log.warning("%s", error)


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
