"""Network → ONNX: one node per named layer, nothing folded.

The traced network is walked node by node. Every layer becomes one ONNX node whose name and output
tensor carry the contract's name, so that lesson, file and window speak of the same places. (Only
the average pool needs two: GlobalAveragePool keeps a 1×1 map, which a Flatten turns into the
vector.) Optimising is left to the runtime, when it loads.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import numpy as np
import onnx
from onnx import TensorProto, helper
from torch import nn

import desktop_app
from desktop_app.core.card import CARD_PROPERTY, encode_card
from desktop_app.core.records import Card
from model_export.blocks import Add, GlobalAveragePool
from model_export.resnet import ResNet
from model_export.storage import Storage, Weight, store

OPSET: Final = 23
"""The newest that the oldest ``onnx`` of our requirements knows. ONNX Runtime 1.31 runs up to 26,
which would change none of the operators used here and shut out older readers."""
IR_VERSION: Final = 11

IMAGE_INPUT: Final = "image"
BATCH_AXIS: Final = "batch"


def build_graph(network: ResNet, card: Card, *, weights: Storage = "float32") -> onnx.ModelProto:
    """Write a network as ONNX.

    The input is ``image``, float32 (batch, 3, H, W) with a dynamic batch. The outputs are
    ``probabilities``, which is what foreign code takes the first output for, and the logits,
    ``fc{classes}``. The same network and card always give the same bytes.

    Args:
        network: In evaluation mode.
        card: Travels in the file; its layers' shapes are declared in the graph.
        weights: How kernels are stored.

    Raises:
        StorageError: The weights cannot be stored in that way.
    """
    nodes: list[onnx.NodeProto] = []
    initializers: list[onnx.TensorProto] = []
    traced = network.trace()
    tensors: dict[Any, str] = {}
    for step in traced.graph.nodes:
        if step.op == "placeholder":
            tensors[step] = IMAGE_INPUT
        elif step.op == "call_module":
            name = tensors[step] = step.meta["layer"]
            module = traced.get_submodule(str(step.target))
            parameters = layer_weights(name, module)
            for parameter, value in parameters.items():
                stored = store(parameter, value, weights)
                initializers += stored.initializers
                nodes += stored.nodes
            inputs = [*(tensors[source] for source in step.args), *parameters]
            nodes += _WRITERS[type(module)](module, name, inputs)
    return _model(network, card, nodes, initializers)


def layer_weights(name: str, module: nn.Module) -> dict[str, Weight]:
    """A layer's weights under their names in the file, in the order of the node's inputs.

    Args:
        name: The layer's.
        module: A convolution, batch norm or dense layer; others have none.
    """
    attributes: tuple[str, ...] = ()
    if isinstance(module, nn.BatchNorm2d):
        attributes = ("weight", "bias", "running_mean", "running_var")
    elif isinstance(module, nn.Conv2d | nn.Linear):
        attributes = ("weight",) if module.bias is None else ("weight", "bias")
    return {
        f"{name}.{attribute}": np.ascontiguousarray(
            getattr(module, attribute).detach().cpu().numpy(), np.float32
        )
        for attribute in attributes
    }


def network_weights(network: ResNet) -> dict[str, Weight]:
    """All weights under their names in the file, in the order of computation."""
    return {
        parameter: value
        for name, module in network.named_layers().items()
        for parameter, value in layer_weights(name, module).items()
    }


def _conv(module: nn.Module, name: str, inputs: list[str]) -> list[onnx.NodeProto]:
    conv = cast("nn.Conv2d", module)
    rows, columns = (int(p) for p in conv.padding)  # never "same": explicit, and it differs
    return [
        helper.make_node(
            "Conv",
            inputs,
            [name],
            name=name,
            kernel_shape=list(conv.kernel_size),
            strides=list(conv.stride),
            pads=[rows, columns, rows, columns],
            dilations=list(conv.dilation),
            group=conv.groups,
        )
    ]


def _batch_norm(module: nn.Module, name: str, inputs: list[str]) -> list[onnx.NodeProto]:
    epsilon = cast("nn.BatchNorm2d", module).eps
    return [helper.make_node("BatchNormalization", inputs, [name], name=name, epsilon=epsilon)]


def _max_pool(module: nn.Module, name: str, inputs: list[str]) -> list[onnx.NodeProto]:
    pool = cast("nn.MaxPool2d", module)
    size, stride, padding = (
        int(cast("int", n)) for n in (pool.kernel_size, pool.stride, pool.padding)
    )
    return [
        helper.make_node(
            "MaxPool",
            inputs,
            [name],
            name=name,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[padding] * 4,
            ceil_mode=int(pool.ceil_mode),
        )
    ]


def _average_pool(_module: nn.Module, name: str, inputs: list[str]) -> list[onnx.NodeProto]:
    kept_map = f"{name}_map"
    return [
        helper.make_node("GlobalAveragePool", inputs, [kept_map], name=kept_map),
        helper.make_node("Flatten", [kept_map], [name], name=name),
    ]


def _plain(operator: str, attributes: Mapping[str, Any] | None = None) -> "_Writer":
    def write(_module: nn.Module, name: str, inputs: list[str]) -> list[onnx.NodeProto]:
        return [helper.make_node(operator, inputs, [name], name=name, **(attributes or {}))]

    return write


_Writer = Callable[[nn.Module, str, list[str]], list[onnx.NodeProto]]
_WRITERS: Final[Mapping[type[nn.Module], _Writer]] = {
    nn.Conv2d: _conv,
    nn.BatchNorm2d: _batch_norm,
    nn.ReLU: _plain("Relu"),
    nn.MaxPool2d: _max_pool,
    Add: _plain("Add"),
    GlobalAveragePool: _average_pool,
    nn.Linear: _plain("Gemm", {"transB": 1}),
    nn.Softmax: _plain("Softmax", {"axis": 1}),
}


def _model(
    network: ResNet,
    card: Card,
    nodes: list[onnx.NodeProto],
    initializers: list[onnx.TensorProto],
) -> onnx.ModelProto:
    spec = card.preprocessing
    image = helper.make_tensor_value_info(
        IMAGE_INPUT, TensorProto.FLOAT, [BATCH_AXIS, 3, spec.height, spec.width]
    )
    values = {
        layer.name: helper.make_tensor_value_info(
            layer.name, TensorProto.FLOAT, [BATCH_AXIS, *layer.shape]
        )
        for layer in card.layers
    }
    outputs = [values.pop("probabilities"), values.pop(f"fc{network.preset.classes}")]
    graph = helper.make_graph(
        nodes,
        f"resnet{network.preset.depth}_{network.preset.name}",
        [image],
        outputs,
        initializers,
        value_info=list(values.values()),
        doc_string=card.title,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="residual-lens",
        producer_version=desktop_app.__version__,
    )
    set_card(model, card)
    onnx.checker.check_model(model, full_check=True)
    return model


def set_card(model: onnx.ModelProto, card: Card) -> None:
    """Put a card into a model, in place of the one it has."""
    del model.metadata_props[:]
    model.metadata_props.add(key=CARD_PROPERTY, value=encode_card(card))
