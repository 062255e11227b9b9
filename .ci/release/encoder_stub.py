"""Leaves the video encoder x265 out of the frozen program.

pillow-heif's wheels bring libheif linked to x265, an encoder under the GPL, because they can also
write HEIC. This program only reads it, and with x265 in its folder the whole could be handed on
under the GPL alone. A library of the same name takes its place: it has the functions that libheif
asks for, and each answers "nothing". libheif takes that for an encoder that cannot encode. This is
known of the functions in ``_KNOWN`` alone; when libheif asks for more, somebody has to look.

The other ways, and why not: pi-heif, the same author's wheels without x265, ended with version
1.4.0 in June 2026 (bigcat88/pillow_heif#431), and libheif and libde265, which decode strangers'
files, go on mending faults that matter for security. Without a library of that name libheif does
not load at all.
"""

import mmap
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from release.errors import ReleaseError

ENCODER: Final = re.compile(r"(?:.*/)?libx265[-.\w]*$", re.IGNORECASE)
"""PyInstaller's names of the library that is left out."""
MARK: Final = b"residual-lens: x265 is left out"
"""Stands in the library that takes its place."""

SIGN: Final = b"HEVC encoder version %s"
"""What x265 says when it begins; it stands in every build of it, also within another library."""

Entry = tuple[str, str, str]
"""PyInstaller's record of a file: name in the program, where it is from, kind."""

_LIBHEIF: Final = re.compile(r"(?:.*/)?libheif[-.\w]*$", re.IGNORECASE)
_LINK: Final = "SYMLINK"
_COMPILING: Final = {
    "linux": ("-fPIC", "-Wl,-soname,{name}", "-Wl,--build-id=none"),
    "win32": ("-Wl,--no-insert-timestamp",),
}
"""What the compiler is told beside the common; these are the platforms where it has been tried."""
_SYMBOL: Final = re.compile(r"\bU (x265_\w+)", re.MULTILINE)
_KNOWN: Final = re.compile(r"x265_(api_get_\d+|cleanup)")
"""What has been seen to work when it answers nothing; other names may even be of data."""


class EncoderError(ReleaseError):
    """x265 could not be left out."""


def without_encoder(binaries: Iterable[Entry], work: Path) -> list[Entry]:
    """What PyInstaller found, with the stand-in for x265.

    Args:
        binaries: The libraries found.
        work: A folder for the stand-in.

    Raises:
        EncoderError: x265 is there and cannot be replaced on this platform, or libheif is not, or
            it asks for something else than it did when this was tried.
        subprocess.CalledProcessError: nm or the compiler failed.
    """
    listed = list(binaries)
    encoders = [entry for entry in listed if ENCODER.match(entry[0]) and entry[2] != _LINK]
    if not encoders:
        return listed
    if sys.platform not in _COMPILING:
        raise EncoderError(
            f"{encoders[0][0]} is under the GPL and must not be handed on with this program; "
            f"nobody has written how to replace it on {sys.platform} (.ci/release/encoder_stub.py)"
        )
    users = [entry[1] for entry in listed if _LIBHEIF.match(entry[0]) and entry[2] != _LINK]
    if len(encoders) != 1 or len(users) != 1:
        raise EncoderError(f"one libx265 and one libheif were expected, not {encoders} and {users}")
    (name, _origin, kind) = encoders[0]
    stand_in = work / Path(name).name
    asked = functions(Path(users[0]))
    if not asked:
        raise EncoderError(f"{users[0]} asks x265 for nothing: what is the library for?")
    if strange := [function for function in asked if not _KNOWN.fullmatch(function)]:
        raise EncoderError(
            f"libheif asks for {', '.join(strange)}: see that it does without, then name it in "
            ".ci/release/encoder_stub.py"
        )
    build(asked, stand_in)
    return [(name, str(stand_in), kind) if entry == encoders[0] else entry for entry in listed]


def functions(libheif: Path) -> list[str]:
    """Names of x265's functions that ``libheif`` asks for."""
    return _asked_of_a_dll(libheif) if sys.platform == "win32" else _undefined_in(libheif)


def _undefined_in(libheif: Path) -> list[str]:
    names = subprocess.run(
        ["nm", "-D", "--undefined-only", str(libheif)], check=True, capture_output=True, text=True
    )
    return sorted(_SYMBOL.findall(names.stdout))


def _asked_of_a_dll(libheif: Path) -> list[str]:
    # Comes with PyInstaller, on Windows alone.
    import pefile  # type: ignore[import-not-found]  # noqa: PLC0415

    file = pefile.PE(str(libheif), fast_load=True)
    file.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_IMPORT"]])
    return sorted(
        function.name.decode("ascii")
        for library in file.DIRECTORY_ENTRY_IMPORT
        if ENCODER.match(library.dll.decode("ascii"))
        for function in library.imports
    )


def build(names: Sequence[str], target: Path, *, compiler: str = "gcc") -> None:
    """Compile the library ``target`` in which each function of ``names`` returns a null pointer.

    Args:
        names: The functions.
        target: For this platform, on Windows by MinGW's gcc.
        compiler: Its name.
    """
    text = "".join(f"const void *{name}(void) {{ return 0; }}\n" for name in names)
    text += f'__attribute__((used)) static const char mark[] = "{MARK.decode()}";\n'
    if sys.platform == "win32":
        text += "int DllMainCRTStartup(void) { return 1; }\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = [flag.format(name=target.name) for flag in _COMPILING[sys.platform]]
    command = [compiler, "-x", "c", "-", "-shared", "-Os", "-s", "-nostdlib", *flags]
    subprocess.run([*command, "-o", str(target)], check=True, input=text, text=True)


def is_stand_in(path: Path) -> bool:
    """Whether the library at ``path`` is the one built here, and not x265."""
    return MARK in path.read_bytes()


def holds_encoder(path: Path) -> bool:
    """Whether x265 is in the file at ``path``, whatever its name."""
    if path.stat().st_size == 0:  # which cannot be mapped
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(SIGN) >= 0
