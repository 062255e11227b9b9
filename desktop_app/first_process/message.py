"""What a second start tells the first: one small JSON object.

``json`` rather than msgspec, whose import alone would double the time that a second start takes.
The sender is the same person, yet nothing is believed unchecked: it may be another version of the
program.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from desktop_app.core.local_files import absolute, expanded

if TYPE_CHECKING:  # importing it would load NumPy
    from desktop_app.core.provider_names import ProviderChoice

SIZE_LIMIT: Final = 2**24
"""Bytes. The longest command line that Linux allows (6 MiB) fits, unless most of it is escaped."""
_SCHEMA: Final = 1
_PROVIDERS: Final = ("auto", "cpu", "cuda")
_TOKEN_LIMIT: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a command line asks of the window.

    Attributes:
        paths: Pictures, folders and models, absolute.
        model: A listed name or an absolute path; None leaves the model as it is.
        provider: None leaves it as it is.
        cuda_folder: With CUDA's libraries, absolute; None leaves it as it is.
        activation: The desktop's permission to come to the front (XDG activation, startup
            notification); may be empty.
    """

    paths: tuple[Path, ...] = ()
    model: str | None = None
    provider: "ProviderChoice | None" = None
    cuda_folder: Path | None = None
    activation: str = ""


def start_from_here(
    named: Iterable[Path],
    *,
    model: str | None = None,
    provider: "ProviderChoice | None" = None,
    cuda_folder: Path | None = None,
) -> Start:
    """The start that a command line means which was typed in this folder, on this desktop.

    Where the folder has been removed, paths stay relative; the first process refuses those.
    """
    token = os.environ.get("XDG_ACTIVATION_TOKEN") or os.environ.get("DESKTOP_STARTUP_ID") or ""
    return Start(
        paths=tuple(absolute(path) for path in named),
        model=model and _from_anywhere(model),
        provider=provider,
        cuda_folder=cuda_folder and absolute(expanded(cuda_folder)),
        activation=token[:_TOKEN_LIMIT],
    )


def encode(start: Start) -> bytes:
    """The start as JSON, pure ASCII; stray bytes of file names are escaped surrogates (PEP 383)."""
    return json.dumps(
        {
            "schema": _SCHEMA,
            "paths": [os.fspath(path) for path in start.paths],
            "model": start.model,
            "provider": start.provider,
            "cuda_folder": None if start.cuda_folder is None else os.fspath(start.cuda_folder),
            "activation": start.activation,
        }
    ).encode("ascii")


def decode(content: bytes) -> Start:
    """The start that ``content`` tells.

    Raises:
        ValueError: It is not what :func:`encode` makes, or is of another version's schema.
    """
    try:
        fields = json.loads(content)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error
    if not isinstance(fields, dict) or fields.get("schema") != _SCHEMA:
        msg = "not a start, or one of another schema"
        raise ValueError(msg)
    named, model, provider = fields.get("paths"), fields.get("model"), fields.get("provider")
    if not isinstance(named, list) or provider not in (None, *_PROVIDERS):
        msg = "not a start"
        raise ValueError(msg)
    folder = fields.get("cuda_folder")
    return Start(
        paths=tuple(_path(name) for name in named),
        model=None if model is None else _text(model),
        provider=cast("ProviderChoice | None", provider),
        cuda_folder=None if folder is None else _path(folder),
        activation=_text(fields.get("activation"))[:_TOKEN_LIMIT],
    )


def _text(value: object) -> str:
    """A string that the system takes as a file's name or a variable's value.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, str) or "\0" in value:
        msg = "not a string, or one with a null character"
        raise ValueError(msg)
    os.fsencode(value)  # surrogates that stand for no byte
    return value


def _path(value: object) -> Path:
    """An absolute path.

    Raises:
        ValueError: It is none.
    """
    path = Path(_text(value))
    if not path.is_absolute():
        msg = "a path is relative"
        raise ValueError(msg)
    return path


def _from_anywhere(reference: str) -> str:
    """``--model`` for a process that was started in another folder: a listed name stays one."""
    path = Path(reference)
    is_path = len(path.parts) > 1 or path.suffix.lower() == ".onnx" or path.is_file()
    return str(absolute(path)) if is_path else reference
