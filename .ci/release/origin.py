"""Which state of the source a release is made from: its version, and its time.

Packages carry this one time everywhere that a time has to stand, so that the same source gives the
same bytes. ``SOURCE_DATE_EPOCH`` overrules it (https://reproducible-builds.org/specs/).
"""

import os
import subprocess

from desktop_app import __version__
from release.flavours import ROOT


def version() -> str:
    """The program's version."""
    return __version__


def source_date_epoch() -> int:
    """Seconds since 1970 of the last commit.

    Raises:
        subprocess.CalledProcessError: No variable is set, and this is no checkout.
    """
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "log", "-1", "--format=%ct"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(told.stdout)
