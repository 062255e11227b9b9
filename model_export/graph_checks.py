"""The first four steps of the proof: names, axes, shapes and weights. They run nothing."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from desktop_app.core.records import Layer, LayerKind, Model
from model_export.checkpoints import Checkpoint
from model_export.mismatches import (
    AxesDifferError,
    NamesDifferError,
    ShapesDifferError,
    WeightsDifferError,
    mismatch,
)
from model_export.model_card import weights_sha256
from model_export.onnx_graph import layer_weights
from model_export.resnet import ResNet
from model_export.storage import Storage, Weight, round_trip, stored_as, unfold

_OPERATORS: Final[dict[LayerKind, str]] = {
    "conv": "Conv",
    "batch-norm": "BatchNormalization",
    "relu": "Relu",
    "add": "Add",
    "max-pool": "MaxPool",
    "average-pool": "Flatten",
    "dense": "Gemm",
    "softmax": "Softmax",
}


def check_names(proto: onnx.ModelProto, layers: Sequence[Layer]) -> None:
    """Find every layer in the graph, as what it is.

    Raises:
        NamesDifferError: One is missing or is of another kind.
    """
    operators = {node.output[0]: node.op_type for node in proto.graph.node}
    for layer in layers:
        found = operators.get(layer.name)
        if found is None:
            raise mismatch(NamesDifferError, layer.name, "the file has no tensor of that name")
        if found != _OPERATORS[layer.kind]:
            why = f"the file computes it by {found} instead of {_OPERATORS[layer.kind]}"
            raise mismatch(NamesDifferError, layer.name, why)


def check_card(model: Model, layers: Sequence[Layer], checkpoint: Checkpoint) -> None:
    """See that the card describes this network.

    Raises:
        NamesDifferError: It lacks a layer, or says something else.
    """
    described = {layer.name: layer for layer in model.layers}
    for layer in layers:
        if described.get(layer.name) != layer:
            raise mismatch(NamesDifferError, layer.name, "the card lacks it or differs on it")
    if model.labels != checkpoint.labels or model.preprocessing != checkpoint.preprocessing:
        why = "the card has other labels or another preprocessing"
        raise mismatch(NamesDifferError, "", why)


def check_axes(proto: onnx.ModelProto) -> None:
    """See that the batch is dynamic at the input and at every output, and nothing else is.

    Raises:
        AxesDifferError: Otherwise.
    """
    for value in (*proto.graph.input, *proto.graph.output):
        dims = value.type.tensor_type.shape.dim
        if not dims or not dims[0].dim_param:
            raise mismatch(AxesDifferError, value.name, "its batch is not dynamic")
        if any(dim.dim_value < 1 for dim in dims[1:]):
            raise mismatch(AxesDifferError, value.name, "an axis besides the batch is dynamic")


def check_shapes(
    proto: onnx.ModelProto, layers: Sequence[Layer], input_shape: tuple[int, ...]
) -> None:
    """Compare shapes with those that the graph really gives, whatever it declares.

    Raises:
        ShapesDifferError: The input or a layer has another shape.
    """
    inferred = onnx.shape_inference.infer_shapes(_without_weights(proto)).graph
    shapes = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim[1:])
        for value in (*inferred.input, *inferred.value_info, *inferred.output)
    }
    image = proto.graph.input[0].name
    for name, shape in [(image, input_shape), *((layer.name, layer.shape) for layer in layers)]:
        if shapes.get(name) != shape:
            why = f"it is {shapes.get(name)} in the file and {shape} in the network"
            raise mismatch(ShapesDifferError, name, why)


def check_weights(
    proto: onnx.ModelProto, model: Model, network: ResNet
) -> tuple[Storage, dict[str, Weight]]:
    """Compare every weight for equality with what storing the network's must give.

    Returns:
        How kernels are stored, and the file's weights by name, float32.

    Raises:
        WeightsDifferError: One differs, or the card's hash is of others.
    """
    constants = unfold(proto)
    inputs = {node.output[0]: list(node.input) for node in proto.graph.node}
    computed: dict[str, Weight] = {}
    storages: set[Storage] = set()
    for name, module in network.named_layers().items():
        ours = layer_weights(name, module)
        wired = inputs[name][1:] if ours else []
        if len(wired) != len(ours):
            why = f"it has {len(wired)} weights in the file and {len(ours)} in the network"
            raise mismatch(WeightsDifferError, name, why)
        for (parameter, value), stored_name in zip(ours.items(), wired, strict=True):
            storage = stored_as(constants, stored_name)
            expected = round_trip(value, storage)
            found = constants.get(stored_name)
            if found is None or not np.array_equal(found, expected):
                why = _how_weights_differ(parameter, found, expected)
                raise mismatch(WeightsDifferError, name, why)
            computed[parameter] = expected
            if value.ndim > 1:
                storages.add(storage)
    if len(storages) != 1:
        raise mismatch(WeightsDifferError, "", "its kernels are stored in several ways")
    if model.card is not None and model.card.weights_sha256 != weights_sha256(computed):
        raise mismatch(WeightsDifferError, "", "the hash on the card is that of other weights")
    return storages.pop(), computed


def _without_weights(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with weights as inputs and without declared shapes; small enough to copy."""
    weights = [
        onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        for tensor in proto.graph.initializer
    ]
    graph = onnx.helper.make_graph(
        proto.graph.node, proto.graph.name, [*proto.graph.input, *weights], proto.graph.output
    )
    return onnx.helper.make_model(
        graph, opset_imports=proto.opset_import, ir_version=proto.ir_version
    )


def _how_weights_differ(parameter: str, found: NDArray[Any] | None, expected: Weight) -> str:
    if found is None or found.shape != expected.shape:
        return f"{parameter} is missing or of another shape"
    return f"{parameter} differs by up to {np.abs(found - expected).max():.3g}"
