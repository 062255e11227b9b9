"""The licence texts of everybody whose work is inside, as one file for people.

It lies in the program (``resources/licences/third-party.txt``), so every package carries it, and
About shows it. Texts that several parts share stand once.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from release.inventory import NOTICES, Inventory
from release.parts import Part, Share

_RULE: Final = "=" * 80
_LGPL: Final = re.compile(r"\bLGPL-")


def write_notices(inventory: Inventory, program: Path) -> Path:
    """Write the texts into the frozen ``program``; returns the file."""
    path = program / NOTICES
    path.write_text("\n".join(notices(inventory)) + "\n", "utf-8")
    return path


def notices(inventory: Inventory) -> Iterator[str]:
    """The file's lines."""
    own, others = inventory.own.part, [share.part for share in inventory.others]
    yield f"Third-party licences of Residual Lens {own.version}"
    yield ""
    yield from _wrapped(
        "Residual Lens itself is under the MIT licence (LICENSE). Its folder also holds the works "
        "listed here, each under its own licence; all licence texts follow the list."
    )
    yield ""
    yield from _limited(others)
    yield from _replaceable(inventory.others)
    yield from _wrapped(
        "libheif is used to read pictures only. The encoder x265 (GPL), which the texts of "
        "pillow-heif mention, is not inside: the library of that name does nothing."
    )
    yield ""
    yield "What is inside"
    yield ""
    for part in others:
        yield f"  {part.name} {part.version}".rstrip()
        yield from _wrapped(part.licence.term, indent=6)
    for text, names in _shared(others):
        yield ""
        yield _RULE
        yield from _wrapped("; ".join(names))
        yield _RULE
        yield ""
        yield text


def _limited(parts: Iterable[Part]) -> Iterator[str]:
    """What may not be used for everything, before all else."""
    for part in parts:
        if "Non-commercial" in part.licence.term:
            yield from _wrapped(f"{part.name}: {part.licence.term}.")
            yield ""


def _replaceable(shares: Iterable[Share]) -> Iterator[str]:
    """What the LGPL asks to be told: that its libraries can be exchanged, and their source."""
    yield from _wrapped(
        "The works under the GNU Lesser General Public License may be changed and exchanged. Each "
        "is a file of its own that is loaded when the program starts: put another build of the "
        "same version line in its place, under the same name. Nothing checks for the original. "
        "The files, and where their source is:"
    )
    yield ""
    for share in shares:
        if _LGPL.search(share.part.licence.term):
            folders = sorted({str(path.parent) for path in share.files})
            yield f"  {share.part.name} {share.part.version}: {share.part.source}"
            yield from _wrapped(", ".join(folders), indent=6)
    yield ""


def _shared(parts: Iterable[Part]) -> Iterator[tuple[str, list[str]]]:
    """Each text once, with the names of all whose it is, in the order of the list."""
    found: dict[str, list[str]] = {}
    for part in parts:
        for text in part.texts:
            plain = "\n".join(line.rstrip() for line in text.strip("\ufeff\n\r ").splitlines())
            names = found.setdefault(plain, [])
            if part.name not in names:
                names.append(part.name)
    yield from found.items()


def _wrapped(text: str, *, indent: int = 0) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        text, 80, initial_indent=space, subsequent_indent=space, break_on_hyphens=False
    )
