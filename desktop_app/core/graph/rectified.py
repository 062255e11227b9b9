"""Which named tensors are the ReLU of another named tensor, and so need not be looked at twice."""

from collections.abc import Iterable

import onnx


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
