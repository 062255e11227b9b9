"""Kinds of command-line arguments that argparse lacks."""

import argparse
from collections.abc import Callable


def at_least(smallest: int) -> Callable[[str], int]:
    """A whole number of ``smallest`` or more; anything else is a wrong call."""

    def read(text: str) -> int:
        number = int(text) if text.removeprefix("-").isdecimal() else smallest - 1
        if number < smallest:
            msg = f"{text!r} is no whole number of {smallest} or more"
            raise argparse.ArgumentTypeError(msg)
        return number

    return read
