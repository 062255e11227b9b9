"""What a Debian package of the frozen program depends on, computed from the files themselves.

``dpkg-shlibdeps`` looks up which package each needed library comes from, and from which version on
that library has the symbols in question. What lies in the package itself is found first and needs
nothing. A library that is neither inside nor on this machine ends the build, so nothing can be
missing in silence. What is opened by name at run time no table of a file tells; it stands below.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from release.elf import elf_files
from release.errors import ReleaseError

OPENED_AT_RUN_TIME: Final = {
    "fontconfig": "keeps the machine's cache of fonts; without it the program makes one per home",
    "xkb-data": "the bundled libxkbcommon reads keyboard layouts in /usr/share/X11/xkb",
}
"""Debian package → why the program needs it, though no file names it."""

LEFT_TO_THE_USER: Final = ("libonnxruntime_providers_cuda.so",)
"""Their libraries (CUDA, cuDNN) are NVIDIA's, in no Debian release, and not needed to start."""

_VARIABLE: Final = "shlibs:Depends="


class DependenciesError(ReleaseError):
    """dpkg-shlibdeps could not tell them; the message has its words."""


def dependencies(tree: Path, *, package: str, architecture: str, private: Path) -> list[str]:
    """The relations of the field Depends, sorted.

    Args:
        tree: The package's files, as they are installed below ``/``, with ``DEBIAN/`` in it (by
            which dpkg-shlibdeps knows a package's root, and so the meaning of ``$ORIGIN``).
        package: Its name.
        architecture: Debian's name of it, as amd64.
        private: Where the program's own libraries are installed, as ``/usr/lib/…``: the loader is
            told by PyInstaller's bootloader to look there.

    Raises:
        DependenciesError: A library is nowhere, or comes from no package.
    """
    debian = tree.parent / "debian"
    debian.mkdir(exist_ok=True)
    (debian / "control").write_text(
        f"Source: {package}\n\nPackage: {package}\nArchitecture: {architecture}\n", "utf-8"
    )
    files = [path for path in elf_files(tree) if path.name not in LEFT_TO_THE_USER]
    command = ["dpkg-shlibdeps", "-O", "--warnings=0", f"-S{tree}", f"-l{private}"]
    told = subprocess.run(
        [*command, *(f"-e{path}" for path in files)],
        check=False,
        capture_output=True,
        text=True,
        cwd=debian.parent,
    )
    if told.returncode != 0:
        raise DependenciesError(f"dpkg-shlibdeps failed:\n{_errors(told.stderr)}")
    return sorted({*relations(told.stdout), *OPENED_AT_RUN_TIME})


def relations(told: str) -> Sequence[str]:
    """The relations in what dpkg-shlibdeps prints: one line, nothing where nothing is needed."""
    (line,) = told.splitlines() or [_VARIABLE]
    return [text for text in line.removeprefix(_VARIABLE).split(", ") if text]


def _errors(told: str) -> str:
    lines = [line for line in told.splitlines() if "error:" in line or line.startswith("Hint")]
    return "\n".join(dict.fromkeys(lines))
