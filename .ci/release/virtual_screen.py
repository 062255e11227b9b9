"""A screen that nobody sees: Xvfb on a free display, for what starts programs and watches them."""

import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from release.errors import ReleaseError

SIZE: Final = (1920, 1080)
_LIMIT_S: Final = 20


class NoScreenError(ReleaseError):
    """There is no X server to show anything on."""


@contextmanager
def virtual_screen() -> Iterator[str]:
    """Run Xvfb on a free display, whose name (":99") this is, for as long as the context lasts.

    Raises:
        NoScreenError: The server did not start.
    """
    read_end, write_end = os.pipe()
    width, height = SIZE
    server = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{width}x{height}x24"),
            *("-nolisten", "tcp", "-noreset"),
        ],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as reply:
            ready, _, _ = select.select([reply], [], [], _LIMIT_S)
            number = reply.readline().strip() if ready else ""
        if not number:
            raise NoScreenError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(_LIMIT_S)
