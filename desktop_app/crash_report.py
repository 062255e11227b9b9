"""Crash reports: what stands in one, and the folder that keeps the newest ten.

A report is a text file for people. It is written once and then only read by whoever it belongs
to: nothing in the program sends anything. A few kilobytes, at most :data:`MOST_BYTES`, so that
writing one, in whatever thread something broke, takes no longer than a line of the log.
"""

import contextlib
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

KEPT: Final = 10
MOST_BYTES: Final = 64 * 1024
_PATTERN: Final = "crash-*.txt"
_HEAD: Final = """\
Residual Lens crash report

This file stays on this machine. The program sends it nowhere; only you can.
Read it first if you do: names of files and folders, and of the open model,
may be private.
"""


def compose(
    what: str,
    *,
    when: datetime,
    where: str,
    facts: Mapping[str, str],
    log: Iterable[str],
) -> str:
    """A report's text. Never raises.

    Args:
        what: What happened, in a line.
        when: With its time zone.
        where: Tracebacks; their middle is left out where they are very long.
        facts: Of the run that broke: versions, provider, model.
        log: The last lines of the log, oldest first.
    """
    width = max(map(len, facts), default=0)
    rows = "\n".join(f"{name.ljust(width)}  {value}" for name, value in facts.items())
    sections = (
        ("What happened", f"{what}\n{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"),
        ("The program", rows),
        ("Where", _shortened(where, MOST_BYTES // 2)),
        ("The last lines of the log", _shortened("\n".join(log), MOST_BYTES // 4) or "none"),
    )
    body = "".join(f"\n{title}\n{'-' * len(title)}\n{text}\n" for title, text in sections)
    return _without_home(f"{_HEAD}{body}")


def write_report(folder: Path, text: str, when: datetime) -> Path | None:
    """Keep a report, and the newest ten in all; None where it cannot be written. Never raises.

    Not synchronised with the disk, which can take long: a program that dies next takes nothing of
    it along, only a machine that does.
    """
    content = text.encode("utf-8", "backslashreplace")[:MOST_BYTES]
    stem = f"crash-{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 100):
            path = folder / (f"{stem}.txt" if number == 1 else f"{stem}-{number:02}.txt")
            try:
                descriptor = os.open(path, flags, 0o600)
            except FileExistsError:
                continue
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
            except OSError:  # a full disk: better none than an empty one
                path.unlink()
                raise
            _forget_older(folder)
            return path
    return None


def kept_reports(folder: Path) -> tuple[Path, ...]:
    """The reports in ``folder``, the newest first."""
    try:
        return tuple(sorted(folder.glob(_PATTERN), key=lambda path: path.stem, reverse=True))
    except OSError:
        return ()


def read_report(path: Path) -> str:
    """A report's text, or a sentence in its place where it has gone or cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError as error:
        return f"This report cannot be read: {error.strerror or error}."


def written_at(path: Path) -> datetime | None:
    """When what a report tells of happened, in UTC; None for a file of another name."""
    try:
        return datetime.strptime(path.stem[6:22], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _forget_older(folder: Path) -> None:
    for path in kept_reports(folder)[KEPT:]:
        with contextlib.suppress(OSError):
            path.unlink()


def _shortened(text: str, most: int) -> str:
    """``text`` without its middle where it is longer than ``most`` characters."""
    text = text.strip("\n")
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}\n… {len(text) - most} characters left out …\n{text[-most // 2 :]}"


def _without_home(text: str) -> str:
    """``text`` with ``~`` for the user's folder, whose name is often a person's."""
    try:
        home = str(Path.home())
    except RuntimeError:
        return text
    return text.replace(home, "~") if len(home) > 1 else text
