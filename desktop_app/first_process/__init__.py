"""One process for each person and screen: a later start hands its files to the first.

Runs before Qt is imported, so that a later start ends within tens of milliseconds. A lock that
dies with its holder says who is first; a socket (on Windows a named pipe) carries what the later
start was asked for, and the answer. Whatever goes wrong here, a window opens.
"""

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop_app.first_process.meeting import Answer, Meeting, screen_name
from desktop_app.first_process.message import SIZE_LIMIT, Start, encode, start_from_here

if TYPE_CHECKING:  # a later start needs no thread
    from desktop_app.first_process.listening import Listening, Visit

__all__ = ["Patience", "Standing", "Start", "claim", "meet_in", "start_from_here"]

_log: Final = logging.getLogger(__name__)
_OBSTACLES: Final[dict[Answer, str]] = {
    "silence": "the first one does not answer",
    "refused": "the first one did not understand, as another version might not",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for the first process, in seconds.

    Attributes:
        answer_s: Once it listens.
        start_s: Until it listens, or has ended and made room.
        pause_s: Between two looks.
    """

    answer_s: float = 5.0
    start_s: float = 15.0
    pause_s: float = 0.02


class Standing:
    """What this process is among those of one person on one screen.

    Attributes:
        obstacle: Why it opens a window although there is one; empty when it is the first, or was
            asked to.
    """

    def __init__(self, meeting: Meeting | None = None, *, obstacle: str = "") -> None:
        """Stand alone, or as the first.

        Args:
            meeting: The place whose lock is held; None for a process that hears of nobody.
            obstacle: As above.
        """
        self.obstacle = obstacle
        self._meeting = meeting
        self._listening: Listening | None = None

    def listen(self, deliver: "Callable[[Visit], None]") -> None:
        """Have ``deliver`` called with every later start, from another thread.

        Where that cannot be, or no longer, the lock goes: later starts then need not wait for
        anybody.
        """
        if self._meeting is None:
            return
        from desktop_app.first_process.listening import Listening  # noqa: PLC0415 - see above

        try:
            self._listening = Listening(self._meeting.open_door(), deliver, self._give_up_the_lock)
        except (OSError, ValueError) as error:
            _log.warning("Later starts open windows of their own: %s", error)
            self.close()

    def stop_listening(self) -> None:
        """Hear of nobody any more; later starts wait until :meth:`close`, then one is the first."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def close(self) -> None:
        """Make room for the next one; so does the end of the process."""
        self.stop_listening()
        self._give_up_the_lock()

    def _give_up_the_lock(self) -> None:
        """Called at the end, or by the listening thread, for whose end :meth:`close` waits."""
        meeting, self._meeting = self._meeting, None
        if meeting is not None:
            meeting.close()


def meet_in(folder: Path) -> Meeting:
    """The platform's meeting place in ``folder``, for this screen.

    Raises:
        OSError: The folder cannot be made or written to, or is open to others.
    """
    if sys.platform == "win32":
        from desktop_app.first_process.named_pipe import PipeMeeting  # noqa: PLC0415

        return PipeMeeting(folder, screen_name())
    from desktop_app.first_process.unix_socket import SocketMeeting  # noqa: PLC0415

    return SocketMeeting(folder, screen_name())


def claim(
    folder: Path,
    start: Start,
    *,
    patience: Patience | None = None,
    meet: Callable[[Path], Meeting] = meet_in,
) -> Standing | None:
    """Become the first process, or hand ``start`` to the one that is.

    Args:
        folder: Where they meet; made if it is missing.
        start: What this process was asked for.
        patience: How long to wait.
        meet: Another meeting place in tests.

    Returns:
        What this process is now; None when the first has taken the start, and nothing is left
        to do.
    """
    try:
        meeting = meet(folder)
    except (OSError, ImportError) as error:  # ImportError: frozen without what this platform needs
        _log.warning("Nothing is shared with a window that may be open already: %s", error)
        return Standing()
    answer = _hand_over(meeting, start, patience or Patience())
    if answer == "nobody":
        return Standing(meeting)
    meeting.close()
    return None if answer == "taken" else Standing(obstacle=_OBSTACLES[answer])


def _hand_over(meeting: Meeting, start: Start, patience: Patience) -> Answer:
    """What the first process says; ``nobody`` when there is none, and this is it from now on."""
    message = encode(start)
    deadline = time.monotonic() + patience.start_s
    while not meeting.try_lock():
        if len(message) > SIZE_LIMIT:
            return "refused"
        answer = meeting.ask(message, patience.answer_s)
        if answer != "nobody":
            return answer
        if time.monotonic() > deadline:
            return "silence"
        time.sleep(patience.pause_s)
    return "nobody"
