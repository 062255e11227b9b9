"""What a person calls a class → its index."""

from collections.abc import Sequence
from difflib import get_close_matches

from desktop_app.core.errors import ClassMissingError


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
    close = get_close_matches(wanted, folded, n=3)
    meant = " or ".join(labels[folded.index(label)] for label in close)
    raise ClassMissingError(
        f"cannot explain the class {word}",
        why=f"the model has no class of that name or number among its {len(labels)}",
        remedy=f"Did you mean {meant}?" if meant else "'residual-lens classify' names the classes.",
    )
