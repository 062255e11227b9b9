"""Which named tensors are the ReLU of another named tensor, and so need not be looked at twice."""

from collections.abc import Iterable

import numpy as np
import onnx
from onnx import helper, numpy_helper


def rectified_tensors(model: onnx.ModelProto, names: Iterable[str]) -> dict[str, str]:
    """Tensor → the one that it is max(0, x) of, both among ``names``; ONNX's ``Relu`` alone.

    A clipped activation (ReLU6) also looks like its input as long as nothing reaches its end, so
    only the operator makes it certain.
    """
    known = frozenset(names)
    return {
        node.output[0]: node.input[0]
        for node in model.graph.node
        if node.op_type == "Relu" and node.domain in {"", "ai.onnx"}
        if node.output[0] in known and node.input[0] in known
    }


def clipped_at_zero(model: onnx.ModelProto) -> frozenset[str]:
    """What ``Clip`` gives where its lower bound is 0, as in ReLU6; another bound is no ReLU.

    The bound is an attribute before opset 11, an input since.
    """
    zeros = {
        tensor.name
        for tensor in model.graph.initializer
        if not tensor.dims or list(tensor.dims) == [1]
        if not numpy_helper.to_array(tensor).any()
    }
    found: set[str] = set()
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Constant":
            value = attributes.get("value_float", attributes.get("value"))
            if isinstance(value, onnx.TensorProto):
                value = numpy_helper.to_array(value)
            if value is not None and np.size(value) == 1 and not np.any(value):
                zeros.update(node.output)
        elif node.op_type == "Clip":
            is_input = len(node.input) > 1 and node.input[1] in zeros
            if is_input or attributes.get("min") == 0:
                found.add(node.output[0])
    return frozenset(found)
