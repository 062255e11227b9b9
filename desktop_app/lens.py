"""What stands behind the window: controller and worker, and what connects them with it.

Imported and built once the window is on screen: none of it shows in the window's first picture.
"""

import logging
from pathlib import Path
from types import TracebackType
from typing import Final

from desktop_app import paths
from desktop_app.controller import Controller
from desktop_app.conversation import Replies
from desktop_app.core.errors import OutputError
from desktop_app.settings import Settings, save_settings
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from desktop_app.worker import Worker

_log: Final = logging.getLogger(__name__)


class Lens:
    """The program's parts, put together."""

    def __init__(
        self, window: MainWindow, state: LensState, settings: Settings | None = None
    ) -> None:
        """Build everything; nothing works yet.

        Args:
            window: May be on screen already.
            state: What the window begins with.
            settings: What was remembered; what is not chosen anew in the window stays so.
        """
        self._settings = settings or Settings()
        self.window = window
        window.complete()
        self.replies = Replies()
        self.worker = Worker(
            self.replies.arrived.emit,
            model_folders=(paths.user_models(), paths.bundled_models()),
        )
        self.controller = Controller(window, self.worker, state, samples=paths.samples())
        self._connect()
        window.render(state)

    def start(self, named: tuple[Path, ...], model: str | None) -> None:
        """Begin to work.

        Args:
            named: Pictures, folders and models to open.
            model: A listed name or a path; None means the default.
        """
        self.worker.start()
        self.controller.start(named, model)

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
