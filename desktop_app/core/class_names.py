"""What a person calls a class → its index."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from desktop_app.core.errors import ClassMissingError

_MOST_OFFERED: Final = 3
_ALIKE: Final = 0.75
"""Of difflib's ratio, whose own 0.6 takes "hog" for "dog" and "acorn" for "unicorn"."""


def find_class(word: str, labels: Sequence[str]) -> int:
    """The class that is meant.

    Args:
        word: A label, in any case, or else an index: labels may be numbers themselves.
        labels: One per class.

    Raises:
        ClassMissingError: There is none, or several have that label.
    """
    wanted = word.strip().casefold()
    folded = [label.casefold() for label in labels]
    if folded.count(wanted) == 1:
        return folded.index(wanted)
    if wanted in folded:
        numbers = ", ".join(str(index) for index, label in enumerate(folded) if label == wanted)
        raise ClassMissingError(
            f"cannot tell which class {word} is",
            why=f"several have that label: {numbers}",
            remedy="Give the number.",
        )
    if wanted.isdecimal() and int(wanted) < len(labels):
        return int(wanted)
    meant = " or ".join(labels[index] for index in _similar(wanted, folded))
    raise ClassMissingError(
        f"cannot explain the class {word}",
        why=f"the model has no class of that name or number among its {len(labels)}",
        remedy=f"Did you mean {meant}?"
        if meant
        else f"'residual-lens classify IMAGE --top-k {len(labels)}' names all classes.",
    )


def _similar(wanted: str, folded: Sequence[str]) -> list[int]:
    """Classes that may be meant: those that have the word in their name, then misspelt ones."""
    named = [index for index, label in enumerate(folded) if wanted in re.findall(r"\w+", label)]
    close = get_close_matches(wanted, folded, n=_MOST_OFFERED, cutoff=_ALIKE)
    found = dict.fromkeys([*named, *(folded.index(label) for label in close)])
    return list(found)[:_MOST_OFFERED]
