"""Which files of a tree are programs and libraries of Linux."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MAGIC: Final = b"\x7fELF"
_GLIBC: Final = re.compile(rb"\0GLIBC_2\.(\d+)(?=\0)")


def is_elf(path: Path) -> bool:
    """Whether ``path`` is an executable or a shared library; what a link leads to is not meant."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def elf_files(folder: Path) -> Iterator[Path]:
    """All of them under ``folder``, sorted."""
    return (path for path in sorted(folder.rglob("*")) if is_elf(path))


def newest_glibc(folder: Path) -> str:
    """The oldest C library with which all of them load, as ``2.36``.

    Each names the versions of the symbols that it takes from it (LSB, Symbol Versioning).
    """
    newest = 0
    for path in elf_files(folder):
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            newest = max([newest, *(int(found[1]) for found in _GLIBC.finditer(content))])
    return f"2.{newest}"
