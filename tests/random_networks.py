"""Random small classifiers in ONNX, drawn by hypothesis: what the derivative has to cope with.

A network is drawn node by node: each takes the last tensor, or an earlier one beside it, so that
there are shortcuts, joins and ends that lead nowhere. Weights are noise of a scale that keeps
values near 1.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
CLASSES = 3


@dataclass(slots=True)
class Network:
    """A network while it is drawn, and what has been drawn so far.

    Attributes:
        draw: Hypothesis' own.
        maps: Tensors of four axes that can be used as inputs, with their shapes.
    """

    draw: Any
    random: np.random.Generator
    batch: int
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)
    maps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    last: str = "image"

    def node(self, operator: str, inputs: list[str], outputs: int = 1, **attributes: Any) -> str:
        names = [f"{operator.lower()}{len(self.nodes)}.{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name=names[0], **attributes))
        return names[0]

    def weight(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def noise(self, *shape: int, scale: float = 1.0) -> str:
        return self.weight(self.random.normal(0, scale, shape))

    def integers(self, *values: int) -> str:
        return self.weight(values, np.int64)

    def keep(self, name: str, shape: tuple[int, ...]) -> None:
        self.maps[name] = shape
        self.last = name

    @property
    def shape(self) -> tuple[int, ...]:
        return self.maps[self.last]

    def model(self, scores: str) -> onnx.ModelProto:
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, list(self.maps["image"]))
        output = helper.make_tensor_value_info(scores, TensorProto.FLOAT, [self.batch, CLASSES])
        graph = helper.make_graph(self.nodes, "random", [image], [output], self.weights)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9
        )
        onnx.checker.check_model(model)
        return model


def _windowed(net: Network, kernel: list[int], *, pooled: bool) -> tuple[dict[str, Any], list[int]]:
    """Attributes of a window that fits, and the output's size."""
    draw, sizes = net.draw, net.shape[2:]
    strides = [draw(st.integers(1, 3)) for _ in sizes]
    dilations = [draw(st.integers(1, 2)) for _ in sizes]
    reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    modes = ["NOTSET"] * 4 + ["SAME_UPPER", "SAME_LOWER", "VALID"]
    # ONNX forbids SAME_* with dilations in some runtimes, and they make no common network.
    automatic = draw(st.sampled_from(modes if set(dilations) == {1} else ["NOTSET"]))
    attributes: dict[str, Any] = {"strides": strides, "dilations": dilations}
    if automatic.startswith("SAME"):
        # ONNX Runtime cannot pool where a window is narrower than its step would need.
        if pooled and any(k < s for k, s in zip(kernel, strides, strict=True)):
            return {}, []
        attributes["auto_pad"] = automatic
        return attributes, [-(-size // stride) for size, stride in zip(sizes, strides, strict=True)]
    pads = [0] * 4
    if automatic == "VALID":
        attributes["auto_pad"] = automatic
    else:
        highest = [k - 1 for k in kernel] if pooled else [2, 2]
        pads = [draw(st.integers(0, highest[index % 2])) for index in range(4)]
        attributes["pads"] = pads
    spans = [s + pads[i] + pads[2 + i] - reach[i] for i, s in enumerate(sizes)]
    if min(spans) < 0:
        return {}, []
    if pooled and automatic == "NOTSET" and draw(st.booleans()):
        attributes["ceil_mode"] = 1
        counts = [-(-span // stride) + 1 for span, stride in zip(spans, strides, strict=True)]
        # Of a last window that begins beyond the input, ONNX and ONNX Runtime think differently.
        ends = [(c - 1) * s - p for c, s, p in zip(counts, strides, pads, strict=False)]
        return (attributes, counts) if ends[0] < sizes[0] and ends[1] < sizes[1] else ({}, [])
    return attributes, [span // stride + 1 for span, stride in zip(spans, strides, strict=True)]


def _conv(net: Network) -> None:
    channels = net.shape[1]
    group = net.draw(st.sampled_from([g for g in range(1, channels + 1) if channels % g == 0]))
    # Multiples of 8 are where ONNX Runtime goes over to a layout of its own.
    outputs = group * net.draw(st.sampled_from([1, 2, 3, 8, 16]))
    outputs = outputs if outputs <= 48 else group
    kernel = [net.draw(st.integers(1, 3)) for _ in range(2)]
    attributes, size = _windowed(net, kernel, pooled=False)
    if not size:
        return
    taps = channels // group * kernel[0] * kernel[1]
    inputs = [net.last, net.noise(outputs, channels // group, *kernel, scale=taps**-0.5)]
    if net.draw(st.booleans()):
        inputs.append(net.noise(outputs))
    name = net.node("Conv", inputs, kernel_shape=kernel, group=group, **attributes)
    net.keep(name, (net.batch, outputs, *size))


def _pool(net: Network) -> None:
    operator = net.draw(st.sampled_from(["MaxPool", "AveragePool"]))
    kernel = [net.draw(st.integers(1, 3)) for _ in range(2)]
    attributes, size = _windowed(net, kernel, pooled=True)
    if not size:
        return
    if operator == "AveragePool":
        attributes["count_include_pad"] = net.draw(st.integers(0, 1))
    name = net.node(operator, [net.last], kernel_shape=kernel, **attributes)
    net.keep(name, (*net.shape[:2], *size))


def _batch_norm(net: Network) -> None:
    channels = net.shape[1]
    inputs = [net.noise(channels), net.noise(channels), net.noise(channels)]
    inputs.append(net.weight(net.random.uniform(0.3, 2, channels)))
    net.keep(net.node("BatchNormalization", [net.last, *inputs], epsilon=1e-3), net.shape)


def _activation(net: Network) -> None:
    operators = [
        "Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSwish", "HardSigmoid", "Tanh", "Identity",
        "Softmax",
    ]  # fmt: skip
    operator = net.draw(st.sampled_from(operators))
    inputs, attributes = [net.last], {}
    if operator == "Clip":
        bounds = net.draw(st.sampled_from([(0.0, 0.8), (-0.7, None), (None, 0.9), (None, None)]))
        inputs += [net.weight(b) if b is not None else "" for b in bounds]
        while not inputs[-1]:
            inputs.pop()
    elif operator == "LeakyRelu":
        attributes = {"alpha": 0.2}
    elif operator == "Softmax":
        attributes = {"axis": net.draw(st.sampled_from([1, 2, 3, -1]))}
    net.keep(net.node(operator, inputs, **attributes), net.shape)


def _arithmetic(net: Network) -> None:
    shape = net.shape
    operator = net.draw(st.sampled_from(["Add", "Mul", "Sub", "Sum", "Div"]))
    partners = [name for name, other in net.maps.items() if other == shape]
    kind = net.draw(st.sampled_from(["partner", "constant", "squeezed"]))
    if operator == "Div" or kind == "constant":
        sizes = net.draw(st.sampled_from([(), (1,), shape[1:], (shape[1], 1, 1), shape[3:]]))
        other = net.weight(net.random.uniform(0.5, 2, sizes))
    elif kind == "squeezed":  # as in squeeze and excitation
        other = net.node("Sigmoid", [net.node("GlobalAveragePool", [net.last])])
    else:
        other = net.draw(st.sampled_from(partners))
    operands = [net.last, other]
    if operator != "Div" and net.draw(st.booleans()):
        operands.reverse()
    net.keep(net.node(operator, operands), shape)


def _concat(net: Network) -> None:
    shape = net.shape
    partners = [n for n, o in net.maps.items() if o[2:] == shape[2:] and o[1] + shape[1] <= 12]
    if not partners:
        return
    names = [net.last, net.draw(st.sampled_from(partners))]
    channels = sum(net.maps[name][1] for name in names)
    net.keep(net.node("Concat", names, axis=1), (shape[0], channels, *shape[2:]))


def _shuffle(net: Network) -> None:
    """Channels exchanged between groups, as in ShuffleNet."""
    n, c, h, w = net.shape
    group = net.draw(st.sampled_from([g for g in range(1, c + 1) if c % g == 0]))
    apart = net.node("Reshape", [net.last, net.integers(n, group, c // group, h, w)])
    swapped = net.node("Transpose", [apart], perm=[0, 2, 1, 3, 4])
    net.keep(net.node("Reshape", [swapped, net.integers(n, c, h, w)]), net.shape)


def _split(net: Network) -> None:
    n, c, h, w = net.shape
    if c < 2:
        return
    first = net.draw(st.integers(1, c - 1))
    name = net.node("Split", [net.last, net.integers(first, c - first)], outputs=2, axis=1)
    net.maps[f"{name[:-1]}1"] = (n, c - first, h, w)
    net.keep(name, (n, first, h, w))


def _cast(net: Network) -> None:
    wide = net.node("Cast", [net.last], to=TensorProto.DOUBLE)
    net.keep(net.node("Cast", [wide], to=TensorProto.FLOAT), net.shape)


def _head(net: Network) -> str:
    """(N, channels, H, W) → the class scores."""
    n, c, h, w = net.shape
    features = c
    match net.draw(st.sampled_from(["global", "mean", "mean kept", "squeezed", "flat"])):
        case "global":
            flat = net.node("Flatten", [net.node("GlobalAveragePool", [net.last])])
        case "mean":
            flat = net.node("ReduceMean", [net.last, net.integers(2, 3)], keepdims=0)
        case "mean kept":
            kept = net.node("ReduceMean", [net.last, net.integers(-1, -2)])
            flat = net.node("Reshape", [kept, net.integers(n, c)])
        case "squeezed":
            pooled = net.node("AveragePool", [net.last], kernel_shape=[h, w])
            flat = net.node("Squeeze", [pooled, net.integers(2, 3)])
        case _:
            flat, features = net.node("Flatten", [net.last], axis=1), c * h * w
    scale = features**-0.5
    match net.draw(st.sampled_from(["gemm", "turned", "matmul"])):
        case "gemm":
            inputs = [flat, net.noise(features, CLASSES, scale=scale), net.noise(CLASSES)]
            return net.node("Gemm", inputs, alpha=0.5)
        case "turned":
            inputs = [flat, net.noise(CLASSES, features, scale=scale)]
            return net.node("Gemm", inputs, transB=1)
        case _:
            product = net.node("MatMul", [flat, net.noise(features, CLASSES, scale=scale)])
            return net.node("Add", [product, net.noise(CLASSES)])


_PARTS = (
    _conv, _conv, _pool, _batch_norm, _activation, _activation, _arithmetic, _arithmetic, _concat,
    _shuffle, _split, _cast,
)  # fmt: skip


@st.composite
def networks(draw: Any) -> tuple[onnx.ModelProto, str, np.ndarray]:
    """A classifier, the name of its scores, and a picture for it."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    net = Network(draw=draw, random=random, batch=draw(st.sampled_from([1, 1, 1, 2])))
    shape = (net.batch, 3, draw(st.integers(4, 9)), draw(st.integers(4, 9)))
    net.maps["image"] = shape
    for _ in range(draw(st.integers(1, 8))):
        draw(st.sampled_from(_PARTS))(net)
    scores = _head(net)
    return net.model(scores), scores, random.normal(0, 1, shape).astype(np.float32)
