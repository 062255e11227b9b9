"""Works out the sizes that a graph computes from the sizes of its tensors.

Exporters write "pad by two" or "reshape to what came in" as arithmetic: constants, ``Shape``, and a
few nodes that take the numbers apart and put them together. Shape inference follows only some of
them, and behind the first one that it does not follow nothing has a shape. For one size of the
picture all of that is constant, so it is worked out here, small arrays alone.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_LARGEST: Final = 1024
"""Values of an array; what is larger is a weight."""

Array = NDArray[Any]
_LEFT_OUT: Final[Array] = np.array([], np.int64)
Attributes = Mapping[str, Any]


def work_out(
    graph: onnx.GraphProto, shapes: Mapping[str, tuple[int, ...]], known: dict[str, Array]
) -> bool:
    """Add to ``known`` what follows from it and from the tensors' shapes.

    Args:
        graph: Its nodes in order.
        shapes: Of its tensors, as far as they are known.
        known: Name → value of small constants.

    Returns:
        Whether anything was added.
    """
    before = len(known)
    for node in graph.node:
        if len(node.output) != 1 or node.output[0] in known or node.domain not in {"", "ai.onnx"}:
            continue
        value = _value(node, shapes, known)
        if value is not None and value.size <= _LARGEST:
            known[node.output[0]] = value
    return len(known) > before


def small_constants(graph: onnx.GraphProto) -> dict[str, Array]:
    """The small ones that lie in the file."""
    return {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if math.prod(tensor.dims) <= _LARGEST
    }


def _value(
    node: onnx.NodeProto, shapes: Mapping[str, tuple[int, ...]], known: Mapping[str, Array]
) -> Array | None:
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if node.op_type == "Shape":
        shape = shapes.get(node.input[0])
        part = slice(attributes.get("start", 0), attributes.get("end"))
        return None if shape is None else np.array(shape, np.int64)[part]
    if node.op_type == "Constant":
        return _constant(attributes)
    rule = _RULES.get(node.op_type)
    if rule is None or any(name and name not in known for name in node.input):
        return None
    try:
        with np.errstate(all="ignore"):
            return np.asarray(rule([known.get(name, _LEFT_OUT) for name in node.input], attributes))
    except (ArithmeticError, IndexError, MemoryError, TypeError, ValueError):
        return None  # whatever it is, ONNX Runtime will say it


def _constant(attributes: Attributes) -> Array | None:
    if "value" in attributes:
        return np.asarray(numpy_helper.to_array(attributes["value"]))
    for name, dtype in (("value_int", np.int64), ("value_float", np.float32)):
        for key in (name, f"{name}s"):
            if key in attributes:
                return np.array(attributes[key], dtype)
    return None


def _cast(values: list[Array], attributes: Attributes) -> Array:
    return np.asarray(values[0], helper.tensor_dtype_to_np_dtype(attributes["to"]))


def _filled(values: list[Array], attributes: Attributes) -> Array:
    if math.prod(values[0].tolist()) > _LARGEST:
        raise ValueError
    given = attributes.get("value")
    fill = np.zeros(1, np.float32) if given is None else numpy_helper.to_array(given)
    return np.full(values[0].tolist(), fill.item(), fill.dtype)


def _divided(values: list[Array], _: Attributes) -> Array:
    quotient: Array = values[0] / values[1]
    whole = np.issubdtype(values[0].dtype, np.integer)  # cut towards zero (ONNX operators, Div)
    return np.trunc(quotient).astype(values[0].dtype) if whole else quotient


def _reshaped(values: list[Array], _: Attributes) -> Array:
    sizes = [s or values[0].shape[axis] for axis, s in enumerate(values[1].tolist())]
    return values[0].reshape(sizes)


def _sliced(values: list[Array], attributes: Attributes) -> Array:
    """Bounds, axes and steps are inputs since opset 10."""
    if len(values) == 1:
        given = (attributes.get(name, ()) for name in ("starts", "ends", "axes"))
        values = [values[0], *(np.array(bounds, np.int64) for bounds in given)]
    data, *bounds = [*values, _LEFT_OUT, _LEFT_OUT][:5]
    starts, ends, axes, steps = (bound.ravel().tolist() for bound in bounds)
    parts = [slice(None)] * data.ndim
    axes, steps = axes or list(range(len(starts))), steps or [1] * len(starts)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        past = end < -data.shape[axis] and step < 0
        parts[axis] = slice(start, None if past else end, step)
    part: Array = data[tuple(parts)]
    return part


def _squeezed(values: list[Array], attributes: Attributes) -> Array:
    axes = _axes(values, attributes)
    squeezed: Array = np.squeeze(values[0], tuple(axes) if axes else None)
    return squeezed


def _unsqueezed(values: list[Array], attributes: Attributes) -> Array:
    return np.expand_dims(values[0], tuple(_axes(values, attributes)))


def _axes(values: list[Array], attributes: Attributes) -> list[int]:
    """An attribute before opset 13, an input since."""
    axes: list[int] = np.ravel(
        values[1] if len(values) > 1 else attributes.get("axes", ())
    ).tolist()
    return axes


def _expanded(values: list[Array], _: Attributes) -> Array:
    shape = np.broadcast_shapes(values[0].shape, tuple(values[1].tolist()))
    if math.prod(shape) > _LARGEST:
        raise ValueError
    return np.broadcast_to(values[0], shape)


def _ranged(values: list[Array], _: Attributes) -> Array:
    if abs(values[1] - values[0]) > _LARGEST * abs(values[2]):
        raise ValueError
    return np.arange(*(value.item() for value in values), dtype=values[0].dtype)


def _of(function: Callable[..., Any]) -> Callable[[list[Array], Attributes], Array]:
    """An operator that NumPy has under another name, without attributes."""
    return lambda values, _: function(*values)


_RULES: Final[Mapping[str, Callable[[list[Array], Attributes], Array]]] = {
    "Add": _of(np.add),
    "And": _of(np.logical_and),
    "Cast": _cast,
    "Ceil": _of(np.ceil),
    "Concat": lambda values, attributes: np.concatenate(values, attributes["axis"]),
    "ConstantOfShape": _filled,
    "Div": _divided,
    "Equal": _of(np.equal),
    "Expand": _expanded,
    "Floor": _of(np.floor),
    "Gather": lambda values, attributes: np.take(
        values[0], values[1], axis=attributes.get("axis", 0)
    ),
    "Greater": _of(np.greater),
    "Identity": lambda values, _: values[0],
    "Less": _of(np.less),
    "Max": _of(np.maximum),
    "Min": _of(np.minimum),
    "Mod": _of(np.mod),
    "Mul": _of(np.multiply),
    "Neg": _of(np.negative),
    "Not": _of(np.logical_not),
    "Range": _ranged,
    "Reshape": _reshaped,
    "Slice": _sliced,
    "Squeeze": _squeezed,
    "Sub": _of(np.subtract),
    "Transpose": lambda values, attributes: np.transpose(values[0], attributes.get("perm")),
    "Unsqueeze": _unsqueezed,
    "Where": _of(np.where),
}
