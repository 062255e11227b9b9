"""Bytes from anywhere → a parsed ONNX file that is whole.

What is no ONNX, a pointer to a file elsewhere, a pipe, or a model whose weights are missing is
refused here with its reason, before anything looks into the graph.
"""

import stat
from pathlib import Path
from typing import Final

import onnx
from google.protobuf.message import DecodeError
from onnx import external_data_helper

from desktop_app.core.errors import ModelMissingError, ModelUnreadableError

_LARGEST_BYTES: Final = 2**31  # protobuf's limit for one message (protobuf.dev, "Proto Limits")


def read_onnx(path: Path) -> onnx.ModelProto:
    """The parsed file, complete with all weights.

    Raises:
        ModelMissingError: Nothing is there.
        ModelUnreadableError: No ONNX, damaged, or its external weights are missing.
    """
    what = f"cannot open the model {path.name}"
    content = _content(path, what)
    if content.startswith(b"version https://git-lfs"):
        raise ModelUnreadableError(
            what,
            why="it is a Git LFS pointer, a note of 130 bytes that stands for the real file",
            remedy="Fetch the real file with 'git lfs pull'.",
        )
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise ModelUnreadableError(
            what,
            why="it is not an ONNX file, or it is damaged",
            remedy="Download or export it again.",
        ) from error
    if not model.graph.node:
        raise ModelUnreadableError(
            what,
            why="it is not an ONNX file, or it holds no graph",
            remedy="Download or export it again.",
        )
    _load_external_weights(model, path, what)
    return model


def _content(path: Path, what: str) -> bytes:
    """The file's bytes, once it is clear that it is a file and not endless."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, a pipe or a socket"
            raise ModelUnreadableError(
                what, why=f"it is no regular file but {kind}", remedy="Choose an .onnx file."
            )
        if status.st_size >= _LARGEST_BYTES:
            raise ModelUnreadableError(
                what,
                why="it has 2 GiB or more, and no ONNX file can",
                remedy="Export it with its weights in another file.",
            )
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelMissingError(
            what, why=f"there is no file {path}", remedy="Check the path."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelUnreadableError(
            what,
            why=f"the file cannot be read ({reason})",
            remedy="Check what it is and its permissions.",
        ) from error
    except MemoryError as error:
        raise ModelUnreadableError(
            what, why="there is not enough memory for it", remedy="Close other programs."
        ) from error


def _load_external_weights(model: onnx.ModelProto, path: Path, what: str) -> None:
    if not any(external_data_helper.uses_external_data(t) for t in model.graph.initializer):
        return
    try:
        external_data_helper.load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise ModelUnreadableError(
            what,
            why="its weights are kept in another file, which is missing or damaged",
            remedy="Put the weights file beside the model, under its original name.",
        ) from error
