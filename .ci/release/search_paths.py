"""Takes the build machine's folders out of the libraries' search paths.

A Python that its owner compiled carries the folder it was installed in. On another machine that
folder is somebody else's, or nobody's: whoever can write there decides what the program loads.
Only places relative to the library itself (``$ORIGIN``) may stay.
"""

import subprocess
from pathlib import Path

from release.elf import elf_files


def remove_foreign_folders(program: Path) -> None:
    """Leave nothing but relative places in the search paths of all libraries under ``program``.

    Raises:
        subprocess.CalledProcessError: patchelf failed; it has said why.
    """
    for path in elf_files(program):
        found = _search_path(path)
        kept = own_folders(found)
        if kept == found:
            continue
        change = ["--set-rpath", kept] if kept else ["--remove-rpath"]
        subprocess.run(["patchelf", *change, str(path)], check=True)


def own_folders(search_path: str) -> str:
    """Those folders of a search path that are given relative to the library."""
    return ":".join(
        folder for folder in search_path.split(":") if folder.startswith(("$ORIGIN", "${ORIGIN}"))
    )


def _search_path(path: Path) -> str:
    """DT_RUNPATH or DT_RPATH; empty where there is none."""
    command = ["patchelf", "--print-rpath", str(path)]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    return told.stdout.strip()  # what is no dynamic file has none, and patchelf fails on it
