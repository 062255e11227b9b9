"""Manners of a command line that is read by another program."""

import os
import sys
from pathlib import Path


def path_text(path: Path | str) -> str:
    r"""A path, or a sentence that names one, as text that every output can hold.

    File names are bytes on Linux. Those that are not UTF-8 reach Python as surrogates (PEP 383),
    which no file and no JSON may hold; here they become ``\xe9``.
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def drop_output() -> None:
    """Send the rest of standard output nowhere, after its reader has gone (``… | head``).

    Python flushes standard output once more when it ends and would complain of the broken pipe
    (Python documentation, "Note on SIGPIPE", module ``signal``).
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def is_unicode(path: Path | str) -> bool:
    """Whether a path is whole text, without the surrogates that stand for stray bytes."""
    return not any("\ud800" <= character <= "\udfff" for character in os.fspath(path))
