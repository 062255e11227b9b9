"""Finds a classifier's class scores: which tensor holds them, and whether a softmax made it.

Exporters seldom end in the softmax itself: a cast follows where a file computes in float16, a
reshape where the scores were maps of one position. Whoever took such an output for logits would
send probabilities through a softmax once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import onnx
from onnx import helper

from desktop_app.core.graph.shapes import TensorType

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
        logits: The tensor before the softmax; ``output`` where there is none.
        is_softmax: Whether the output is that of a softmax.
        runs_over_classes: Whether that softmax runs over the classes, as far as it is known.
    """

    output: str
    logits: str
    is_softmax: bool = False
    runs_over_classes: bool = True


def find_class_scores(
    model: onnx.ModelProto, output: str, types: Mapping[str, TensorType]
) -> ClassScores | None:
    """Look behind an output of a classifier.

    Args:
        model: The graph.
        output: Name of the output.
        types: Of the graph's tensors, as far as they are known.

    Returns:
        None where the graph does not compute the output.
    """
    makers = {name: node for node in model.graph.node for name in node.output}
    node = makers.get(output)
    if node is None:
        return None
    while node is not None and node.op_type in _KEEPS_VALUES:
        node = makers.get(node.input[0])
    if node is None or node.op_type != "Softmax":
        return ClassScores(output=output, logits=output)
    return ClassScores(
        output=output,
        logits=node.input[0],
        is_softmax=True,
        runs_over_classes=_runs_over_classes(model, node, types),
    )


def _runs_over_classes(
    model: onnx.ModelProto, softmax: onnx.NodeProto, types: Mapping[str, TensorType]
) -> bool:
    known = types.get(softmax.input[0])
    shape = None if known is None else known.shape
    if not shape:
        return True
    versions = (e.version for e in model.opset_import if e.domain in {"", "ai.onnx"})
    opset = max(versions, default=1)
    attributes = {a.name: helper.get_attribute_value(a) for a in softmax.attribute}
    classes = [axis for axis, size in enumerate(shape) if axis > 0 and size != 1]
    if opset >= _SOFTMAX_OF_ONE_AXIS:
        return classes == [attributes.get("axis", -1) % len(shape)]
    return all(axis >= attributes.get("axis", 1) % len(shape) for axis in classes)
