"""Gives freed memory back to the operating system, where the C library would keep it.

Making a session takes three times the memory that it holds: the parsed file, its bytes, what ONNX
Runtime makes of them. glibc keeps what of that is freed, and nearly all of a session that is let
go, because something small above it is still in use (malloc_trim(3) gives back what lies between).
"""

import ctypes
import sys


def give_back() -> bool:
    """Give back what is free; takes some 20 ms after a session was made.

    Returns:
        Whether there is a C library that keeps it and can be asked; others are not known to.
    """
    if sys.platform != "linux":
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    if trim is None:
        return False
    trim(0)
    return True
