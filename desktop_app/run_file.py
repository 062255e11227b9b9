"""The file of a running process, in which its end would be told: how a crash is found afterwards.

A process that dies of a signal can say little: ``faulthandler`` writes the Python stacks of all
threads into a file that was opened before. That file also holds the facts of its run, because the
next one may be of another version. It is locked while its process lives and removed when that
ends well; one that is left, unlocked, belongs to a process that has died. What was killed without
a word, or with the machine, leaves only facts, and that is no crash of ours.
"""

import contextlib
import faulthandler
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from desktop_app.core.file_lock import try_lock

REPORT: Final = "report"
"""The fact that an error which ended the run has its report already."""
_PATTERN: Final = "running-*.txt"
_FACT: Final = "fact: "
_MOST_BYTES: Final = 256 * 1024
_BEGINNING_S: Final = 60
"""An empty file is of a process that has not come to its lock yet; or did not live to."""


@dataclass(slots=True)
class Leftover:
    """What a process that has died left.

    Attributes:
        facts: Of its run.
        told: What ``faulthandler`` and :meth:`RunFile.tell` wrote at its end; may be empty.
        when: It was last written to.
        stays: Set where nothing could be made of it yet: the next start finds it again.
    """

    facts: Mapping[str, str]
    told: str
    when: datetime
    stays: bool = False

    @property
    def what(self) -> str:
        """The end in a line ("Segmentation fault")."""
        first = next((line for line in self.told.splitlines() if line.strip()), "")
        return first.removeprefix("Fatal Python error: ").strip()


class RunFile:
    """The running process's own file."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    def note(self, name: str, value: str) -> None:
        """Write down a fact; a later one of the same name replaces it. Never raises."""
        self._write(f"{_FACT}{name}={' '.join(value.split())}\n")

    def tell(self, text: str) -> None:
        """Write down what is about to end the process. Never raises."""
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._descriptor, text.encode("utf-8", "backslashreplace"))


@contextlib.contextmanager
def telling_its_end(folder: Path) -> Iterator[RunFile | None]:
    """Have fatal signals told in a file in ``folder``, meanwhile.

    The file stays where the block is left by an error. None, and faults on standard error, where
    the folder cannot be written to.
    """
    _enable_on_standard_error()
    opened = _open(folder)
    if opened is None:
        yield None
        return
    descriptor, path = opened
    faulthandler.enable(descriptor)
    try:
        yield RunFile(descriptor, path)
        ended_well = True
    except BaseException:
        ended_well = False
        raise
    finally:
        _enable_on_standard_error()
        os.close(descriptor)
        if ended_well:
            with contextlib.suppress(OSError):
                path.unlink()


def leftovers(folder: Path) -> Iterator[Leftover]:
    """What dead processes left, oldest first; each is removed when the next one is asked for.

    Except for those that are to stay.
    """
    for path in sorted(folder.glob(_PATTERN)):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                status = os.fstat(descriptor)
                begins = status.st_size == 0 and time.time() - status.st_mtime < _BEGINNING_S
                if begins or not try_lock(descriptor):
                    continue
                content = os.read(descriptor, _MOST_BYTES).decode("utf-8", "replace")
                left = _parsed(content, datetime.fromtimestamp(status.st_mtime, UTC))
                yield left
            finally:
                os.close(descriptor)
            if not left.stays:
                path.unlink()


def _enable_on_standard_error() -> None:
    """As the interpreter's own ``-X faulthandler``; a windowed program may have no such output.

    Without one nothing would be enabled, and the handler would keep a file that is about to be
    closed; so it is disabled first.
    """
    faulthandler.disable()
    with contextlib.suppress(AttributeError, OSError, RuntimeError, ValueError):
        faulthandler.enable()


def _open(folder: Path) -> tuple[int, Path] | None:
    """A new file, locked; its name is one that no earlier process with the same number took."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"running-{time.time_ns()}-{os.getpid()}.txt"
        descriptor = os.open(path, flags, 0o600)
        try_lock(descriptor)
        return descriptor, path
    return None


def _parsed(content: str, when: datetime) -> Leftover:
    facts: dict[str, str] = {}
    told: list[str] = []
    for line in content.splitlines():
        name, is_fact, value = line.removeprefix(_FACT).partition("=")
        if line.startswith(_FACT) and is_fact:
            facts[name] = value
        else:
            told.append(line)
    return Leftover(facts, "\n".join(told).strip("\n"), when)
