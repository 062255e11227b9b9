"""The window's dealings with the worker: the state between, what was asked, what came back.

Holds the only current state. Each area of intentions builds on it: it asks, takes the replies of
its own types, and lets the state become another one. An answer that nobody waits for any more is
dropped in silence, a failure never is.
"""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app import transitions
from desktop_app.core.errors import LensError
from desktop_app.core.records import Pixels
from desktop_app.messages import Crashed
from desktop_app.messages.base import Reply, Request
from desktop_app.state import LensState, NoticeAction, Severity, ShowReport
from desktop_app.view_history import recorded

R = TypeVar("R", bound=Reply)


class Display(Protocol):
    """What the controller needs of a window."""

    def render(self, state: LensState) -> None:
        """Show a snapshot."""

    def set_thumbnail(self, number: int, pixels: Pixels) -> None:
        """A row's small picture, uint8 (h, w, 3)."""

    def set_clipboard_text(self, text: str) -> None:
        """Put text on the clipboard."""

    def set_clipboard_picture(self, pixels: Pixels, png: bytes) -> None:
        """Put a picture on the clipboard: uint8 (h, w, 3), and the same as a file."""


class Requests(Protocol):
    """What the controller needs of a worker."""

    def submit(self, request: Request) -> None:
        """Ask for something; returns at once."""

    def cancel(self, kind: type[Request]) -> None:
        """Stop the newest request of that type."""


class Replies(QObject):
    """Carries replies from the worker's thread to the window's.

    Lives as long as the program, because a signal dies with its object.
    """

    arrived = Signal(object)


class Conversation(QObject):
    """Owns the state, asks the worker, and hands out its replies. Lives in the window's thread.

    Signals:
        became: Every new :class:`~desktop_app.state.LensState`, after it has been rendered.
    """

    became = Signal(object)

    def __init__(self, display: Display, worker: Requests, state: LensState) -> None:
        super().__init__()
        self._display = display
        self._worker = worker
        self._state = state
        self._numbers = itertools.count(1)
        self._takers: dict[type[Reply], list[Callable[[Any], None]]] = {}
        # Of each type of request, the newest one's number, and who waits for its answer.
        self._waiting: dict[type[Request], tuple[int, Callable[[str], None]]] = {}
        self.on(Crashed, self._end_waiting)

    @property
    def state(self) -> LensState:
        """The current snapshot."""
        return self._state

    @property
    def display(self) -> Display:
        """The window."""
        return self._display

    def become(self, state: LensState) -> None:
        """Let ``state`` be the current one, with the way back to this one, and show it."""
        if state is not self._state:
            self._state = recorded(self._state, state)
            self._display.render(self._state)
            self.became.emit(self._state)

    # --- the worker ----------------------------------------------------------------------------

    def ask(
        self, make: Callable[[int], Request], *, crashed: Callable[[str], None] | None = None
    ) -> int:
        """Ask the worker for something.

        Args:
            make: Makes the request, given its number.
            crashed: Told why in place of an answer where a programmer's error prevents it, unless
                something newer of the type has been asked by then. The error has its notice.

        Returns:
            The number, which the answers will carry.
        """
        number = next(self._numbers)
        request = make(number)
        if crashed is not None:
            self._waiting[type(request)] = number, crashed
        self._worker.submit(request)
        return number

    def cancel_request(self, kind: type[Request]) -> None:
        """Stop the newest request of that type."""
        self._worker.cancel(kind)

    def on(self, kind: type[R], take: Callable[[R], None]) -> None:
        """Have every reply of a type given to ``take``, after those who asked for it earlier."""
        self._takers.setdefault(kind, []).append(take)

    @Slot(object)
    def receive(self, reply: Reply) -> None:
        """Take one of the worker's replies.

        Raises:
            NotImplementedError: Nobody takes replies of its type.
        """
        takers = self._takers.get(type(reply))
        if not takers:
            raise NotImplementedError(type(reply).__name__)
        for take in takers:
            take(reply)

    def _end_waiting(self, reply: Crashed) -> None:
        for kind, (number, crashed) in tuple(self._waiting.items()):
            if number == reply.number:
                del self._waiting[kind]
                crashed(reply.message)

    # --- notices -------------------------------------------------------------------------------

    def notice_error(self, error: LensError) -> None:
        """Show a failure; what is on screen stays."""
        what = error.what[:1].upper() + error.what[1:]
        self.notice("error", what, why=error.why, remedy=error.remedy)

    def report_crash(self, message: str, report: Path | None = None) -> None:
        """Show a programmer's error; it is in the log already, and in ``report``."""
        if report is not None and report not in self._state.reports:
            self.become(transitions.list_reports(self._state, (report, *self._state.reports)))
        self.notice(
            "error",
            "Something in the program went wrong",
            why=message,
            remedy="Please report it; the log has the details." if report is None else "",
            action=None if report is None else ShowReport(report),
        )

    def notice(
        self,
        severity: Severity,
        what: str,
        *,
        why: str,
        remedy: str = "",
        action: NoticeAction | None = None,
    ) -> None:
        """Say something; see :func:`~desktop_app.transitions.add_notice`."""
        self.become(
            transitions.add_notice(
                self._state, severity, what, why=why, remedy=remedy, action=action
            )
        )
