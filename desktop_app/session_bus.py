"""No message bus is started for this program's sake.

Qt asks the desktop's bus for small things (the theme, assistive technology). Where a session has
none, as over ``ssh -X``, libdbus starts one by itself, if ``dbus-launch`` is installed: a process
that outlives the program, and a folder ``.dbus`` in the home.
"""

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

_ADDRESS: Final = "DBUS_SESSION_BUS_ADDRESS"


def start_no_bus(variables: MutableMapping[str, str] = os.environ) -> None:
    """Have libdbus go without a bus unless there is one; before Qt is loaded.

    A bus's address is told, or it is a socket in the session's folder (sd_bus_open_user(3)). The
    value set is the usual one for none: an address that no library can connect to.
    """
    session = variables.get("XDG_RUNTIME_DIR")
    if session and (Path(session) / "bus").exists():
        return
    variables.setdefault(_ADDRESS, "disabled:")
