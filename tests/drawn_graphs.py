"""Small ONNX classifiers put together node by node, for tests of what is read from a graph.

A :class:`Drawing` knows its tensors' shapes, and how large their values can become at most, which
is the measure for how far two ways of computing them may lie apart.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIZE = 8


class Drawing:
    """Nodes and weights in the order in which they are added; ``image`` is (1, 3, 8, 8) in 0..1."""

    def __init__(self, *, opset: int = 20, kind: int = TensorProto.FLOAT) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.shapes: dict[str, tuple[int, ...]] = {"image": (3, SIZE, SIZE)}
        self.bounds = {"image": 1.0}
        self._opset = opset
        self._kind = kind

    def weight(self, name: str, values: NDArray[Any], *, kind: int | None = None) -> str:
        """An initializer; ``kind``: its type, where it is not the graph's."""
        numbers = helper.tensor_dtype_to_np_dtype(self._kind if kind is None else kind)
        self.weights.append(numpy_helper.from_array(np.asarray(values).astype(numbers), name))
        return name

    def conv(
        self,
        name: str,
        source: str,
        kernel: NDArray[Any],
        *,
        bias: NDArray[Any] | None = None,
        stride: int = 1,
        padding: int = 0,
        stored: str = "",
    ) -> str:
        """A convolution; ``stored``: under which name the kernel lies, where nodes unfold it."""
        side = (self.shapes[source][1] + 2 * padding - kernel.shape[2]) // stride + 1
        inputs = [source, stored or self.weight(f"{name}.weight", kernel)]
        if bias is not None:
            inputs.append(self.weight(f"{name}.bias", bias))
        largest = np.abs(kernel).sum(axis=(1, 2, 3)).max() * self.bounds[source]
        return self.node(
            "Conv",
            name,
            inputs,
            shape=(len(kernel), side, side),
            bound=largest + (0 if bias is None else np.abs(bias).max()),
            kernel_shape=list(kernel.shape[2:]),
            strides=[stride, stride],
            pads=[padding] * 4,
        )

    def norm(self, name: str, source: str, parameters: NDArray[Any], epsilon: float = 1e-5) -> str:
        """A batch norm; ``parameters``: (4, C), gamma, beta, mean and variance."""
        gamma, beta, mean, variance = np.asarray(parameters, np.float64)
        names = [self.weight(f"{name}.{n}", row) for n, row in enumerate(parameters)]
        scale = np.abs(gamma) / np.sqrt(variance + epsilon)
        largest = (scale * (self.bounds[source] + np.abs(mean)) + np.abs(beta)).max()
        return self.node(
            "BatchNormalization",
            name,
            [source, *names],
            shape=self.shapes[source],
            bound=largest,
            epsilon=epsilon,
        )

    def node(
        self,
        operator: str,
        name: str,
        inputs: list[str],
        *,
        shape: tuple[int, ...],
        bound: float = math.nan,
        **attributes: Any,
    ) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        self.shapes[name], self.bounds[name] = shape, float(bound)
        return name

    def head(self, source: str, classes: int = 2) -> None:
        """Mean of each channel, a dense layer, softmax."""
        channels = self.shapes[source][0]
        pooled = self.node("GlobalAveragePool", "mean", [source], shape=(channels, 1, 1))
        flat = self.node("Flatten", "flat", [pooled], shape=(channels,))
        weight = self.weight(
            "fc.weight", np.linspace(-1, 1, channels * classes).reshape(-1, classes)
        )
        bias = self.weight("fc.bias", np.zeros(classes))
        logits = self.node("Gemm", "fc", [flat, weight, bias], shape=(classes,))
        self.node("Softmax", "probabilities", [logits], shape=(classes,), axis=-1)

    def proto(self) -> onnx.ModelProto:
        image, output = (
            helper.make_tensor_value_info(name, self._kind, [1, *self.shapes[name]])
            for name in ("image", self.nodes[-1].output[0])
        )
        graph = helper.make_graph(self.nodes, "drawn", [image], [output], self.weights)
        imports = [helper.make_opsetid("", self._opset)]
        model = helper.make_model(graph, opset_imports=imports, ir_version=9)
        onnx.checker.check_model(model, full_check=True)
        return model

    def write(self, path: Path) -> Path:
        path.write_bytes(self.proto().SerializeToString())
        return path
