"""Which layers a run must deliver, and by which formulas the others follow from them.

Every tensor that a run delivers is written through memory once more, which is what a tapped run
costs. Most layers of a residual network are cheap functions of the others: ReLU, sum and batch
norm value by value, a 1×1 convolution of a large map by one small matrix product. So the run
delivers the rest, and these are derived when somebody looks at them (decision 18).

The rule knows operators, not names: any graph has its taps found by it, and what no formula fits
is tapped.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from desktop_app.core.formulas import Added, Clipped, Formula, Mixed, Scaled
from desktop_app.core.records import Layer, Tensor

DEAREST: Final = 8e6
"""Values that may go through memory to derive one layer from taps alone; some 4 ms. What is dearer
is tapped, so that a long chain of blocks is cut in pieces."""

_Constant = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TapPlan:
    """How every layer of a model is come by.

    Attributes:
        taps: Layers that a run delivers.
        formulas: Layer name → how it follows from others, in the order of the graph.
    """

    taps: tuple[str, ...]
    formulas: Mapping[str, Formula] = field(default_factory=dict)

    def sources(self, names: Iterable[str]) -> tuple[str, ...]:
        """The taps that ``names`` are, or follow from, in the order of ``taps``."""
        needed, waiting = set[str](), list(names)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += self.formulas[name].inputs if name in self.formulas else ()
        return tuple(name for name in self.taps if name in needed)


def parameter_names(model: onnx.ModelProto, layers: Iterable[Layer]) -> tuple[str, ...]:
    """The constants that :func:`plan_taps` would have to know."""
    shapes = {layer.name: layer.shape for layer in layers}
    return tuple(
        name
        for node in model.graph.node
        if node.output[0] in shapes
        for name in _parameters(node, shapes)
        if name
    )


def plan_taps(
    model: onnx.ModelProto,
    layers: Sequence[Layer],
    constants: Mapping[str, _Constant],
    *,
    dearest: float = DEAREST,
) -> TapPlan:
    """Choose what to tap.

    Args:
        model: The graph.
        layers: The named ones, with their shapes.
        constants: Values of :func:`parameter_names`, as far as they are known.
        dearest: See :data:`DEAREST`.
    """
    shapes = {layer.name: layer.shape for layer in layers}
    formulas: dict[str, Formula] = {}
    costs: dict[str, float] = {}  # of this step alone
    needed: dict[str, frozenset[str]] = {}  # what is derived on the way to a layer, itself included
    for node in model.graph.node:
        name = node.output[0]
        if name not in shapes:
            continue
        formula = _formula(node, shapes, constants)
        if formula is None:
            continue
        costs[name] = formula.cost(math.prod(shapes[name]))
        way = frozenset({name}).union(*(needed.get(source, ()) for source in formula.inputs))
        if sum(costs[step] for step in way) <= dearest:
            formulas[name] = formula
            needed[name] = way
    return TapPlan(
        taps=tuple(layer.name for layer in layers if layer.name not in formulas),
        formulas=formulas,
    )


def _parameters(node: onnx.NodeProto, shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, ...]:
    """The node's inputs that have to be constant, where it may be derived at all."""
    if node.domain or not node.input or node.input[0] not in shapes:
        return ()
    match node.op_type:
        case "BatchNormalization" | "Clip":
            return tuple(node.input[1:])
        case "Conv" if _is_small_pointwise(node, shapes):
            return tuple(node.input[1:])
    return ()


def _is_small_pointwise(node: onnx.NodeProto, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether it mixes channels only, and its kernel is no larger than the map it spares.

    The kernel stays in memory beside the sessions' own; a late layer's is larger than its maps.
    """
    attributes = _attributes(node)
    inputs, outputs = shapes[node.input[0]], shapes[node.output[0]]
    if len(inputs) != 3 or len(outputs) != 3:
        return False
    down, right = attributes.get("strides", (1, 1))
    return (
        tuple(attributes.get("kernel_shape", ())) == (1, 1)
        and attributes.get("group", 1) == 1
        and not any(attributes.get("pads", ()))
        and outputs[1:] == (-(-inputs[1] // down), -(-inputs[2] // right))
        and inputs[0] * outputs[0] <= math.prod(outputs)
    )


def _formula(
    node: onnx.NodeProto, shapes: Mapping[str, tuple[int, ...]], constants: Mapping[str, _Constant]
) -> Formula | None:
    """How the node's first output follows from other layers; None where no formula fits."""
    if node.domain or not node.input:
        return None
    if node.op_type in {"Add", "Sum"}:
        shape = shapes[node.output[0]]
        same = len(node.input) > 1 and all(shapes.get(name) == shape for name in node.input)
        return Added(inputs=tuple(node.input)) if same else None
    write = _FORMULAS.get(node.op_type)
    if write is None or node.input[0] not in shapes:
        return None
    parameters = [constants.get(name) if name else None for name in _parameters(node, shapes)]
    named = [name for name in node.input[1:] if name]
    known = [value for value in parameters if value is not None and value.dtype == np.float32]
    return write(node, parameters) if len(known) == len(named) else None


def _rectified(node: onnx.NodeProto, _: Sequence[_Constant | None]) -> Formula:
    return Clipped(inputs=(node.input[0],))


def _clipped(node: onnx.NodeProto, bounds: Sequence[_Constant | None]) -> Formula:
    """The bounds are attributes before opset 11, inputs since; each may be left out."""
    attributes = _attributes(node)
    low, high = (*bounds, None, None)[:2]
    return Clipped(
        inputs=(node.input[0],),
        low=attributes.get("min", -math.inf) if low is None else low.item(),
        high=attributes.get("max", math.inf) if high is None else high.item(),
    )


def _scaled(node: onnx.NodeProto, parameters: Sequence[_Constant | None]) -> Formula | None:
    attributes = _attributes(node)
    if attributes.get("training_mode", 0) or not attributes.get("spatial", 1):
        return None
    gamma, beta, mean, variance = (np.asarray(value, np.float64) for value in parameters)
    with np.errstate(all="ignore"):  # a variance below 0 gives what ONNX Runtime gives: no number
        scale = gamma / np.sqrt(variance + attributes.get("epsilon", 1e-5))
        shift = beta - mean * scale
    return Scaled(inputs=(node.input[0],), scale=_column(scale, 3), shift=_column(shift, 3))


def _mixed(node: onnx.NodeProto, parameters: Sequence[_Constant | None]) -> Formula | None:
    kernel, bias = (*parameters, None, None)[:2]
    if kernel is None:
        return None  # the kernel is large, or looks at more than one position
    down, right = _attributes(node).get("strides", (1, 1))
    return Mixed(
        inputs=(node.input[0],),
        kernel=kernel.reshape(kernel.shape[:2]),
        bias=None if bias is None else _column(bias, 2),
        stride=(down, right),
    )


_FORMULAS: Final[Mapping[str, Callable[..., Formula | None]]] = {
    "Relu": _rectified,
    "Clip": _clipped,
    "BatchNormalization": _scaled,
    "Conv": _mixed,
}


def _column(values: NDArray[Any], dimensions: int) -> Tensor:
    """One value per channel, to go with arrays of so many dimensions."""
    column = values.astype(np.float32).reshape(-1, *(1,) * (dimensions - 1))
    column.flags.writeable = False
    return column


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
