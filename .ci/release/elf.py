"""Which files of a tree are programs and libraries of Linux."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MAGIC: Final = b"\x7fELF"


def is_elf(path: Path) -> bool:
    """Whether ``path`` is an executable or a shared library; what a link leads to is not meant."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def elf_files(folder: Path) -> Iterator[Path]:
    """All of them under ``folder``, sorted."""
    return (path for path in sorted(folder.rglob("*")) if is_elf(path))
