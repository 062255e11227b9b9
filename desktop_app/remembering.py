"""Hands the settings over to be written whenever something worth remembering has changed.

At most once a second: a splitter that is dragged says so sixty times. So a kill costs the last
second's changes, and never the file.
"""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QSplitter

from desktop_app.controller import Controller
from desktop_app.settings import Settings
from desktop_app.settings_keeper import SettingsKeeper
from desktop_app.views.main_window import MainWindow

_PAUSE_MS: Final = 1000
_CHANGES_GEOMETRY: Final = (
    QEvent.Type.Resize,
    QEvent.Type.Move,
    QEvent.Type.WindowStateChange,
)


class Remembering(QObject):
    """Watches the window and the state; owned by the window's thread."""

    def __init__(
        self,
        window: MainWindow,
        controller: Controller,
        remembered: Settings,
        keeper: SettingsKeeper,
    ) -> None:
        """Begin to watch.

        Args:
            window: Its geometry counts as a change.
            controller: Its state, and what was chosen in the window.
            remembered: From the last time; what is not chosen anew in the window stays so.
            keeper: Writes.
        """
        super().__init__()
        self._window = window
        self._controller = controller
        self._remembered = remembered
        self._keeper = keeper
        self._kept: Settings | None = None
        self._is_open = True
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._keep)
        controller.became.connect(self._on_change)
        window.installEventFilter(self)
        for splitter in window.findChildren(QSplitter):
            splitter.splitterMoved.connect(self._on_change)
        for action in window.commands.panels.values():
            action.toggled.connect(self._on_change)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice that the window was moved, resized or maximised."""
        if event.type() in _CHANGES_GEOMETRY:
            self._on_change()
        return super().eventFilter(watched, event)

    def close(self) -> bool:
        """Have the last state written; True when that was done in time."""
        if self._is_open:
            self._is_open = False
            self._pause.stop()
            self._window.removeEventFilter(self)
            self._keep()
        return self._keeper.close()

    @Slot()
    def _on_change(self, *_: object) -> None:
        if self._is_open and not self._pause.isActive():
            self._pause.start()

    @Slot()
    def _keep(self) -> None:
        settings = self._settings()
        if settings != self._kept:
            self._kept = settings
            self._keeper.keep(settings)

    def _settings(self) -> Settings:
        state = self._controller.state
        return Settings(
            options=state.options,
            layout=self._window.window_layout(),
            recent=tuple(str(path) for path in state.recent),
            model=self._controller.chosen_model or self._remembered.model,
            provider=self._controller.chosen_provider or self._remembered.provider,
            layer=state.layer,
            cuda_folder=self._controller.cuda_folder_to_keep(self._remembered.cuda_folder),
        )
