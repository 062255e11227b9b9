"""What a program asked the kernel for, as strace saw it, its children and threads included.

Knows nothing of this project: put ``traced(...)`` before any command, of the checkout or of a
frozen program, and read the :class:`Trace`.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CALL: Final = re.compile(r"^(?P<pid>\d+) +(?P<name>\w+)\((?P<rest>.*)$")
_FAMILY: Final = re.compile(r"\b[AP]F_[A-Z0-9]+")
_NAMED_FAMILY: Final = re.compile(r"\bs[a-z]+_family=(?:[AP]F_)?(\w+)")
_LOCAL: Final = frozenset({"AF_UNIX", "AF_LOCAL", "AF_UNSPEC", "PF_UNIX", "PF_LOCAL"})
_OPENS_SOCKETS: Final = frozenset({"socket", "socketpair"})
_RINGS: Final = frozenset({"io_uring_setup", "io_uring_enter"})
"""What is asked for through a ring, strace does not see."""
_CHANGING: Final = (
    "mkdir", "rename", "unlink", "rmdir", "link", "symlink", "chmod", "fchmodat", "mknod", "creat",
    "truncate",
)  # fmt: skip
_WRITING: Final = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC)\b")
_PATH: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_END: Final = re.compile(r"^(\d+) +\+\+\+ (?:exited with \d+|killed by .+) \+\+\+$", re.MULTILINE)


@dataclass(frozen=True)
class Call:
    """One call, as far as strace writes it when it begins.

    Attributes:
        pid: The thread's.
        name: Of the system call ("connect").
        rest: Its arguments, and its result where it came at once.
    """

    pid: int
    name: str
    rest: str

    @property
    def leads_out(self) -> bool:
        """Whether it is for anything but a socket on this machine's own files.

        A socket of the Internet counts also where no connection follows, and netlink, which
        tells of the machine's own addresses: nothing needs to know them.
        """
        if self.name in _RINGS:
            return True
        family = _FAMILY.search(self.rest)
        if self.name in _OPENS_SOCKETS:
            return family is None or family[0] not in _LOCAL
        named = _NAMED_FAMILY.search(self.rest)
        return named is not None and f"AF_{named[1]}" not in _LOCAL

    def __str__(self) -> str:
        return f"{self.name}({self.rest}"


@dataclass(frozen=True)
class Trace:
    """What :func:`traced` has written, or is writing, to ``file``."""

    file: Path

    def calls(self) -> Iterator[Call]:
        """Yield the calls in the order in which they began."""
        for line in self._text().splitlines():
            if found := _CALL.match(line):
                yield Call(int(found["pid"]), found["name"], found["rest"])

    def internet(self) -> list[str]:
        """Return the calls for what leads out of the machine, tried or connected."""
        return [str(call) for call in self.calls() if call.leads_out]

    def connected(self) -> list[str]:
        """Return the paths of the local sockets that a connection was tried to."""
        return [
            path
            for call in self.calls()
            if call.name == "connect"
            for path in _PATH.findall(call.rest)[:1]
        ]

    def programs(self) -> list[str]:
        """Return the programs that were to be started, with or without success."""
        return [
            path
            for call in self.calls()
            if call.name == "execve"
            for path in _PATH.findall(call.rest)[:1]
        ]

    def opened(self, part: str) -> list[str]:
        """Return the paths with ``part`` in them that were opened with success."""
        return [
            path
            for call in self.calls()
            if call.name in {"open", "openat"} and re.search(r"= \d+", call.rest)
            for path in _PATH.findall(call.rest)[:1]
            if part in path
        ]

    def written(self) -> list[str]:
        """Return the paths that were to be made, changed or removed, with or without success."""
        return [
            path
            for call in self.calls()
            if call.name.startswith(_CHANGING) or _WRITING.search(call.rest)
            for path in _PATH.findall(call.rest)
        ]

    def wait_for_end(self, pid: int, timeout_s: float = 30) -> None:
        """Wait until strace has written down the end of a process that was traced detached.

        Raises:
            TimeoutError: It has not.
        """
        deadline = time.monotonic() + timeout_s
        while str(pid) not in _END.findall(self._text()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.file} does not tell the end of {pid}")
            time.sleep(0.02)

    def _text(self) -> str:
        return self.file.read_text("utf-8", errors="replace")


def traced(file: Path, *, detached: bool = False, files: bool = False) -> tuple[str, ...]:
    """Return the words that, before a command, have what it asks for written into ``file``.

    Args:
        file: For :class:`Trace`.
        detached: The command, not strace, is the child that is started, with the process number
            that its window tells; see :meth:`Trace.wait_for_end`.
        files: Calls that name files, too.
    """
    calls = "%network,io_uring_setup,io_uring_enter,execve" + (",%file" if files else "")
    return (
        "strace", *(("-D",) if detached else ()), "-f", "--seccomp-bpf", "-s", "512",
        "-e", f"trace={calls}", "-e", "signal=none", "-o", str(file),
    )  # fmt: skip


def tracing_obstacle() -> str | None:
    """Return why nothing can be traced here, or None."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True)
    return None if done.returncode == 0 else "this machine lets nobody trace"


def without_network() -> tuple[str, ...] | None:
    """Return the words that, before a command, leave it a loopback that is down, and no route.

    None where that needs a permission that nobody has here.
    """
    ways: Sequence[tuple[str, ...]] = (
        ("unshare", "--net"),
        ("unshare", "--user", "--map-current-user", "--net"),
    )
    if shutil.which("unshare") is None:
        return None
    for words in ways:
        if subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0:
            return words
    return None
