"""The thread that writes the settings: the window's own never waits for a disk.

A home may lie on a network drive, and a file that is safe against a power cut takes its time. The
newest settings are written; what was handed over meanwhile is passed over. What could not be
written is tried once more at the end.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from desktop_app.core.errors import OutputError
from desktop_app.settings import Settings, save_settings

_log: Final = logging.getLogger(__name__)


class SettingsKeeper:
    """Takes settings from any thread, and writes them from its own."""

    def __init__(self, path: Path, on_failure: Callable[[OutputError], None]) -> None:
        """Prepare the thread; the first :meth:`keep` starts it.

        Args:
            path: The settings file.
            on_failure: Called from the thread at the first of several writes that fail in a row.
        """
        self._path = path
        self._on_failure = on_failure
        self._wake = threading.Condition()
        self._waiting: Settings | None = None
        self._unwritten: Settings | None = None
        self._closing = False
        self._has_failed = False
        self._thread: threading.Thread | None = None

    def keep(self, settings: Settings) -> None:
        """Have ``settings`` written; returns at once."""
        with self._wake:
            self._waiting = settings
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="lens-settings", daemon=True
                )
                self._thread.start()
            self._wake.notify()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Write what is left and end the thread; True when it has ended in time."""
        with self._wake:
            self._closing = True
            self._wake.notify()
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _work(self) -> None:
        while (settings := self._next()) is not None:
            self._save(settings)
        if self._unwritten is not None:
            self._save(self._unwritten)

    def _save(self, settings: Settings) -> None:
        try:
            self._try_to_save(settings)
        except Exception as error:  # noqa: BLE001 - told as if it had ended the thread
            thread = threading.current_thread()
            threading.excepthook(
                threading.ExceptHookArgs((type(error), error, error.__traceback__, thread))
            )

    def _try_to_save(self, settings: Settings) -> None:
        self._unwritten = settings
        try:
            save_settings(self._path, settings)
        except OutputError as error:
            _log.warning("%s", error)
            if not self._has_failed:
                self._has_failed = True
                self._on_failure(error)
        else:
            self._has_failed, self._unwritten = False, None

    def _next(self) -> Settings | None:
        with self._wake:
            while self._waiting is None and not self._closing:
                self._wake.wait()
            settings, self._waiting = self._waiting, None
            return settings
