"""A model file's metadata without its graph: microseconds where parsing takes a tenth of a second.

An ONNX file is one protobuf message whose graph, with all weights, is a single field. Fields say
how long they are, so the graph can be stepped over.
"""

import os
from pathlib import Path
from typing import BinaryIO, Final

from google.protobuf.message import DecodeError
from onnx import ModelProto, StringStringEntryProto

# Protocol Buffers, "Encoding": the wire types, the low three bits of a field's tag.
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10
_METADATA: Final = ModelProto.DESCRIPTOR.fields_by_name["metadata_props"].number


def read_metadata(path: Path) -> dict[str, str]:
    """The file's metadata properties; empty where it has none.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no protobuf message, or is torn.
    """
    found: dict[str, str] = {}
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while file.tell() < size:
            number, kind = divmod(_varint(file), 8)
            if kind == _VARINT:
                _varint(file)
                continue
            if kind not in {_LENGTH, _EIGHT_BYTES, _FOUR_BYTES}:
                msg = f"unknown wire type {kind}"
                raise ValueError(msg)
            length = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(kind) or _varint(file)
            if file.tell() + length > size:
                msg = "a field goes on after the end of the file"
                raise ValueError(msg)
            if number == _METADATA and kind == _LENGTH:
                key, value = _entry(file.read(length))
                found[key] = value
            else:
                file.seek(length, os.SEEK_CUR)
    return found


def _entry(content: bytes) -> tuple[str, str]:
    entry = StringStringEntryProto()
    try:
        entry.ParseFromString(content)
    except DecodeError as error:
        msg = "a metadata entry is damaged"
        raise ValueError(msg) from error
    return entry.key, entry.value


def _varint(file: BinaryIO) -> int:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    value = 0
    for index in range(_LONGEST_VARINT):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << (7 * index)
        if byte[0] < 0x80:
            return value
    msg = "the file ends inside a number, or it is none"
    raise ValueError(msg)
