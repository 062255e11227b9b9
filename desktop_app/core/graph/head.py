"""Finds what a classifier averages before its last layer: the maps that class activation maps need.

A head that averages each map and weighs the means can be read without any derivative: that is what
residual networks have. What lies between maps and scores is walked back through; any step that is
not straight ends the walk.
"""

from typing import Final

import onnx

from desktop_app.core.errors import AttributionError

_STRAIGHT: Final = frozenset(
    {"Add", "Dropout", "Flatten", "Gemm", "Identity", "MatMul", "Reshape", "Squeeze", "Unsqueeze"}
)
"""Between the means and the class scores; of an Add, one summand is a constant."""
_AVERAGES: Final = frozenset({"AveragePool", "GlobalAveragePool", "ReduceMean"})


def averaged_maps(model: onnx.ModelProto, *, input_name: str, logits: str) -> str:
    """The tensor whose maps the head averages.

    Args:
        model: A classifier.
        input_name: Its image input.
        logits: Its class scores before any softmax.

    Returns:
        The name of the tensor, (N, channels, height, width).

    Raises:
        AttributionError: The head is not one average followed by straight layers.
    """
    makers = {output: node for node in model.graph.node for output in node.output}
    of_image = _computed_from(model, input_name)
    tensor = logits
    while (node := makers.get(tensor)) is not None:
        sources = [name for name in node.input if name in of_image]
        if len(sources) != 1:
            break
        if node.op_type in _AVERAGES:
            return sources[0]
        if node.op_type not in _STRAIGHT:
            break
        tensor = sources[0]
    raise no_averaged_maps()


def no_averaged_maps() -> AttributionError:
    """What is said of any other head."""
    return AttributionError(
        "cannot draw a class activation map",
        why="between its last maps and the class scores this network does more than average them "
        "and weigh the means",
        remedy="Use Grad-CAM, which needs no particular head.",
    )


def _computed_from(model: onnx.ModelProto, input_name: str) -> frozenset[str]:
    """The tensors that depend on the picture: not the weights, nor what unfolds them."""
    known = {input_name}
    for node in model.graph.node:
        if known.intersection(node.input):
            known.update(node.output)
    return frozenset(known)
