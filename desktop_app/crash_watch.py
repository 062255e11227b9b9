"""Everything unexpected leads to a report: errors nobody caught, in any thread, and fatal ends.

An error in a slot, a paint event, a thread or a destructor is logged, becomes a report
(:mod:`desktop_app.crash_report`) and is told to whoever listens; the program goes on. A fatal
signal can only leave a note (:mod:`desktop_app.run_file`), from which the next start makes the
report (:mod:`desktop_app.last_run`). The same error again, sixty times a second when it is a
paint event's, makes no second report and no flood in the log.

Reports are written by the thread in which something broke, at once, because the program may die
of it next; what they say is at hand, and nothing is imported, loaded or asked of the system.
"""

import contextlib
import logging
import platform
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final

from desktop_app import __version__
from desktop_app.core.installation import is_frozen, system_name
from desktop_app.crash_report import compose, write_report
from desktop_app.log_file import LastLines
from desktop_app.run_file import REPORT, RunFile

_log: Final = logging.getLogger(__name__)
_REPORTS_PER_RUN: Final = 5
"""The first errors of a run are the telling ones; what follows would push out older reports."""
_PAUSE_S: Final = 5.0
"""An error that comes again after so long a pause is told again: somebody tried once more."""
_NUMBER: Final = re.compile(r"\w*\d\w*")
"""Also an address."""


@dataclass(slots=True)
class _Known:
    """An error that has been seen in this run."""

    report: Path | None
    count: int
    last_s: float


class CrashWatch:
    """Makes reports of what breaks while this process runs."""

    def __init__(
        self,
        folder: Path,
        lines: LastLines,
        run: RunFile | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin; nothing is watched before :meth:`hooks`.

        Args:
            folder: Where reports go.
            lines: The log's last lines.
            run: The process's own file; None where there can be none.
            clock: Seconds; another one in tests.
        """
        self._folder = folder
        self._lines = lines
        self._run = run
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[object, _Known] = {}
        self._facts: dict[str, str] = {}
        self._on_error: Callable[[str, Path | None], None] | None = None
        self._on_interrupt: Callable[[], object] | None = None
        for name, value in _facts_of_the_start().items():
            self.note(name, value)

    def note(self, name: str, value: str) -> None:
        """Have a fact stand in reports of this run; a later one of the same name replaces it."""
        if self._facts.get(name) != value:
            self._facts[name] = value
            if self._run is not None:
                self._run.note(name, value)

    def listen(
        self,
        on_error: Callable[[str, Path | None], None] | None,
        on_interrupt: Callable[[], object] | None,
    ) -> None:
        """Say who shows errors from now on.

        Args:
            on_error: Called from any thread with an error's line and its report.
            on_interrupt: Called for Ctrl+C that became an exception.
        """
        self._on_error, self._on_interrupt = on_error, on_interrupt

    @contextlib.contextmanager
    def hooks(self) -> Iterator[None]:
        """Take the interpreter's hooks, meanwhile; an error that leaves the block has a report."""
        before = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable
        try:
            yield
        except Exception as error:
            self._tell_the_end(error)
            raise
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = before

    def report(self, error: BaseException, during: str) -> Path | None:
        """Write the report of an error that somebody caught, once. Never raises.

        Args:
            error: With its traceback.
            during: What was being done ("answering Analyse").

        Returns:
            The report, also an earlier one of the same error; None where there is none.
        """
        known, is_new = self._remember(_key(error))
        if is_new:
            known.report = self._write(f"{_line(error)}\nWhile {during}", _traceback(error))
        return known.report

    def fail(self, error: BaseException, during: str) -> None:
        """An error that nobody caught: log, report, tell. Never raises."""
        known, is_new = self._remember(_key(error))
        if is_new:
            known.report = self._write(f"{_line(error)}\nIn {during}", _traceback(error))
            _log.critical("Unexpected error in %s; %s", during, _where(known), exc_info=error)
        self._pass_on(known, _line(error))

    def fail_with(self, message: str) -> None:
        """Something without an exception is critical: Qt says so. Never raises."""
        known, is_new = self._remember(_NUMBER.sub("#", message))
        if is_new:
            stack = "".join(traceback.format_stack(limit=40))
            known.report = self._write(message, stack)
            _log.critical("%s; %s", message, _where(known))
        self._pass_on(known, message)

    def note_fatal(self, message: str) -> None:
        """What comes right before the process ends itself; the next start makes the report."""
        if self._run is not None:
            self._run.tell(message)

    # --- inside --------------------------------------------------------------------------------

    def _remember(self, key: object) -> tuple[_Known, bool]:
        """The error of that key; True when it has not been seen before in this run."""
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                return known, False
            known = self._known[key] = _Known(None, 0, -_PAUSE_S)
            return known, True

    def _pass_on(self, known: _Known, line: str) -> None:
        """Tell, but not again what has not stopped coming; count that in the log."""
        now = self._clock()
        with self._lock:
            known.count += 1
            is_told = known.count == 1 or now - known.last_s >= _PAUSE_S
            known.last_s = now
        if known.count > 1 and known.count == 10 ** (len(str(known.count)) - 1):
            _log.critical("%s: %d times now", line, known.count)
        if is_told and self._on_error is not None:
            self._on_error(line, known.report)

    def _write(self, what: str, where: str) -> Path | None:
        if len(self._known) > _REPORTS_PER_RUN:
            return None
        when = datetime.now(UTC)
        log = self._lines.lines()
        text = compose(what, when=when, where=where, facts=dict(self._facts), log=log)
        return write_report(self._folder, text, when)

    def _tell_the_end(self, error: Exception) -> None:
        """An error is about to end the program, perhaps before there was a window to say so in."""
        report = self.report(error, "running the program")
        if report is not None:
            self.note(REPORT, str(report))
            _log.critical("The program ends by an error; the report is %s", report)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt) and self._on_interrupt is not None:
            self._on_interrupt()
        elif issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self.fail(error.with_traceback(trace), "the window's thread")

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            name = args.thread.name if args.thread is not None else "?"
            self.fail(args.exc_value.with_traceback(args.exc_traceback), f"the thread {name}")

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self.fail(
                args.exc_value.with_traceback(args.exc_traceback),
                args.err_msg or "a destructor or callback",
            )


def _facts_of_the_start() -> dict[str, str]:
    frozen = "frozen" if is_frozen() else "from source"
    return {
        "Residual Lens": f"{__version__}, {frozen}",
        "System": _system(),
        "Python": platform.python_version(),
        "ONNX Runtime": "not loaded",
    }


def _system() -> str:
    with contextlib.suppress(OSError, KeyError):
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {system_name()}"
    return system_name()


def _key(error: BaseException) -> object:
    """What makes two errors the same: kind and lines of code, not words that hold addresses."""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [(frame.f_code.co_filename, line) for frame, line in frames]
    return (type(error), *lines[-30:])


def _line(error: BaseException) -> str:
    """The error's kind and words; the kind alone when the words fail themselves."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - a report never fails by what it reports
        words = ""
    kind = type(error).__name__
    return f"{kind}: {words}" if words else kind


def _traceback(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - as above: without the words, the lines
        return "".join(traceback.format_tb(error.__traceback__))


def _where(known: _Known) -> str:
    return f"the report is {known.report}" if known.report else "there is no report of it"
