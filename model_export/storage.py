"""How weights are stored: smaller than they are computed, unfolded to float32 when loaded.

Kernels of convolutions and of the dense layer hold 99 % of the bytes and may be stored as float16
or int8; biases and batch norms stay float32. The file unfolds them with ordinary ONNX nodes (Cast,
and Mul by a scale), so every runtime reads it, and ONNX Runtime folds these nodes once, when it
loads. What the file unfolds to is known exactly beforehand (:func:`round_trip`), so the proof
compares weights for equality, not for likeness.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core.errors import LensError

Storage = Literal["float32", "float16", "int8"]
STORAGES: Final[tuple[Storage, ...]] = get_args(Storage)

Weight = NDArray[np.float32]

_LEVELS: Final = 127
_FLOAT16_MAX: Final = float(np.finfo(np.float16).max)


class StorageError(LensError):
    """The weights cannot be stored in that way."""

    code = "storage-impossible"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredWeight:
    """A weight as it stands in the file: what is stored, and the nodes that unfold it."""

    initializers: tuple[onnx.TensorProto, ...]
    nodes: tuple[onnx.NodeProto, ...] = ()


def store(name: str, weight: Weight, storage: Storage) -> StoredWeight:
    """Lay a weight down so that the tensor ``name`` is its :func:`round_trip`.

    Args:
        name: Of the unfolded float32 tensor.
        weight: A kernel, (outputs, …), or a vector, which is always stored as float32.
        storage: How.

    Raises:
        StorageError: A weight is not finite, or beyond float16's range.
    """
    _check(name, weight, storage)
    if storage == "float32" or weight.ndim == 1:
        return StoredWeight(initializers=(numpy_helper.from_array(weight, name),))
    if storage == "float16":
        half = numpy_helper.from_array(weight.astype(np.float16), f"{name}.float16")
        return StoredWeight(initializers=(half,), nodes=(_cast(half.name, name),))
    quantised, scale = _quantised(weight)
    levels = numpy_helper.from_array(quantised, f"{name}.int8")
    steps = numpy_helper.from_array(scale, f"{name}.scale")
    cast_name = f"{name}.levels"
    product = helper.make_node("Mul", [cast_name, steps.name], [name], name=name)
    return StoredWeight(
        initializers=(levels, steps), nodes=(_cast(levels.name, cast_name), product)
    )


def round_trip(weight: Weight, storage: Storage) -> Weight:
    """What a file unfolds ``weight`` to, bit for bit.

    Args:
        weight: A kernel or a vector; see :func:`store`.
        storage: How it is stored.
    """
    unfolded = weight
    if storage == "float16" and weight.ndim > 1:
        unfolded = weight.astype(np.float16).astype(np.float32)
    elif storage == "int8" and weight.ndim > 1:
        levels, scale = _quantised(weight)
        unfolded = levels.astype(np.float32) * scale
    return unfolded


def unfold(model: onnx.ModelProto) -> dict[str, NDArray[Any]]:
    """Every constant of a file, stored or computed from stored ones by Cast and Mul.

    Computed with NumPy, independently of the runtime that is to be checked.
    """
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if not all(name in constants for name in node.input):
            continue
        values = [constants[name] for name in node.input]
        if node.op_type == "Cast":
            target = next(a.i for a in node.attribute if a.name == "to")
            constants[node.output[0]] = values[0].astype(helper.tensor_dtype_to_np_dtype(target))
        elif node.op_type == "Mul":
            constants[node.output[0]] = values[0] * values[1]
    return constants


def stored_as(constants: Container[str], name: str) -> Storage:
    """How the tensor ``name`` is stored, by the names that :func:`unfold` found."""
    for storage in ("float16", "int8"):
        if f"{name}.{storage}" in constants:
            return storage
    return "float32"


def _quantised(weight: Weight) -> tuple[NDArray[np.int8], Weight]:
    """Levels within -127..127, and the step of each output channel, (outputs, 1, …).

    Symmetric, without a zero point; the largest weight of a channel is its last level. Smaller
    steps, which clip the largest few and resolve all others better, were tried and lowered the
    squared error of a trained ResNet-50 by 0.6 %: not worth a search.
    """
    axes = tuple(range(1, weight.ndim))
    largest = np.abs(weight).max(axis=axes, keepdims=True)
    # A channel of zeros needs some step; so does one so small that its step would be 0.
    scale = np.maximum(largest / np.float32(_LEVELS), np.finfo(np.float32).tiny)
    # The division may round to just beyond the last level, never to the one after.
    levels = np.clip(np.rint(weight / scale), -_LEVELS, _LEVELS).astype(np.int8)
    return levels, scale


def _cast(source: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], name=target, to=TensorProto.FLOAT)


def _check(name: str, weight: Weight, storage: Storage) -> None:
    largest = float(np.abs(weight).max(initial=0.0))
    if not np.isfinite(largest):
        why = f"{name} has values that are not finite"
    elif storage == "float16" and weight.ndim > 1 and largest > _FLOAT16_MAX:
        why = f"{name} reaches {largest:.3g}, beyond float16's 65504"
    else:
        return
    raise StorageError(
        f"cannot store the weights as {storage}",
        why=why,
        remedy="Use --weights float32, or another checkpoint.",
    )
