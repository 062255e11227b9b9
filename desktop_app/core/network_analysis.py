"""An ONNX graph → the :class:`Network` of a model's named layers, in one pass over its nodes.

Called once when a model is opened. Each tensor carries along which named layers it comes from,
which weights were used since, and what its positions see; where a named layer is reached, the three
are written down and the first two start anew.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import onnx

from desktop_app.core.graph.size_arithmetic import small_constants, work_out
from desktop_app.core.network import Network, NetworkNode, ReceptiveField
from desktop_app.core.operator_fields import Seen, seen_through
from desktop_app.core.receptive_fields import single
from desktop_app.core.records import Preprocessing

_WEIGHT_INPUTS: Final[Mapping[str, tuple[int, ...]]] = {
    "BatchNormalization": (1, 2, 3, 4),
    "Conv": (1, 2),
    "ConvInteger": (1,),
    "ConvTranspose": (1, 2),
    "Gemm": (0, 1, 2),
    "GroupNormalization": (1, 2),
    "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2),
    "MatMul": (0, 1),
    "MatMulInteger": (0, 1),
    "PRelu": (1,),
    "QLinearConv": (3, 8),
    "QLinearMatMul": (0, 3),
}
"""Which inputs are weights where they are constant; zero points and scales are none."""
_ELEMENTWISE: Final = {"Add", "Sub", "Mul", "Div", "Sum", "Concat"}
"""Weights as well (a bias beside its convolution), but for single numbers, which are the
operator's own (the 6 of a hard swish, the scale of a quantised tensor)."""
_SIZES: Final = {"Shape", "Size"}
_LONGEST_LIST: Final = 16  # axes, pads, a shape: whatever is longer is no such list

_Weights = dict[str, int]
"""The tensor's name → how many numbers it holds."""


def analyse_network(
    proto: onnx.ModelProto, names: Iterable[str], *, input_name: str, spec: Preprocessing
) -> Network:
    """Read from the graph how its named layers hang together.

    Args:
        proto: The whole file.
        names: The model's layers: tensors that the graph computes.
        input_name: The graph's image input.
        spec: Its size and layout.
    """
    walk = _Walk(proto.graph, frozenset(names), input_name, spec)
    for node in proto.graph.node:
        walk.take(node)
    return Network(nodes=walk.nodes, parameters=sum(walk.weights.values()))


class _Walk:
    """What is known of the tensors computed so far."""

    def __init__(
        self, graph: onnx.GraphProto, names: frozenset[str], input_name: str, spec: Preprocessing
    ) -> None:
        self.nodes: dict[str, NetworkNode] = {}
        self.weights: _Weights = {}
        self._names = names
        self._pixels = (spec.height, spec.width)
        self._shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
        self._constants = small_constants(graph)
        work_out(graph, {}, self._constants)
        self._sources: dict[str, tuple[str, ...]] = {input_name: ()}
        self._since: dict[str, _Weights] = {input_name: {}}
        axes = (1, 2) if spec.layout == "NHWC" else (2, 3)
        spans = (single(spec.height), single(spec.width))
        self._seen: dict[str, Seen | None] = {input_name: Seen(axes, spans)}
        self._scales: set[str] = set()

    def take(self, node: onnx.NodeProto) -> None:
        """Follow the picture through one node; nodes come in the graph's order."""
        if node.op_type in _SIZES:
            return  # a size is no picture
        depends = [name for name in node.input if name in self._sources]
        if depends:
            self._compute(node, depends)
        elif self._scales.intersection(node.input):
            self._scales.update(node.output)
        else:
            self._unfold(node)

    def _compute(self, node: onnx.NodeProto, depends: list[str]) -> None:
        sources = dict.fromkeys(source for name in depends for source in self._sources[name])
        since = {key: size for name in depends for key, size in self._since[name].items()}
        own = self._weights_of(node)
        self.weights |= own
        since |= own
        seen = seen_through(
            node,
            [self._seen[name] for name in depends],
            pixels=self._pixels,
            kernel=next((self._shapes[name][2:] for name in node.input if name in own), ()),
            integers=self._integers,
        )
        outputs = list(node.output)
        if node.op_type == "DynamicQuantizeLinear":
            # Its scale depends on every pixel, but says nothing about any.
            self._scales.update(outputs[1:])
            outputs = outputs[:1]
        for output in outputs:
            if output in self._names:
                self.nodes[output] = NetworkNode(
                    inputs=tuple(sources),
                    parameters=sum(since.values()),
                    receptive_field=_field(seen),
                )
            is_named = output in self._names
            self._sources[output] = (output,) if is_named else tuple(sources)
            self._since[output] = {} if is_named else since
            self._seen[output] = seen

    def _weights_of(self, node: onnx.NodeProto) -> _Weights:
        places = _WEIGHT_INPUTS.get(node.op_type, ())
        found = {
            node.input[place]: math.prod(self._shapes[node.input[place]])
            for place in places
            if place < len(node.input) and node.input[place] in self._shapes
        }
        if node.op_type in _ELEMENTWISE:
            sizes = {name: math.prod(self._shapes.get(name, ())) for name in node.input}
            found |= {name: size for name, size in sizes.items() if size > 1}
        return found

    def _unfold(self, node: onnx.NodeProto) -> None:
        """A constant, or made of constants alone: as large as the largest of them."""
        shapes = [self._shapes.get(name, ()) for name in node.input]
        shapes.extend(
            tuple(attribute.t.dims)
            for attribute in node.attribute
            if attribute.name == "value" and attribute.HasField("t")
        )
        largest = max(shapes, key=math.prod, default=())
        self._shapes.update(dict.fromkeys(node.output, largest))

    def _integers(self, name: str) -> tuple[int, ...] | None:
        value = self._constants.get(name)
        if value is None or value.dtype != np.int64 or value.size > _LONGEST_LIST:
            return None
        return tuple(value.ravel().tolist())


def _field(seen: Seen | None) -> ReceptiveField | None:
    if seen is None:
        return None
    high, wide = seen.spans
    if seen.axes[0] > seen.axes[1]:
        return None  # turned on its side: rows are columns
    return ReceptiveField(
        size=(high.size, wide.size),
        stride=(high.stride, wide.stride),
        start=(high.start, wide.start),
    )
