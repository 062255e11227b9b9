"""Finds the head whose logits are weighted sums of the last channels' means.

That is what residual networks end in: each map is averaged, and the last layer weighs the means.
Where a graph ends like that, a class's logit can be taken apart exactly, channel by channel. The
rule knows operators, not names; a head that is anything else is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import onnx
from onnx import helper, numpy_helper

_ARRANGING: Final = frozenset({"Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"})
"""What leaves the values as they are when a network is run, and in their order."""
_AXES_OF_A_MAP: Final = ({2, 3}, {-2, -1})
_LONGEST: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearHead:
    """Where a head's numbers are: logits = scale × means × weights + bias_scale × bias.

    Attributes:
        maps: The tensor whose maps are averaged, (N, channels, height, width).
        pooled: Their means, (N, channels) or with further axes of 1.
        weights: A constant of two axes.
        classes_first: Whether it is (classes, channels), else (channels, classes).
        scale: Multiplies the weights.
        bias: A constant, one value per class; empty for none.
        bias_scale: Multiplies the bias.
    """

    maps: str
    pooled: str
    weights: str
    classes_first: bool = False
    scale: float = 1.0
    bias: str = ""
    bias_scale: float = 1.0


def find_linear_head(
    model: onnx.ModelProto,
    *,
    input_name: str,
    logits: str,
    shapes: Mapping[str, tuple[int, ...]],
) -> LinearHead | None:
    """The head of a classifier, if it is one average followed by one weighted sum.

    Args:
        model: A classifier.
        input_name: Its image input.
        logits: Its class scores before any softmax.
        shapes: Of the tensors whose shape is known, without the batch: a pool is a mean only
            where its window is the whole map.
    """
    graph = _Ending(model, input_name)
    tensor = graph.before_arranging(logits)
    bias = ""
    if (node := graph.maker(tensor)) is not None and node.op_type == "Add":
        sources = graph.of_image(node)
        if len(sources) != 1:
            return None
        (bias,) = (name for name in node.input if name not in sources)
        tensor = graph.before_arranging(sources[0])
    dense = _dense(graph, tensor, bias)
    if dense is None:
        return None
    pooled = graph.before_arranging(dense["pooled"])
    pool = graph.maker(pooled)
    if pool is None or not _averages(pool, graph, shapes):
        return None
    return LinearHead(**(dense | {"maps": pool.input[0]}))


def _dense(graph: "_Ending", tensor: str, bias: str) -> dict[str, Any] | None:
    """The fields that the weighted sum itself decides."""
    node = graph.maker(tensor)
    if node is None or node.op_type not in {"Gemm", "MatMul"}:
        return None
    if graph.of_image(node) != [node.input[0]]:
        return None
    found: dict[str, Any] = {"pooled": node.input[0], "weights": node.input[1], "bias": bias}
    if node.op_type == "MatMul":
        return found
    attributes = _attributes(node)
    own = node.input[2] if len(node.input) > 2 else ""
    if attributes.get("transA", 0) or (own and bias):
        return None
    found |= {
        "classes_first": bool(attributes.get("transB", 0)),
        "scale": float(attributes.get("alpha", 1.0)),
    }
    if own:
        found |= {"bias": own, "bias_scale": float(attributes.get("beta", 1.0))}
    return found


def _averages(
    node: onnx.NodeProto, graph: "_Ending", shapes: Mapping[str, tuple[int, ...]]
) -> bool:
    """Whether the node gives the mean of each whole map."""
    attributes = _attributes(node)
    match node.op_type:
        case "GlobalAveragePool":
            return True
        case "ReduceMean":
            axes = attributes.get("axes")
            if axes is None and len(node.input) > 1:
                axes = graph.integers(node.input[1])
            return axes is not None and set(axes) in _AXES_OF_A_MAP
        case "AveragePool":
            whole = shapes.get(node.input[0], ())[1:]
            is_whole = bool(whole) and tuple(attributes.get("kernel_shape", ())) == whole
            return is_whole and not any(attributes.get("pads", ()))
    return False


class _Ending:
    """A graph, walked from its end."""

    def __init__(self, model: onnx.ModelProto, input_name: str) -> None:
        self._makers: dict[str, onnx.NodeProto] = {}
        self._from_image = {input_name}
        self._stored = {tensor.name: tensor for tensor in model.graph.initializer}
        for node in model.graph.node:
            self._makers |= dict.fromkeys(node.output, node)
            if self._from_image.intersection(node.input):
                self._from_image.update(node.output)

    def maker(self, tensor: str) -> onnx.NodeProto | None:
        """What computes the tensor."""
        return self._makers.get(tensor)

    def of_image(self, node: onnx.NodeProto) -> list[str]:
        """The node's inputs that depend on the picture."""
        return [name for name in node.input if name in self._from_image]

    def before_arranging(self, tensor: str) -> str:
        """The tensor that has the same values before anything arranged them."""
        for _ in range(_LONGEST):
            node = self._makers.get(tensor)
            if node is None or node.op_type not in _ARRANGING:
                break
            tensor = node.input[0]
        return tensor

    def integers(self, name: str) -> list[int] | None:
        """A constant's values, where they stand in the file."""
        node = self._makers.get(name)
        if node is not None and node.op_type == "Constant":
            value = _attributes(node).get("value")
            return None if value is None else numpy_helper.to_array(value).ravel().tolist()
        stored = self._stored.get(name)
        return None if stored is None else numpy_helper.to_array(stored).ravel().tolist()


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
