"""Manners of a command line that is read by another program."""

import os
import sys


def drop_output() -> None:
    """Send the rest of standard output nowhere, after its reader has gone (``… | head``).

    Python flushes standard output once more when it ends and would complain of the broken pipe
    (Python documentation, "Note on SIGPIPE", module ``signal``).
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
