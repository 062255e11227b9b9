"""Whether a file is one that its source published, byte for byte."""

import hashlib
from pathlib import Path
from typing import Final

from model_export.weights.errors import WeightsError

_UNKNOWN_LICENCE: Final = (
    "licence {licence}, which is that of the published weights: this file is not one of them"
)


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """The file's hash, in hexadecimal.

    Raises:
        WeightsError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(
                file, lambda: hashlib.new(algorithm, usedforsecurity=False)
            ).hexdigest()
    except OSError as error:
        raise WeightsError(
            f"cannot import {path.name}",
            why=f"the file cannot be read ({error.strerror or error})",
            remedy="Check its permissions.",
        ) from error


def licence_assumption(licence: str) -> str:
    """The sentence about a file that nobody published under that hash."""
    return _UNKNOWN_LICENCE.format(licence=licence)
