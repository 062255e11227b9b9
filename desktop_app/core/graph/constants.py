"""The constants of a graph: what it computes without looking at the picture.

Weights need not lie in a file as they are used: quantised ones are unfolded by ordinary nodes,
exporters put a Constant or an Identity in front. Whoever needs the numbers themselves asks for the
part of the graph that computes them, and runs it once.
"""

from collections.abc import Iterable

import onnx
from onnx import numpy_helper

from desktop_app.core.records import Tensor


def stored_constants(model: onnx.ModelProto, names: Iterable[str]) -> dict[str, Tensor]:
    """Those of ``names`` that lie in the file as they are used, as read-only arrays."""
    wanted = set(names)
    found: dict[str, Tensor] = {}
    for tensor in model.graph.initializer:
        if tensor.name in wanted:
            value = numpy_helper.to_array(tensor).copy()  # without the file's bytes behind it
            value.flags.writeable = False
            found[tensor.name] = value
    return found


def computed_constants(
    model: onnx.ModelProto, names: Iterable[str]
) -> tuple[onnx.ModelProto, tuple[str, ...]]:
    """The part of the graph that computes those of ``names`` which need computing.

    Args:
        model: Is not changed.
        names: Whatever depends on an input, or lies in the file as it is, is left out.

    Returns:
        A model without inputs, and the names of its outputs, in the order of the graph.
    """
    wanted = set(names)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    constant = set(stored)
    makers: dict[str, onnx.NodeProto] = {}
    outputs: list[str] = []
    for node in model.graph.node:
        # A node with a graph inside may look at anything outside it.
        inside = any(attribute.HasField("g") for attribute in node.attribute)
        if inside or not all(name in constant for name in node.input if name):
            continue
        for output in node.output:
            constant.add(output)
            makers[output] = node
            if output in wanted:
                outputs.append(output)
    part = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    part.graph.name = "constants"
    needed, waiting = set[str](), list(outputs)
    while waiting:
        name = waiting.pop()
        if name and name not in needed:
            needed.add(name)
            waiting += makers[name].input if name in makers else ()
    part.graph.initializer.extend(stored[name] for name in stored if name in needed)
    part.graph.node.extend(node for node in model.graph.node if needed.intersection(node.output))
    part.graph.output.extend(onnx.ValueInfoProto(name=name) for name in outputs)
    return part, tuple(outputs)
