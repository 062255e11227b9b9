"""Wall-clock time as the program tells it: milliseconds."""

import time


def milliseconds_since(began: float) -> float:
    """Milliseconds since ``began``, a value of ``time.perf_counter()``."""
    return (time.perf_counter() - began) * 1000
