"""What a test may not leave behind: running threads, active timers, top-level windows.

Qt is looked at only where a test has loaded it. Python calls of ``start`` are recorded, because
Qt keeps no list of timers and threads to ask.
"""

import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

# Started once and kept by their libraries: tqdm's monitor of stalled progress bars, and threads
# which Python only met because they called into it.
KEPT_THREADS = ("TMonitor", "_DummyThread")


class LeakGuard:
    """Watches from its making until :meth:`close`; then :meth:`leaks` tells what is left."""

    def __init__(self, *, patience_s: float = 30) -> None:
        """Begin to watch.

        Args:
            patience_s: How long a thread may take to end that has been told to; a machine with
                other work needs a while.
        """
        self._patience_s = patience_s
        self._threads = set(threading.enumerate())
        self._started: list[weakref.ref[Any]] = []
        self._restore: list[Callable[[], None]] = []
        self._windows: set[int] = set()
        core = sys.modules.get("PySide6.QtCore")
        if core is not None:
            self._record(core.QTimer)
            self._record(core.QThread)
            self._windows = {_address(window) for window in _windows()}

    def _record(self, kind: Any) -> None:
        start = kind.start

        def recording(started: Any, *arguments: Any) -> None:
            self._started.append(weakref.ref(started))
            start(started, *arguments)

        kind.start = recording
        self._restore.append(lambda: setattr(kind, "start", start))

    def close(self) -> None:
        """Stop watching."""
        for restore in self._restore:
            restore()

    def leaks(self) -> list[str]:
        """Return what was started since and is still there, each in a phrase."""
        found = self._find()
        if found:  # perhaps only a cycle which Python has not collected yet
            gc.collect()
            self._let_threads_end()
            found = self._find()
        return found

    def _let_threads_end(self) -> None:
        deadline = time.monotonic() + self._patience_s
        for thread in self._new_threads():
            thread.join(max(deadline - time.monotonic(), 0))

    def _new_threads(self) -> list[threading.Thread]:
        return [
            thread
            for thread in threading.enumerate()
            if thread not in self._threads and type(thread).__name__ not in KEPT_THREADS
        ]

    def _find(self) -> list[str]:
        threads = [f"thread {thread.name}" for thread in self._new_threads()]
        if "PySide6.QtCore" not in sys.modules:
            return threads
        _finish_deletions()
        objects = [
            f"{'timer' if hasattr(started, 'isActive') else 'thread'} {_name(started)}"
            for reference in self._started
            if (started := reference()) is not None and _is_alive(started)
        ]
        windows = [
            f"window {_name(window)}"
            for window in _windows()
            if _address(window) not in self._windows
        ]
        return threads + objects + windows


def _finish_deletions() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _is_alive(started: Any) -> bool:
    import shiboken6

    if not shiboken6.isValid(started):
        return False
    return bool(started.isActive() if hasattr(started, "isActive") else started.isRunning())


def _windows() -> list[Any]:
    """Return the top-level widgets that nobody owns, without Qt's own tooltip label."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or not isinstance(widgets.QApplication.instance(), widgets.QApplication):
        return []
    return [
        widget
        for widget in widgets.QApplication.topLevelWidgets()
        if widget.parent() is None and not widget.inherits("QTipLabel")
    ]


def _address(window: Any) -> int:
    """Return what tells windows apart; Python's wrappers of them come and go."""
    import shiboken6

    return int(shiboken6.getCppPointer(window)[0])


def _name(thing: Any) -> str:
    return f"{type(thing).__name__} {thing.objectName()!r}"
