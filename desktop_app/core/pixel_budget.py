"""Limits how many pixels several threads hold decoded at a time.

A limit per picture does not bound what four threads hold together. A plain semaphore would: but
then one picture of 200 megapixels would count as much as an icon.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class PixelBudget:
    """A semaphore that counts pixels. Safe to use from any number of threads."""

    def __init__(self, pixels: int) -> None:
        self._limit = pixels
        self._free = pixels
        self._changed = threading.Condition()

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Hold what is taken in the body until its end.

        Yields:
            ``take(pixels)``: waits until so many are free. A picture that is larger than the
            whole budget waits until it is alone.
        """
        taken = 0

        def take(pixels: int) -> None:
            nonlocal taken
            weight = min(pixels, self._limit)
            with self._changed:
                self._changed.wait_for(lambda: self._free >= weight)
                self._free -= weight
            taken += weight

        try:
            yield take
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()
