"""A switch that stops work: thrown by any thread, watched by the one that works."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from desktop_app.core.errors import Cancelled


class Cancellation:
    """Thrown once, never reset. Safe to throw from any thread, any number of times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thrown = False
        self._stops: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._thrown

    def cancel(self) -> None:
        """Ask to stop; whatever registered with :meth:`stopping` is stopped at once."""
        with self._lock:
            self._thrown = True
            stops = tuple(self._stops)
        for stop in stops:
            stop()

    def raise_if_cancelled(self) -> None:
        """Raise :class:`Cancelled` when somebody asked to stop."""
        if self._thrown:
            raise Cancelled

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """While inside, :meth:`cancel` also calls ``stop`` (from the cancelling thread)."""
        with self._lock:
            self._stops.append(stop)
            thrown = self._thrown
        try:
            if thrown:
                raise Cancelled
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)
