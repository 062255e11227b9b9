"""Large files that are there whole or not at all.

:func:`desktop_app.core.atomic.write_bytes` wants its content in memory and leaves a new temporary
file behind at every kill; a checkpoint is hundreds of megabytes and training runs do get killed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from desktop_app.core.errors import OutputError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` and move it there when the block ends well.

    A kill at any moment leaves the old file or the new one. What a kill may leave beside it
    (``.name.part``) is overwritten by the next attempt, so nothing piles up.

    Raises:
        OutputError: The folder is missing, full or not writable.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Free some space or choose another folder with --output.",
        ) from error
