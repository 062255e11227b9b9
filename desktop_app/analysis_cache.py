"""The analyses that were on screen lately, so that going back to an image shows it at once.

What is kept is what would have to be computed again: picture, steps, scores and activations of one
image with the open model. The budget counts the bytes that are really held; what is beyond it is
let go, the least recently looked at first, and analysed again when somebody returns to it.
"""

from collections import OrderedDict
from typing import Any, Final

from numpy.typing import NDArray

from desktop_app.core.derived_activations import DerivedActivations, held_bytes
from desktop_app.core.machine import memory_bytes
from desktop_app.state import Shown

MEMORY_SHARE: Final = 1 / 16
"""Of the machine's memory: a network, other programs and the system need theirs."""
BUDGET_RANGE: Final = (128 * 2**20, 1024 * 2**20)
"""With ResNet-50 at 224×224 and photos of 12 megapixels (65 MB each), 2 to 16 analyses."""


def analysis_budget() -> int:
    """How many bytes of analyses this machine may hold; the lower bound where it does not tell."""
    low, high = BUDGET_RANGE
    return min(max(int(memory_bytes() * MEMORY_SHARE), low), high)


def bytes_of(shown: Shown) -> int:
    """What an analysis keeps in memory now."""
    arrays: list[NDArray[Any]] = [shown.image.pixels, *(step.preview for step in shown.steps)]
    if shown.classification is not None:
        arrays.append(shown.classification.probabilities)
    held = sum({id(array): array.nbytes for array in arrays}.values())  # previews may be the same
    return held + (0 if shown.activations is None else held_bytes(shown.activations.values))


class AnalysisCache:
    """Whole analyses by the number of their image; all of one model. Belongs to one thread."""

    def __init__(self, budget: int | None = None) -> None:
        """Begin empty.

        Args:
            budget: In bytes; :func:`analysis_budget` when None.
        """
        self._budget = analysis_budget() if budget is None else budget
        self._kept: OrderedDict[int, Shown] = OrderedDict()

    @property
    def held_bytes(self) -> int:
        """Of all analyses together."""
        return sum(bytes_of(shown) for shown in self._kept.values())

    def keep(self, shown: Shown) -> None:
        """Keep what is on screen now, however large; the others within the budget.

        The others' derived maps are let go first: they come again in milliseconds.
        """
        self._kept[shown.number] = shown
        self._make_newest(shown.number)
        held = self.held_bytes
        while held > self._budget and len(self._kept) > 1:
            held -= bytes_of(self._kept.popitem(last=False)[1])

    def back_to(self, number: int) -> Shown | None:
        """The analysis of that image, which will be on screen now; None where it was let go."""
        if number not in self._kept:
            return None
        self._make_newest(number)
        return self._kept[number]

    def drop(self, number: int) -> None:
        """Forget an image that is gone."""
        self._kept.pop(number, None)

    def clear(self) -> None:
        """Forget all: another model computes other things."""
        self._kept.clear()

    def _make_newest(self, number: int) -> None:
        self._kept.move_to_end(number)
        for other, shown in self._kept.items():
            if other != number and shown.activations is not None:
                values = shown.activations.values
                if isinstance(values, DerivedActivations):
                    values.let_go()
