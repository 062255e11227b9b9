"""What the frozen program is made of, as records: the list of contents and the texts start here."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from release.errors import ReleaseError

Kind = Literal["application", "library", "model", "data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What a part is handed on under.

    Attributes:
        term: An SPDX expression or, where none fits, a name.
        is_spdx: Which of the two.
        stated: Who says so, or why this one of several.
    """

    term: str
    is_spdx: bool = True
    stated: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of work by somebody, with what of it lies in the program.

    Attributes:
        name: As its makers call it.
        version: Theirs.
        kind: What sort of thing it is.
        licence: What it is handed on under.
        purl: Package URL (https://github.com/package-url/purl-spec), without its version.
        source: Where its source can be had, where the licence asks to say so.
        texts: Licence texts and notices, each once.
    """

    name: str
    version: str
    kind: Kind = "library"
    licence: Licence
    purl: str
    source: str = ""
    texts: tuple[str, ...] = ()


@dataclass(slots=True)
class Share:
    """How much of a part is inside.

    Attributes:
        part: Whose it is.
        files: In the program's folder.
        modules: Python modules in the executable's archive.
    """

    part: Part
    files: list[PurePosixPath] = field(default_factory=list)
    modules: int = 0


class UnaccountedError(ReleaseError):
    """Something lies in the program of which nobody has said whose it is."""
