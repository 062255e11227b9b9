"""Tells whether a frozen program is still that of the sources: freezing takes half a minute.

The tests need a frozen program each time, and mostly nothing that is in it has changed.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from release.digests import sha256_of
from release.environment import versions
from release.flavours import ROOT, Flavour

VERSIONS: Final = "versions.txt"
"""In the folder of work: what the environment held, in a form that pip installs again."""

_STAMP: Final = "frozen.sha256"
_FOLDERS: Final = ("desktop_app", "resources", ".ci/release")
_FILES: Final = ("build.spec", "pyproject.toml", "LICENSE")


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Everything that a frozen program is made of or by, but the libraries."""
    for name in _FOLDERS:
        for path in sorted((root / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
    yield from (root / name for name in _FILES)


def digest(root: Path = ROOT) -> str:
    """SHA-256 over names and contents of the sources, and the Python that they are frozen with."""
    found = hashlib.sha256(sys.version.encode())
    for path in sources(root):
        found.update(f"\n{path.relative_to(root).as_posix()} {sha256_of(path)}".encode())
    return found.hexdigest()


def made_from(flavour: Flavour) -> str:
    """SHA-256 over the sources and the libraries of ``flavour`` as they are now."""
    return hashlib.sha256("\n".join((digest(), *versions(flavour))).encode()).hexdigest()


def is_current(flavour: Flavour) -> bool:
    """Whether the frozen program of ``flavour`` is there and was made from the sources of now."""
    try:
        known = _stamp(flavour).read_text("utf-8")
    except OSError:
        return False
    return flavour.program.is_dir() and known == made_from(flavour)


def note_begin(flavour: Flavour) -> str:
    """Forget what the program was made from; return what it will be made from.

    Sources that change while it is made do not count as being in it.
    """
    _stamp(flavour).unlink(missing_ok=True)
    return made_from(flavour)


def note_end(flavour: Flavour, digest: str) -> None:
    """Remember what the program was made from, the libraries' versions by name."""
    listed = "".join(f"{line}\n" for line in versions(flavour))
    (flavour.work / VERSIONS).write_text(listed, "utf-8")
    _stamp(flavour).write_text(digest, "utf-8")


def _stamp(flavour: Flavour) -> Path:
    return flavour.work / _STAMP
