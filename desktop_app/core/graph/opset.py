"""Which version of ONNX's own operators a graph is written for."""

import onnx


def opset_of(model: onnx.ModelProto) -> int:
    """The version; 1 where the file does not say one."""
    versions = (entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"})
    return max(versions, default=1)
