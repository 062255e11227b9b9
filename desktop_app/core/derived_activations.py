"""Activations that are computed when somebody looks at them.

A tapped run delivers some layers; the others follow from those by the formulas of
``graph/derivations.py``. To everybody else this is a read-only mapping like any other: name in,
float32 (C, H, W) out. What was derived is kept within a limit, the latest first, so that views
that ask for the same layer, or for the one beside it, do not pay twice.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from desktop_app.core.formulas import Formula
from desktop_app.core.records import Tensor, read_only

KEPT_BYTES: Final = 32 * 2**20
"""Of derived values, per image: most of a stage of ResNet-50 at 224×224."""


class DerivedActivations(Mapping[str, Tensor]):
    """Layer name → float32 (C, H, W), read-only; safe to share between threads.

    The same array is given again for as long as anybody holds it.
    """

    def __init__(
        self,
        tapped: Mapping[str, Tensor],
        formulas: Mapping[str, Formula],
        *,
        names: Iterable[str],
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        """Hold what was tapped; nothing is derived yet.

        Args:
            tapped: What the run delivered.
            formulas: For every other layer that is needed; those of its inputs as well.
            names: The layers that can be asked for, in their order.
            kept_bytes: Derived values beyond that are let go. The one just asked for is kept.
        """
        self._tapped = dict(tapped)
        self._formulas = formulas
        self._names = dict.fromkeys(names)
        self._limit = kept_bytes
        self._kept: OrderedDict[str, Tensor] = OrderedDict()
        self._alive: weakref.WeakValueDictionary[str, Tensor] = weakref.WeakValueDictionary()
        self._lock = threading.RLock()

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        if name in self._tapped:
            return self._tapped[name]
        with self._lock:
            return self._derived(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def held_bytes(self) -> int:
        """What is in memory for it now: tapped, and derived and kept."""
        with self._lock:
            return sum(maps.nbytes for maps in (*self._tapped.values(), *self._kept.values()))

    def let_go(self) -> None:
        """Forget what was derived; it is derived again when asked for."""
        with self._lock:
            self._kept.clear()

    def _derived(self, name: str) -> Tensor:
        """A layer, with all that it follows from.

        Without recursion: a graph may be deeper than Python's stack.
        """
        # Held here until the end: what is only alive elsewhere could be gone at the next look.
        found: dict[str, Tensor] = {}
        waiting = [name]
        while waiting:
            step = waiting[-1]
            maps = found.get(step, self._at_hand(step))
            if maps is None:
                formula = self._formulas[step]
                if before := [source for source in formula.inputs if source not in found]:
                    waiting += before
                    continue
                with np.errstate(all="ignore"):  # what overflows is infinite, as in a run
                    maps = read_only(formula.of([found[source] for source in formula.inputs]))
                self._keep(step, maps)
            found[waiting.pop()] = maps
        self._keep(name, found[name])
        self._drop_oldest()
        return found[name]

    def _at_hand(self, name: str) -> "Tensor | None":
        for values in (self._tapped, self._kept, self._alive):
            if (maps := values.get(name)) is not None:
                return maps
        return None

    def _keep(self, name: str, maps: Tensor) -> None:
        self._kept[name] = self._alive[name] = maps
        self._kept.move_to_end(name)

    def _drop_oldest(self) -> None:
        held = sum(maps.nbytes for maps in self._kept.values())
        while held > self._limit and len(self._kept) > 1:
            held -= self._kept.popitem(last=False)[1].nbytes


def held_bytes(values: Mapping[str, Tensor]) -> int:
    """What activations keep in memory now."""
    if isinstance(values, DerivedActivations):
        return values.held_bytes
    return sum(maps.nbytes for maps in values.values())
