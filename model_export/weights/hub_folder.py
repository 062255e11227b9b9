"""The files that hubs lay beside weights: descriptions in JSON, the licence in README.md."""

import json
import re
from pathlib import Path
from typing import Any, Final

from model_export.weights.errors import WeightsError

CONFIG: Final = "config.json"
_WEIGHTS: Final = ("model.safetensors", "pytorch_model.bin")
_FRONT_MATTER: Final = re.compile(r"\A---\s*\n(.*?)\n---\s*$", re.DOTALL | re.MULTILINE)
_LICENCE: Final = re.compile(r"^licen[sc]e:\s*[\"']?([\w.+-]+)", re.MULTILINE)


def weights_file(path: Path) -> Path:
    """The file itself, or the one in a downloaded folder.

    Raises:
        WeightsError: A folder without weights.
    """
    if not path.is_dir():
        return path
    for name in _WEIGHTS:
        if (path / name).is_file():
            return path / name
    raise WeightsError(
        f"cannot import {path}",
        why=f"there is neither {' nor '.join(_WEIGHTS)} in the folder",
        remedy="Give the file of weights.",
    )


def read_beside(path: Path, name: str) -> dict[str, Any] | None:
    """The JSON object in the file of that name beside ``path``; None where there is none.

    Raises:
        WeightsError: It cannot be read, or is something else.
    """
    place = path.with_name(name)
    if not place.exists():
        return None
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise unusable(place, str(error)) from error
    if not isinstance(content, dict):
        raise unusable(place, "it is no JSON object")
    return content


def licence_beside(path: Path) -> str | None:
    """The licence that the model's README.md declares in its head; None where there is none."""
    try:
        text = path.with_name("README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    head = _FRONT_MATTER.match(text)
    found = None if head is None else _LICENCE.search(head[1])
    return None if found is None else found[1]


def unusable(place: Path, why: str) -> WeightsError:
    """The error about a description beside the weights."""
    return WeightsError(
        f"cannot use {place}",
        why=why,
        remedy="Download it again, in the same folder as the weights.",
    )
