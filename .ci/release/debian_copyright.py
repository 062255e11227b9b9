"""The package's copyright file, for machines to read (DEP-5).

https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Made from the inventory, so that what a new dependency brings is in it without anybody's doing.
Licence texts are not repeated: they lie in the program as ``third-party.txt``, and the common ones
where every Debian system has them.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from release.inventory import NOTICES, Inventory
from release.parts import Part

_HEAD: Final = "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
_COMMON: Final = {
    "Apache-2.0": "Apache-2.0",
    "CC0-1.0": "CC0-1.0",
    "GPL-2.0": "GPL-2",
    "GPL-3.0": "GPL-3",
    "LGPL-2.1": "LGPL-2.1",
    "LGPL-3.0": "LGPL-3",
    "MPL-2.0": "MPL-2.0",
}
"""SPDX → the file in ``/usr/share/common-licenses`` (Debian Policy 12.5)."""

_NOTICE: Final = re.compile(r"^\W*(copyright\b|©)[ :©]*(\(c\))?(?P<rest>.*\d{4}.*)$", re.IGNORECASE)
_SHOWN_NOTICES: Final = 8
_OPERATORS: Final = re.compile(r" (AND|OR) ")
_WIDTH: Final = 78


def copyright_file(inventory: Inventory, *, program: PurePosixPath, licence: str) -> str:
    """The file's text.

    Args:
        inventory: Whose everything in the program is.
        program: Where it is installed, as ``usr/lib/…``.
        licence: The project's own, in full.
    """
    paragraphs = [_header(inventory, program), _own(licence)]
    folders = _whole_folders(
        [(path, share.part.name) for share in inventory.others for path in share.files]
        + [(path, inventory.own.part.name) for path in inventory.own.files]
    )
    used = Counter(text for part in _parts(inventory) for text in part.texts)
    for share in inventory.others:
        if share.files:
            places = _places(share.files, folders)
            # A text that several works share, as a wheel's, does not tell whose notice is whose.
            notices = _notices(text for text in share.part.texts if used[text] == 1)
            paragraphs.append(
                _files([str(program / place) for place in places], share.part, notices)
            )
    names = {name for share in inventory.others for name in _names(share.part)}
    paragraphs += [_licence(name, program) for name in sorted(names - {"MIT"})]
    return "\n".join(paragraphs)


def _header(inventory: Inventory, program: PurePosixPath) -> str:
    archived = [share.part.name for share in inventory.others if share.modules]
    comment = (
        "The program brings the libraries that it needs; each of them is named below. Modules of "
        f"{', '.join(archived)} also lie in the archive within {program / 'residual-lens'}. "
        f"All licence texts are in /{program / NOTICES}."
    )
    if limited := [p.name for p in _parts(inventory) if "Non-commercial" in p.licence.term]:
        comment += (
            f" {', '.join(limited)}: for non-commercial research and education only; the package "
            "as a whole is therefore not free software."
        )
    return f"Format: {_HEAD}\nUpstream-Name: Residual Lens\n{_field('Comment', comment)}"


def _own(licence: str) -> str:
    holder = next(line for line in licence.splitlines() if line.startswith("Copyright"))
    statement = holder.removeprefix("Copyright (c) ")
    return f"Files: *\nCopyright: {statement}\nLicense: MIT\n{_indented(licence)}"


def _files(places: Sequence[str], part: Part, notices: list[str]) -> str:
    lines = [f"Files: {places[0]}", *(f" {place}" for place in places[1:])]
    if len(notices) > _SHOWN_NOTICES:
        notices = [*notices[:_SHOWN_NOTICES], "and others"]
    lines.append(f"Copyright: {(notices or [f'the authors of {part.name}'])[0]}")
    lines += [f" {notice}" for notice in notices[1:]]
    lines.append(f"License: {_term(part)}")
    if not part.licence.is_spdx:
        lines.append(_indented(part.licence.term).rstrip())
    version = f" {part.version}" if part.version else ""
    lines.append(_field("Comment", f"{part.name}{version}").rstrip())
    return "\n".join(lines) + "\n"


def _licence(name: str, program: PurePosixPath) -> str:
    plain = re.sub(r"-(only|or-later)\b.*", "", name)
    place = f"/{program / NOTICES}"
    if plain in _COMMON:
        place = f"/usr/share/common-licenses/{_COMMON[plain]} and {place}"
    return f"License: {name}\n The text is in\n {place}.\n"


def _term(part: Part) -> str:
    """DEP-5's form of the part's licence."""
    if not part.licence.is_spdx:
        return "other-" + re.sub(r"[^\w.]+", "-", part.name.split(" ")[0])
    term = part.licence.term.replace("(", "").replace(")", "")
    term = re.sub(r" WITH ([\w.-]+)", r" with \1 exception", term)
    return _OPERATORS.sub(lambda found: f" {found[1].lower()} ", term)


def _names(part: Part) -> Iterator[str]:
    """The licences that a paragraph of their own has to explain."""
    if part.licence.is_spdx:
        yield from re.split(r" (?:and|or) ", _term(part))


def _notices(texts: Iterable[str]) -> list[str]:
    """The copyright notices in licence texts, each once, without the word itself."""
    lines = (line for text in texts for line in text.splitlines())
    found = filter(None, map(_NOTICE.match, lines))
    return list(dict.fromkeys(" ".join(match["rest"].split()) for match in found))


def _whole_folders(files: Iterable[tuple[PurePosixPath, str]]) -> dict[PurePosixPath, str | None]:
    """Folder → whose everything in it is; None where several share it."""
    owners: dict[PurePosixPath, str | None] = {}
    for path, owner in files:
        for folder in path.parents:
            owners[folder] = owner if owners.get(folder, owner) == owner else None
    return owners


def _places(files: Iterable[PurePosixPath], folders: dict[PurePosixPath, str | None]) -> list[str]:
    """``files`` with whole folders in place of all that is in them."""
    places = []
    for path in files:
        whole = [folder for folder in path.parents if folders[folder] is not None]
        places.append(f"{whole[-1]}/*" if whole else str(path))
    return list(dict.fromkeys(places))


def _parts(inventory: Inventory) -> Iterator[Part]:
    return (share.part for share in inventory.others)


def _field(name: str, text: str) -> str:
    return textwrap.fill(f"{name}: {text}", _WIDTH, subsequent_indent=" ") + "\n"


def _indented(text: str) -> str:
    """A field's further lines: one space, and a full stop where there is nothing."""
    return "".join(f" {line.rstrip() or '.'}\n" for line in text.strip().splitlines())
