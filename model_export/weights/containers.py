"""A file of weights → its named tensors, whatever it is packed in.

The first bytes say what a file is, not its name: a web page that was saved as ``.h5`` and a Git
LFS pointer are told from a damaged download, and a renamed file is read for what it is.
"""

import contextlib
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, Literal

from model_export.weights.errors import WeightsError
from model_export.weights.hdf5_file import open_hdf5
from model_export.weights.records import Tensors
from model_export.weights.torch_files import open_safetensors, read_pickle

Container = Literal["HDF5", "PyTorch", "safetensors"]

KERAS_CONTAINERS: Final[tuple[Container, ...]] = ("HDF5",)
TORCH_CONTAINERS: Final[tuple[Container, ...]] = ("PyTorch", "safetensors")
_HEAD_BYTES: Final = 512
_PICKLE_PROTOCOL_2: Final = b"\x80\x02"
_HEADER_LIMIT: Final = 100_000_000  # of a safetensors header, by its specification


@contextlib.contextmanager
def open_tensors(path: Path, accepted: Collection[Container]) -> Iterator[Tensors]:
    """The tensors of a file; they can be read until the block ends.

    Args:
        path: The file.
        accepted: What its source publishes.

    Raises:
        WeightsError: It is missing, damaged, something else, or holds more than tensors.
    """
    container = _container(path)
    if container not in accepted:
        raise WeightsError(
            f"cannot import {path.name}",
            why=f"it is a {container} file, and this source's are {' or '.join(accepted)} files",
            remedy="Name the source that it comes from with --from.",
        )
    if container == "HDF5":
        with open_hdf5(path) as tensors:
            yield tensors
    elif container == "safetensors":
        with open_safetensors(path) as tensors:
            yield tensors
    else:
        yield read_pickle(path)


def _container(path: Path) -> Container:
    head = _head(path)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "HDF5"
    if head.startswith((b"PK\x03\x04", _PICKLE_PROTOCOL_2)):
        return "PyTorch"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < _HEADER_LIMIT:
        return "safetensors"
    raise WeightsError(
        f"cannot import {path.name}", why=_foreign(head), remedy="Download the real file again."
    )


def _foreign(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "it is empty"
    if text.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer, a note of 130 bytes that stands for the real file"
    if text.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<html" in text:
        return "it is a web page, not the file that the page offers"
    return "it is no HDF5, PyTorch or safetensors file, or its beginning is damaged"


def _head(path: Path) -> bytes:
    """The first bytes, once it is clear that it is a file and not a pipe that never ends.

    Raises:
        WeightsError: There is no readable file.
    """
    what = f"cannot import {path.name}"
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "a device, a pipe or a socket"
            raise WeightsError(
                what, why=f"it is no regular file but {kind}", remedy="Give the file of weights."
            )
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WeightsError(
            what, why=f"there is no file {path}", remedy="Check the path."
        ) from error
    except OSError as error:
        raise WeightsError(
            what,
            why=f"the file cannot be read ({error.strerror or error})",
            remedy="Check its permissions.",
        ) from error
