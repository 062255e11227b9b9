"""Lays the modules that PySide brings for itself beside it, compiled.

PySide carries them inside a library, as a zip archive of sources that is unpacked and compiled at
every start: 16 ms. It looks for them in a folder first, the one that the variable ``SBK_EMBED``
makes (signature_bootstrap.py, which is in that library too).

The module that writes stubs for type checkers is imported with the others and never called; its
regular expressions alone take 8 ms. An empty one takes its place.
"""

import py_compile
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Final

FOLDER: Final = PurePosixPath("shiboken6", "files.dir")
"""Where PySide looks, seen from the program's folder of modules."""

_STUB_WRITER: Final = Path("shibokensupport", "signature", "lib", "pyi_generator.py")
_UNPACK: Final = """
import sys
import PySide6.QtCore
from shibokensupport.signature import loader
loader.__loader__.zfile.extractall(sys.argv[1])
"""


def qt_support(work: Path) -> list[tuple[str, str]]:
    """Compile the modules.

    Args:
        work: A folder for them, made anew.

    Returns:
        PyInstaller's pairs: a file, and the folder in the program that it belongs into.

    Raises:
        subprocess.CalledProcessError: PySide does not carry them as it did.
        FileNotFoundError: The module to be left out is not among them.
    """
    shutil.rmtree(work, ignore_errors=True)
    # In another process: PySide changes how modules are imported.
    subprocess.run([sys.executable, "-c", _UNPACK, str(work)], check=True)
    (work / _STUB_WRITER).unlink()
    (work / _STUB_WRITER).write_text('"""Left out of this program."""\n', "utf-8")
    return [_compiled(source, work) for source in sorted((work / "shibokensupport").rglob("*.py"))]


def _compiled(source: Path, work: Path) -> tuple[str, str]:
    """Compile to what Python imports where there is no source."""
    name = source.relative_to(work)
    target = source.with_suffix(".pyc")
    py_compile.compile(
        str(source),
        str(target),
        dfile=name.as_posix(),
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return str(target), str(FOLDER / name.parent.as_posix())
