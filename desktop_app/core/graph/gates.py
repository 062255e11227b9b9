"""Gates: factors at places inside a graph that a run can set, and that are 1 where it does not.

An initializer that is also a graph input is overridable in ONNX Runtime (ONNX IR specification,
"Graphs", since IR version 4): a multiplication by such a tensor of ones changes nothing until a run
feeds another one. So one session serves any factor of any channel at its places. Each gate stands
between operators that would have been fused, which is why they are put only where somebody
intervenes (decision 25).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core.graph.channel_axes import CHANNELS_SECOND
from desktop_app.core.graph.opset import opset_of

_FIRST_IR_VERSION: Final = 4
_FIRST_OPSET: Final = 7
"""From here on ``Mul`` stretches its operands as NumPy does."""
_OTHER_FLOATS: Final = frozenset({TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16})
_REARRANGE: Final = frozenset(
    {"DepthToSpace", "Flatten", "Gather", "MatMul", "Reshape", "SpaceToDepth", "Transpose"}
)
"""Behind these it is not certain any more where the channels are."""


@dataclass(frozen=True, slots=True)
class GatePlace:
    """Where a gate stands.

    Attributes:
        tensor: What is multiplied, (N, channels, H, W); it keeps its name for what comes after.
        channels: How many factors.
        reader: Only where the node that computes this tensor reads it; everywhere when None.
    """

    tensor: str
    channels: int
    reader: str | None = None

    @property
    def input_name(self) -> str:
        """The graph input that takes the factors, float32 (1, channels, 1, 1)."""
        return f"gate:{self.tensor}" + ("" if self.reader is None else f">{self.reader}")


class GateImpossibleError(Exception):
    """No gate can stand there; the words say why."""


def with_gates(model: onnx.ModelProto, places: Iterable[GatePlace]) -> onnx.ModelProto:
    """A copy of ``model`` with a gate at each place, all of them 1.

    Args:
        model: Not changed.
        places: Each once.

    Raises:
        GateImpossibleError: The graph does not compute the tensor, its second axis is not known to
            be that of channels, or the file is older than opset 7.
    """
    gated = onnx.ModelProto()
    gated.CopyFrom(model)
    opset = opset_of(gated)
    if opset < _FIRST_OPSET:
        raise GateImpossibleError(f"the file is of ONNX opset {opset}, and 7 is needed")
    _make_initializers_overridable(gated)
    rewriting = _Rewriting(gated)
    for place in places:
        rewriting.put(place)
    rewriting.finish()
    return gated


def _make_initializers_overridable(model: onnx.ModelProto) -> None:
    """Before IR version 4 every initializer had to be an input, and none could be set."""
    if model.ir_version >= _FIRST_IR_VERSION:
        return
    constants = {tensor.name for tensor in model.graph.initializer}
    kept = [value for value in model.graph.input if value.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    model.ir_version = _FIRST_IR_VERSION


class _Rewriting:
    """One graph, on its way."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self._before: dict[int, list[onnx.NodeProto]] = {}
        self._after: dict[int, list[onnx.NodeProto]] = {}
        self._computed = {
            output: position
            for position, node in enumerate(self._graph.node)
            for output in node.output
            if output
        }
        self._channels_first = _channels_first(self._graph)
        self._types = _float_types(model)

    def put(self, place: GatePlace) -> None:
        """Have the tensor multiplied from here on."""
        position = self._computed.get(place.tensor)
        if position is None:
            raise GateImpossibleError(f"the graph does not compute {place.tensor}")
        if place.tensor not in self._channels_first:
            operator = self._graph.node[position].op_type
            raise GateImpossibleError(
                f"it is not known which axis of {place.tensor} ({operator}) is that of channels"
            )
        self._declare(place)
        if place.reader is None:
            self._gate_everywhere(place, position)
        else:
            self._gate_reader(place, place.reader)

    def finish(self) -> None:
        """Put the multiplications among the nodes."""
        nodes: list[onnx.NodeProto] = []
        for position, node in enumerate(self._graph.node):
            nodes += self._before.get(position, [])
            nodes.append(node)
            nodes += self._after.get(position, [])
        copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
        del self._graph.node[:]
        self._graph.node.extend(copies)

    def _declare(self, place: GatePlace) -> None:
        shape = (1, place.channels, 1, 1)
        ones = numpy_helper.from_array(np.ones(shape, np.float32), place.input_name)
        declared = helper.make_tensor_value_info(place.input_name, TensorProto.FLOAT, shape)
        self._graph.initializer.append(ones)
        self._graph.input.append(declared)

    def _multiplied(self, place: GatePlace, tensor: str, product: str) -> list[onnx.NodeProto]:
        """The nodes of one gate; other floats than those of 32 bits get a cast of the factors."""
        factors, nodes = place.input_name, []
        kind = self._types.get(place.tensor, TensorProto.FLOAT)
        if kind != TensorProto.FLOAT:
            factors = f"{place.input_name}.cast"
            nodes = [helper.make_node("Cast", [place.input_name], [factors], to=kind)]
        return [*nodes, helper.make_node("Mul", [tensor, factors], [product], name=factors)]

    def _gate_everywhere(self, place: GatePlace, position: int) -> None:
        node, tensor = self._graph.node[position], place.tensor
        ungated = f"{tensor}.ungated"
        node.output[list(node.output).index(tensor)] = ungated
        self._after.setdefault(position, []).extend(self._multiplied(place, ungated, tensor))

    def _gate_reader(self, place: GatePlace, reader: str) -> None:
        position = self._computed.get(reader)
        inputs = [] if position is None else list(self._graph.node[position].input)
        if position is None or place.tensor not in inputs:
            raise GateImpossibleError(f"{reader} is not computed from {place.tensor} alone")
        gated = f"{place.tensor}>{reader}.gated"
        self._graph.node[position].input[inputs.index(place.tensor)] = gated
        self._before.setdefault(position, []).extend(self._multiplied(place, place.tensor, gated))


def _channels_first(graph: onnx.GraphProto) -> frozenset[str]:
    """Tensors whose second axis is certainly that of channels.

    A convolution says so; what is computed element by element keeps the axes, and what rearranges
    them loses them, whatever they were.
    """
    known: set[str] = set()
    for node in graph.node:
        keeps = node.op_type not in _REARRANGE and known.intersection(node.input)
        if node.op_type in CHANNELS_SECOND or keeps:
            known.update(output for output in node.output if output)
    return frozenset(known)


def _float_types(model: onnx.ModelProto) -> dict[str, int]:
    """Element types, for a file with other floats than those of 32 bits; empty for all others."""
    declared = {tensor.data_type for tensor in model.graph.initializer}
    declared |= {value.type.tensor_type.elem_type for value in model.graph.input}
    declared |= {
        attribute.i
        for node in model.graph.node
        if node.op_type == "Cast"
        for attribute in node.attribute
        if attribute.name == "to"
    }
    if not declared & _OTHER_FLOATS:
        return {}
    inferred = onnx.shape_inference.infer_shapes(model).graph
    return {
        value.name: value.type.tensor_type.elem_type
        for value in (*inferred.value_info, *inferred.output)
    }
