"""Whether a file is one that its source published, byte for byte."""

import hashlib
from pathlib import Path

from model_export.weights.errors import WeightsError
from model_export.weights.records import Subject


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


def assumed_of_published(licence: str, preprocessing: str) -> dict[Subject, str]:
    """What is assumed of a file that its source did not publish: it is like those that it did."""
    return {
        "preprocessing": f"{preprocessing}, as for the published weights",
        "licence": f"{licence}, that of the published weights, and this file is not one of them",
    }
