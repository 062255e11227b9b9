"""The first process's thread that hears of later starts, once the window is there."""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Final

from desktop_app.first_process.meeting import REFUSED, TAKEN, Caller, Door
from desktop_app.first_process.message import Start, decode

_log: Final = logging.getLogger(__name__)
_END_S: Final = 3.0


class Visit:
    """A later process that waits to hear that its start was taken.

    Attributes:
        start: What it was asked for.
        is_over: Whether it has been answered or left.
    """

    def __init__(self, start: Start, caller: Caller) -> None:
        self.start = start
        self.is_over = False
        self._caller = caller

    def take(self) -> bool:
        """Take it over; False when the other has given up waiting and opens its own window."""
        try:
            self._caller.answer(TAKEN)
        except OSError:
            return False
        finally:
            self.leave()
        return True

    def leave(self) -> None:
        """Part without an answer: the other looks anew who is first."""
        self.is_over = True
        self._caller.close()


class Listening:
    """Hears of later starts until :meth:`close`."""

    def __init__(
        self,
        door: Door,
        deliver: Callable[[Visit], None],
        on_failure: Callable[[], None],
    ) -> None:
        """Begin.

        Args:
            door: Where they come in; closed at the end.
            deliver: Called from the thread. Whoever is told takes the visit from the window's
                thread: a window that hangs answers nobody.
            on_failure: Called from the thread when nobody can be heard of any more; the door is
                closed by then.
        """
        self._door = door
        self._deliver = deliver
        self._on_failure = on_failure
        self._is_closing = False
        self._has_failed = False
        self._visits: list[Visit] = []
        self._thread = threading.Thread(target=self._listen, name="later-starts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear of nobody any more; who still waits becomes the first."""
        self._is_closing = True
        with contextlib.suppress(OSError):  # closed by the thread, after a failure
            self._door.wake()
        self._thread.join(_END_S)
        if not self._has_failed:
            self._door.close()
        for visit in self._visits:
            if not visit.is_over:
                visit.leave()

    def _listen(self) -> None:
        try:
            while (caller := self._door.wait()) is not None:
                self._hear(caller)
        except OSError as error:
            _log.warning("Later starts are heard of no more: %s", error)
            self._has_failed = True
            with contextlib.suppress(OSError):
                self._door.close()
            self._on_failure()

    def _hear(self, caller: Caller) -> None:
        try:
            visit = Visit(decode(caller.read()), caller)
        except (OSError, ValueError) as error:
            if self._is_closing:
                caller.close()  # it was cut short, and looks anew who is first
                return
            _log.warning("A later start was not understood: %s", error)
            _refuse(caller)
            return
        self._visits = [*(v for v in self._visits if not v.is_over), visit]
        self._deliver(visit)


def _refuse(caller: Caller) -> None:
    try:
        caller.answer(REFUSED)
    except OSError:
        pass  # it has gone
    finally:
        caller.close()
