"""Follows the axis of channels through a graph: which tensors of four axes have it where.

Converters write networks whose pictures have their channels last with a transpose before and after
every convolution, and keep that order in between. What lies there looks like maps in the usual
order, and is none.
"""

from collections.abc import Mapping
from typing import Final

import onnx
from onnx import helper

CHANNELS_SECOND: Final = frozenset(
    {
        "AveragePool",
        "BatchNormalization",
        "Conv",
        "ConvInteger",
        "ConvTranspose",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "GroupNormalization",
        "InstanceNormalization",
        "LRN",
        "LpPool",
        "MaxPool",
        "QLinearConv",
    }
)
"""Operators that are defined for (N, C, H, W) alone, whatever they are fed."""
_REARRANGE: Final = frozenset(
    {"DepthToSpace", "Einsum", "Flatten", "Gather", "Reshape", "SpaceToDepth"}
)


def channel_axes(
    graph: onnx.GraphProto, shapes: Mapping[str, tuple[int, ...]], *, input_name: str, axis: int
) -> Mapping[str, int]:
    """The axis of channels of every tensor of four axes where it is known.

    What is computed element by element keeps the axes, a product with a matrix those before the
    last one; what rearranges loses them.

    Args:
        graph: Its nodes in order.
        shapes: Of its tensors, with the batch, as far as they are known.
        input_name: The image input.
        axis: Its axis of channels.
    """
    known = {input_name: axis}
    for node in graph.node:
        found = _axis(node, known)
        if found is not None:
            four = (name for name in node.output if len(shapes.get(name, ())) == 4)
            known.update(dict.fromkeys(four, found))
    return known


def _axis(node: onnx.NodeProto, known: Mapping[str, int]) -> int | None:
    if node.op_type in CHANNELS_SECOND:
        return 1
    axes = [known[name] for name in node.input if name in known]
    if not axes or node.op_type in _REARRANGE:
        return None
    if node.op_type == "Transpose":
        order = next((helper.get_attribute_value(a) for a in node.attribute), ())
        return list(order).index(axes[0]) if axes[0] in order else None
    if node.op_type == "MatMul" and axes[0] != 3:
        return None
    return axes[0]
