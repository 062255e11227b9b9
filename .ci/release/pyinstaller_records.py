"""What PyInstaller wrote down of its work: where each file and each module is from.

PyInstaller keeps its lists as Python literals in the work folder (``COLLECT-00.toc``, …). They are
the only record of the origin of a file, which by its name alone could be anybody's.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_COMPILED: Final = "PYMODULE"
_LINK: Final = "SYMLINK"
_SCRIPT: Final = "PYSOURCE"
_NO_FILE: Final = "-"  # a namespace package


@dataclass(frozen=True, slots=True)
class Records:
    """Where everything is from.

    Attributes:
        files: Name in the program's folder of modules, with forward slashes → origin.
        modules: Dotted name → origin, of what lies in the executable's archive.
    """

    files: dict[str, Path]
    modules: dict[str, Path]


def read_records(folder: Path) -> Records:
    """Read the lists in PyInstaller's work ``folder``.

    Raises:
        FileNotFoundError: Nothing was frozen there.
    """
    collected = list(_entries(folder / "COLLECT-00.toc"))
    archived = [*_entries(folder / "PYZ-00.toc"), *_entries(folder / "EXE-00.toc")]
    return Records(
        files={
            name.replace("\\", "/"): Path(origin)
            for name, origin, kind in collected
            if kind != _LINK
        },
        modules={
            name: Path(origin)
            for name, origin, kind in archived
            if kind in (_COMPILED, _SCRIPT) and origin != _NO_FILE
        },
    )


def _entries(path: Path) -> Iterator[tuple[str, str, str]]:
    """The records of one list, however deep they stand."""
    return _found_in(ast.literal_eval(path.read_text("utf-8")))


def _found_in(tree: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - a literal of any shape
    if not isinstance(tree, (list, tuple)):
        return
    if isinstance(tree, tuple) and len(tree) == 3 and all(isinstance(part, str) for part in tree):
        yield tree
        return
    for part in tree:
        yield from _found_in(part)
