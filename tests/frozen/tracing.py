"""What a program asked the kernel for, as strace saw it, its children included."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CALL: Final = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<rest>.*)$")
_WRITING: Final = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC)")
_CHANGING: Final = ("mkdir", "rename", "unlink", "rmdir", "link", "symlink", "chmod", "mknod")
_PATH: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Trace:
    """A finished trace in ``file``."""

    file: Path

    def internet(self) -> list[str]:
        """Return the calls for a socket that leads out of the machine, tried or connected.

        Netlink, which tells of the machine's own addresses, counts: nothing needs to know them.
        """
        return [line for line in self._lines() if re.search(r"\b(AF|PF)_(INET|NETLINK)", line)]

    def opened(self, part: str) -> list[str]:
        """Return the paths with ``part`` in them that were opened with success."""
        return [
            path
            for name, rest in self._calls()
            if name in {"open", "openat"} and re.search(r"= \d+", rest)
            for path in _PATH.findall(rest)[:1]
            if part in path
        ]

    def written(self) -> list[str]:
        """Return the paths that were to be made, changed or removed, with or without success."""
        return [
            path
            for name, rest in self._calls()
            if name.startswith(_CHANGING) or _WRITING.search(rest)
            for path in _PATH.findall(rest)
        ]

    def _calls(self) -> Iterator[tuple[str, str]]:
        for line in self._lines():
            if found := _CALL.match(line):
                yield found["name"], found["rest"]

    def _lines(self) -> list[str]:
        return self.file.read_text("utf-8", errors="replace").splitlines()


def traced(file: Path, *, detached: bool = False) -> tuple[str, ...]:
    """Return the words that, before a command, have it traced into ``file``.

    Args:
        file: Read it with :class:`Trace` when the command has ended.
        detached: The command, not strace, is the child that is started; for :class:`Lens`.
    """
    calls = "%network,%file,execve"
    options = ("-D",) if detached else ()
    return ("strace", *options, "-f", "--seccomp-bpf", "-qq", "-s", "512", "-e", f"trace={calls}",
            "-o", str(file))  # fmt: skip
