"""Finds a classifier's class scores: which tensor holds them, and whether a softmax made it.

Exporters seldom end in the softmax itself: a cast follows where a file computes in float16, a
reshape where the scores were maps of one position. Whoever took such an output for logits would
send probabilities through a softmax once more.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import onnx
from onnx import TensorProto, helper

from desktop_app.core.graph.opset import opset_of
from desktop_app.core.graph.shapes import TensorType
from desktop_app.core.graph.tape import FLOATS

_KEEPS_VALUES: Final = frozenset(
    {"Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"}
)
"""What gives the same values in the same order."""
_SOFTMAX_OF_ONE_AXIS: Final = 13
"""Before this opset everything from ``axis`` on is one row (ONNX operators, Softmax-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScores:
    """Where the class scores are.

    Attributes:
        output: The graph's output.
        classes: How many scores there are for one picture, 0 for what is no list of scores; None
            where it is not known.
        logits: The tensor before the softmax or the sigmoid; ``output`` where there is none.
        is_softmax: Whether the output is that of a softmax.
        is_sigmoid: Whether it is that of a sigmoid.
        runs_over_classes: Whether that softmax runs over the classes, as far as it is known.
    """

    output: str
    classes: int | None
    logits: str
    is_softmax: bool = False
    is_sigmoid: bool = False
    runs_over_classes: bool = True


def all_class_scores(
    model: onnx.ModelProto, types: Mapping[str, TensorType]
) -> tuple[ClassScores, ...]:
    """Every output of a classifier that holds numbers and is computed by the graph, in its order.

    Args:
        model: The graph.
        types: Of the graph's tensors for one picture, as far as they are known.
    """
    makers = {name: node for node in model.graph.node for name in node.output}
    return tuple(
        _scores(model, output, makers, types)
        for output in model.graph.output
        if output.name in makers
        and output.type.tensor_type.elem_type in {*FLOATS, TensorProto.UNDEFINED}
    )


def _scores(
    model: onnx.ModelProto,
    output: onnx.ValueInfoProto,
    makers: Mapping[str, onnx.NodeProto],
    types: Mapping[str, TensorType],
) -> ClassScores:
    classes = _class_count(output, types)
    node = makers.get(output.name)
    while node is not None and node.op_type in _KEEPS_VALUES:
        node = makers.get(node.input[0])
    if node is not None and (logits := _written_out(node, makers, types)) is not None:
        return ClassScores(output=output.name, classes=classes, logits=logits, is_softmax=True)
    if node is None or node.op_type not in {"Sigmoid", "Softmax"}:
        return ClassScores(output=output.name, classes=classes, logits=output.name)
    if node.op_type == "Sigmoid":
        return ClassScores(
            output=output.name, classes=classes, logits=node.input[0], is_sigmoid=True
        )
    return ClassScores(
        output=output.name,
        classes=classes,
        logits=node.input[0],
        is_softmax=True,
        runs_over_classes=_runs_over_classes(model, node, types),
    )


def _written_out(
    node: onnx.NodeProto, makers: Mapping[str, onnx.NodeProto], types: Mapping[str, TensorType]
) -> str | None:
    """The logits of a softmax that older converters write as exp(x) / Σ exp(x), or None."""

    def made_by(name: str, operator: str) -> onnx.NodeProto | None:
        maker = makers.get(name)
        return maker if maker is not None and maker.op_type == operator else None

    if node.op_type != "Div":
        return None
    powers, total = (made_by(*pair) for pair in zip(node.input, ("Exp", "ReduceSum"), strict=True))
    if powers is None or total is None or total.input[0] != powers.output[0]:
        return None
    known = types.get(total.output[0])
    if known is None or known.shape is None or math.prod(known.shape) != 1:
        return None  # not one sum for all classes
    shifted = made_by(powers.input[0], "Sub")  # which changes nothing but what overflows
    if shifted is not None:
        largest = made_by(shifted.input[1], "ReduceMax")
        if largest is not None and largest.input[0] == shifted.input[0]:
            return str(shifted.input[0])
    return str(powers.input[0])


def _class_count(output: onnx.ValueInfoProto, types: Mapping[str, TensorType]) -> int | None:
    """As inferred, else as declared; of (N, classes) or that with further axes of 1."""
    known = types.get(output.name)
    shape: Sequence[int | None] | None = None if known is None else known.shape
    if shape is None:
        dims = output.type.tensor_type.shape.dim
        shape = [d.dim_value if d.dim_value > 0 else None for d in dims]
    if len(shape) < 2:
        return None
    sizes = [size for size in shape[1:] if size != 1]
    if len(sizes) > 1:
        return 0
    return sizes[0] if sizes else 1


def _runs_over_classes(
    model: onnx.ModelProto, softmax: onnx.NodeProto, types: Mapping[str, TensorType]
) -> bool:
    known = types.get(softmax.input[0])
    shape = None if known is None else known.shape
    if not shape:
        return True
    attributes = {a.name: helper.get_attribute_value(a) for a in softmax.attribute}
    classes = [axis for axis, size in enumerate(shape) if axis > 0 and size != 1]
    if not classes:
        return True
    if opset_of(model) >= _SOFTMAX_OF_ONE_AXIS:
        return classes == [attributes.get("axis", -1) % len(shape)]
    return all(axis >= attributes.get("axis", 1) % len(shape) for axis in classes)
