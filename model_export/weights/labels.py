"""Which labels go with imported weights: the reader's file, or the source's own."""

import json
from pathlib import Path

from desktop_app.core.foreign_models import read_labels
from model_export.weights.errors import WrongImportError
from model_export.weights.records import SourceWeights


def labels_for(weights: SourceWeights, given: Path | None) -> tuple[str, ...]:
    """One label per class.

    Args:
        weights: What is imported.
        given: A list as :func:`desktop_app.core.foreign_models.read_labels` reads it, or Keras's
            ``imagenet_class_index.json``; overrides the source's own labels.

    Raises:
        WrongImportError: There are none, or not one per class.
        LabelsError: The file cannot be read.
    """
    what = f"cannot import {weights.file.name}"
    if given is None:
        if weights.labels is None:
            raise WrongImportError(
                what,
                why="its classes have no names: the weights come without labels",
                remedy="Give a file with one label per line with --labels.",
            )
        return weights.labels
    labels = _class_index(given) or read_labels(given)
    if len(labels) != weights.preset.classes:
        raise WrongImportError(
            what,
            why=f"it tells {weights.preset.classes} classes apart, and {given.name} names "
            f"{len(labels)}",
            remedy="Give a file with one label per class, in the order of the classes.",
        )
    return labels


def _class_index(path: Path) -> tuple[str, ...] | None:
    """The names in ``{"0": ["n01440764", "tench"], …}`` or ``{"0": "tench", …}``, else None."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        entries = [content[str(index)] for index in range(len(content))]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    last = (entry[-1] if isinstance(entry, list) and entry else entry for entry in entries)
    return tuple(str(name).replace("_", " ") for name in last)
