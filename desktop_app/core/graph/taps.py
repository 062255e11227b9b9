"""Taps: make inner tensors of a graph readable by declaring them as graph outputs.

ONNX Runtime may fuse or drop every tensor that nobody asks for. A declared output it has to
deliver, so a tapped session is a second, slightly slower view of the same file, and one run
yields every named activation.
"""

from collections.abc import Iterable

import onnx


def with_taps(model: onnx.ModelProto, names: Iterable[str]) -> onnx.ModelProto:
    """A copy of ``model`` whose graph also outputs the tensors ``names``.

    Args:
        model: Weights are shared with the copy's source only until protobuf copies them; the
            argument is not changed.
        names: Tensors that some node of the graph computes. Existing outputs are not repeated.

    Raises:
        KeyError: No node computes a tensor of that name.
    """
    tapped = onnx.ModelProto()
    tapped.CopyFrom(model)
    computed = {output for node in tapped.graph.node for output in node.output}
    declared = {output.name for output in tapped.graph.output}
    known = {value.name: value for value in tapped.graph.value_info}
    for name in names:
        if name in declared:
            continue
        if name not in computed:
            raise KeyError(name)
        # A value without type and shape is legal here: ONNX Runtime infers both when it loads.
        tapped.graph.output.append(known.get(name, onnx.ValueInfoProto(name=name)))
        declared.add(name)
    return tapped
