"""The program as a ``.tar.zst`` that runs from any folder, for Linux systems without ``.deb``.

The same program gives the same bytes: names are sorted, everything is root's and of the release's
time. zstd's level 12 with a long window takes a fourteenth of level 19's time for 7 % more bytes;
every zstd can read it without being told of the window.
"""

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from release.elf import newest_glibc
from release.flavours import ROOT
from release.linux_data import DATA, add_desktop_data, filled
from release.permissions import permissions

_ZSTD: Final = ("zstd", "--quiet", "-T0", "-12", "--long=27")


def build_archive(program: Path, target: Path, *, version: str, epoch: int) -> Path:
    """Pack ``program``, with a short text for people and what its menu entry is made of.

    Args:
        program: The frozen program.
        target: The archive; an older one is replaced, once the new one is complete.
        version: Names the folder in it.
        epoch: The time of everything in it, in seconds since 1970.

    Raises:
        subprocess.CalledProcessError: zstd failed; it has said why.
    """
    top = PurePosixPath(f"residual-lens-{version}")
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder)
        _write_beside(beside, program, version=version, epoch=epoch)
        paths = sorted([*_named(program), *_named(beside)], key=lambda pair: pair[0].parts)
        part = target.with_name(f"{target.name}.part")
        try:
            with (
                _compressing(part) as stream,
                tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
            ):
                archive.addfile(_folder(top, epoch))
                for name, path in paths:
                    _add(archive, top / name, path, epoch)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return target


@contextlib.contextmanager
def _compressing(target: Path) -> Iterator[IO[bytes]]:
    """What is written here zstd packs into ``target``.

    Cut off by an error it would end as whole as any other: zstd only sees that there is no more.
    """
    command = [*_ZSTD, "--force", "-o", str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as zstd:
        assert zstd.stdin is not None  # noqa: S101 - asked for above
        yield zstd.stdin
    if zstd.returncode != 0:
        raise subprocess.CalledProcessError(zstd.returncode, command)


def _write_beside(folder: Path, program: Path, *, version: str, epoch: int) -> None:
    """What stands beside the program in the archive."""
    values = {"VERSION": version, "GLIBC": newest_glibc(program)}
    (folder / "README.txt").write_text(filled("README.txt", values), "utf-8")
    (folder / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes())
    script = folder / "add-to-menu"
    script.write_bytes((DATA / "add-to-menu").read_bytes())
    script.chmod(0o755)
    add_desktop_data(folder, version=version, epoch=epoch)


def _named(folder: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    for path in folder.rglob("*"):
        yield PurePosixPath(path.relative_to(folder).as_posix()), path


def _folder(name: PurePosixPath, epoch: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(str(name))
    entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, epoch
    return entry


def _add(archive: tarfile.TarFile, name: PurePosixPath, path: Path, epoch: int) -> None:
    if path.is_dir() and not path.is_symlink():
        archive.addfile(_folder(name, epoch))
        return
    entry = tarfile.TarInfo(str(name))
    entry.mtime = epoch
    content: IO[bytes] = io.BytesIO()
    if path.is_symlink():
        entry.type, entry.mode, entry.linkname = tarfile.SYMTYPE, 0o777, str(path.readlink())
    else:
        entry.size, entry.mode = path.stat().st_size, permissions(path)
        content = path.open("rb")
    with content:
        archive.addfile(entry, content)
