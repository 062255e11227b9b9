"""Whether a window can be opened here, asked before Qt is: Qt ends the process with a core dump.

A ``DISPLAY`` that nothing answers (an ended ssh session, a container without its socket) is found
by connecting as Qt's plugin would, through libxcb.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

_XCB: Final = "libxcb.so.1"


def obstacle(
    variables: Mapping[str, str] = os.environ,
    *,
    platform: str = sys.platform,
    answers: "Callable[[str], bool] | None" = None,
) -> str | None:
    """Why no window can be opened, as a phrase, or None.

    Args:
        variables: The environment.
        platform: As ``sys.platform``; only Linux can be without a screen.
        answers: Whether an X server answers at a display's name.
    """
    if platform != "linux":
        return None
    chosen = variables.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if chosen not in {"", "xcb", "wayland"}:
        return None  # Somebody knows what they want, offscreen for example.
    if chosen != "xcb" and _is_wayland_there(variables):
        return None
    display = variables.get("DISPLAY")
    if not display:
        return "there is no display for a window"
    return None if (answers or _x_answers)(display) else f"no screen answers at DISPLAY={display}"


def _is_wayland_there(variables: Mapping[str, str]) -> bool:
    name = variables.get("WAYLAND_DISPLAY")
    return bool(name) and (Path(variables.get("XDG_RUNTIME_DIR", "")) / str(name)).exists()


def _x_answers(display: str) -> bool:
    """Connect and hang up; where there is no libxcb, Qt may find out."""
    try:
        xcb = ctypes.CDLL(_XCB)
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = (ctypes.c_void_p,)
    xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(display.encode(), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
