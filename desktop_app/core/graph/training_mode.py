"""Finds what runs in a network as it does in training, where the same picture has many answers.

A batch norm in training mode takes its statistics from the picture, and ONNX Runtime moves the
stored ones along with every run; a dropout in training mode draws at random.
"""

from typing import Final

import onnx
from onnx import numpy_helper

_NORM_OUTPUTS: Final = 5
"""Of a batch norm that trains, before opset 14 brought ``training_mode``."""


def training_node(model: onnx.ModelProto, input_name: str) -> onnx.NodeProto | None:
    """The first node on the picture's way that trains, or None."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    of_image = {input_name}
    for node in model.graph.node:
        if not of_image.intersection(node.input):
            continue
        of_image.update(node.output)
        if _trains(node, stored):
            return node
    return None


def _trains(node: onnx.NodeProto, stored: dict[str, onnx.TensorProto]) -> bool:
    if node.op_type == "BatchNormalization":
        told = any(a.name == "training_mode" and a.i for a in node.attribute)
        return told or sum(map(bool, node.output)) == _NORM_OUTPUTS
    if node.op_type == "Dropout" and len(node.input) > 2 and node.input[2] in stored:
        return bool(numpy_helper.to_array(stored[node.input[2]]).any())
    return False
