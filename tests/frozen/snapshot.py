"""What lies in a root file system, and what has changed since."""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

Snapshot = Mapping[PurePosixPath, str]
"""Path → type, mode, owner and content, in one line."""

LEFT_OUT: Final = {
    "dev": "the kernel's",
    "proc": "the kernel's",
    "sys": "the kernel's",
    "var/cache/apt": "apt's own indexes and downloads",
    "var/cache/ldconfig": "made anew by ldconfig, from what is in the libraries' folders",
    "etc/ld.so.cache": "made anew by ldconfig, from what is in the libraries' folders",
    "var/lib/apt": "apt's own lists",
    "var/lib/dpkg": "dpkg's own records; that no package is left is asked of dpkg",
    "var/log": "apt and dpkg write down what they did",
}


def take_snapshot(root: Path) -> Snapshot:
    """Look at everything in ``root`` but what :data:`LEFT_OUT` names."""
    found: dict[PurePosixPath, str] = {}
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        inside = [name for name in folders if _is_looked_at(here / name, root)]
        folders[:] = [name for name in inside if not (here / name).is_symlink()]
        for name in [*inside, *(name for name in files if _is_looked_at(here / name, root))]:
            path = here / name
            found[PurePosixPath("/") / path.relative_to(root).as_posix()] = _describe(path)
    return found


def differences(before: Snapshot, after: Snapshot, *, within: str = "/") -> list[str]:
    """Tell, line by line, what ``within`` a folder came, went or is another."""
    return [
        f"{path}: {before.get(path, 'nothing')} → {after.get(path, 'nothing')}"
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path) and path.is_relative_to(within)
    ]


def _is_looked_at(path: Path, root: Path) -> bool:
    return path.relative_to(root).as_posix() not in LEFT_OUT


def _describe(path: Path) -> str:
    status = path.lstat()
    words = [stat.filemode(status.st_mode), f"{status.st_uid}:{status.st_gid}"]
    if stat.S_ISLNK(status.st_mode):
        words.append(f"→ {path.readlink()}")
    elif stat.S_ISREG(status.st_mode):
        with path.open("rb") as file:
            words.append(hashlib.file_digest(file, "sha256").hexdigest()[:16])
    elif not stat.S_ISDIR(status.st_mode):
        words.append(f"device {status.st_rdev}")
    return " ".join(words)
