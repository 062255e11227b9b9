"""Writing files so that a crash or a full disk never leaves half of one."""

import contextlib
import os
import tempfile
from pathlib import Path

from desktop_app.core.errors import OutputError


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``: whole, or not at all.

    The bytes go to a temporary file in the same folder, to the disk, and only then under their
    name. Missing folders are made. A file's previous permissions are kept, new files get the
    usual ones.

    Raises:
        OutputError: The folder cannot be made or written to, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(_mode(path))
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise OutputError(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Choose another place, or make room.",
        ) from error


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
