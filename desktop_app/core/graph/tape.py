"""Where the derivative of a graph is written down: new nodes and constants, under new names.

The walk (:mod:`desktop_app.core.graph.gradients`) goes back through the graph and hands each node
to its operator's rule; the rule writes on the tape what carries a gradient from the node's outputs
to its inputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core.errors import GradientError
from desktop_app.core.graph.shapes import TensorType
from desktop_app.core.graph.size_arithmetic import small_constants, work_out

FLOATS: Final = frozenset({TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE})


@dataclass(frozen=True, slots=True)
class Gradient:
    """The derivative of the score with respect to one tensor.

    Attributes:
        tensor: Of the tensor's shape.
        scale: Still to be multiplied with, one number per channel (axis 1), by name; None: as it
            is. A batch norm leaves its factor here and the convolution before it takes it into
            its kernels, which ONNX Runtime does once, when it loads: no pass over the maps.
    """

    tensor: str
    scale: str | None = None


Shares = list[tuple[str, Gradient]]
"""What a node's inputs get, by name; one that stands there twice gets two shares."""


class Tape:
    """Collects nodes and constants; knows the types of the tensors of the network."""

    def __init__(self, model: onnx.ModelProto, types: Mapping[str, TensorType]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._types = types
        self._settled: dict[Gradient, str] = {}
        self._constants: dict[tuple[str, bytes, tuple[int, ...]], str] = {}
        graph = model.graph
        self._stored = {tensor.name: tensor for tensor in graph.initializer}
        self._stored |= {
            node.output[0]: attribute.t
            for node in graph.node
            if node.op_type == "Constant"
            for attribute in node.attribute
            if attribute.name == "value"
        }
        self._graph = graph
        self._worked_out: dict[str, NDArray[Any]] | None = None
        self._taken = {name for node in graph.node for name in (*node.input, *node.output)}
        self._taken |= {tensor.name for tensor in graph.initializer}
        self._taken |= {value.name for value in graph.input}

    def name(self, stem: str) -> str:
        """A name that nothing has yet: ``stem``, or with a number behind it."""
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}.{number}"
        self._taken.add(name)
        return name

    def write(self, operator: str, *inputs: str, stem: str, **attributes: Any) -> str:  # noqa: ANN401 - as make_node's
        """Write a node with one output; its name, made from ``stem``, is returned."""
        output = self.name(stem)
        node = helper.make_node(operator, list(inputs), [output], name=output, **attributes)
        self.nodes.append(node)
        return output

    def constant(self, values: ArrayLike, dtype: int) -> str:
        """A constant of that element type; equal ones are kept once."""
        array = np.asarray(values, helper.tensor_dtype_to_np_dtype(dtype))
        key = (array.dtype.str, array.tobytes(), array.shape)
        if key not in self._constants:
            name = self.name("gradient.constant")
            self.initializers.append(numpy_helper.from_array(array, name))
            self._constants[key] = name
        return self._constants[key]

    def integers(self, values: Sequence[int]) -> str:
        """A vector of int64: a shape, axes, or pads."""
        return self.constant(values, TensorProto.INT64)

    def settled(self, gradient: Gradient, tensor: str) -> str:
        """The gradient of ``tensor`` with its scale multiplied in; each is made once."""
        if gradient.scale is None:
            return gradient.tensor
        if gradient not in self._settled:
            shape = self.integers([-1] + [1] * (len(self.known_shape(tensor) or ()) - 2))
            stem = f"{tensor}.backward"
            scale = self.write("Reshape", gradient.scale, shape, stem=f"{stem}.scale")
            product = self.write("Mul", gradient.tensor, scale, stem=f"{stem}.scaled")
            self._settled[gradient] = product
        return self._settled[gradient]

    def stored(self, tensor: str) -> NDArray[Any] | None:
        """The values of a constant, also of a small one that is computed from others; else None."""
        found = self._stored.get(tensor)
        if found is not None:
            return numpy_helper.to_array(found)
        if self._worked_out is None:
            known = ((name, kind.shape) for name, kind in self._types.items())
            shapes = {name: shape for name, shape in known if shape is not None}
            self._worked_out = small_constants(self._graph)
            work_out(self._graph, shapes, self._worked_out)
        return self._worked_out.get(tensor)

    def dtype(self, tensor: str) -> int:
        """The element type of a tensor of the network; 0 where it is not known."""
        return self._types[tensor].dtype if tensor in self._types else TensorProto.UNDEFINED

    def known_shape(self, tensor: str) -> tuple[int, ...] | None:
        """The shape of a tensor of the network, or None."""
        return self._types[tensor].shape if tensor in self._types else None


@dataclass(frozen=True, slots=True)
class Step:
    """One node, as its rule sees it.

    Attributes:
        tape: To write on.
        node: Of the network.
        gradients: Of its outputs, at least one.
        wanted: Inputs whose gradient is needed; a rule may leave the others out.
        attributes: The node's, by name.
    """

    tape: Tape
    node: onnx.NodeProto
    gradients: Mapping[str, Gradient]
    wanted: frozenset[str]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def gradient(self) -> Gradient:
        """The gradient of the first output."""
        return self.gradients[self.output]

    @property
    def input(self) -> str:
        """The first input."""
        return self.node.input[0]

    @property
    def output(self) -> str:
        """The first output."""
        return self.node.output[0]

    def optional(self, index: int) -> str | None:
        """The input at that place, or None where it is left out."""
        return (self.node.input[index] or None) if index < len(self.node.input) else None

    def wants(self, index: int) -> bool:
        """Whether the gradient of the input at that place is needed."""
        return self.optional(index) in self.wanted

    def write(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401 - as make_node's
        """Write a node that belongs to this step."""
        stem = f"{self.output}.backward.{operator}"
        return self.tape.write(operator, *inputs, stem=stem, **attributes)

    def number(self, value: ArrayLike) -> str:
        """A constant of the type that the node computes in."""
        return self.tape.constant(value, self.tape.dtype(self.input))

    def shape(self, tensor: str) -> tuple[int, ...]:
        """The shape of a tensor of the network.

        Raises:
            GradientError: It is not known beforehand.
        """
        shape = self.tape.known_shape(tensor)
        if shape is None:
            self.refuse("the sizes of its tensors are not known before it runs")
        return shape

    def integers_at(self, index: int, attribute: str) -> tuple[int, ...] | None:
        """Numbers that are an input since some opset and an attribute before it; None: not given.

        Raises:
            GradientError: The network computes them.
        """
        name = self.optional(index)
        if name is None:
            given = self.attributes.get(attribute)
            return None if given is None else tuple(given)
        values = self.tape.stored(name)
        if values is None:
            self.refuse(f"its {attribute} are computed by the network")
        return tuple(int(value) for value in values.ravel())

    def reshaped(self, tensor: str, shape: Sequence[int]) -> str:
        """``tensor`` in another shape."""
        return self.write("Reshape", tensor, self.tape.integers(shape))

    def summed_to(self, tensor: str, shape: Sequence[int], target: Sequence[int]) -> str:
        """``tensor``, of ``shape``, summed over the axes along which ``target`` was broadcast."""
        lead = len(shape) - len(target)
        axes = [
            axis
            for axis, size in enumerate(shape)
            if axis < lead or (size != 1 and target[axis - lead] == 1)
        ]
        if axes:
            tensor = self.write("ReduceSum", tensor, self.tape.integers(axes), keepdims=1)
        return self.reshaped(tensor, target) if lead else tensor

    def settled(self, output: str | None = None) -> str:
        """The gradient of an output, the first if none is named, with its scale multiplied in."""
        output = output or self.output
        return self.tape.settled(self.gradients[output], output)

    def refuse(self, why: str) -> NoReturn:
        """Say that this node cannot be differentiated, and why.

        Raises:
            GradientError: Always.
        """
        raise refusal(self.node, why)


def refusal(node: onnx.NodeProto, why: str) -> GradientError:
    """The error that names a node and its operator."""
    operator = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
    return GradientError(
        f"cannot differentiate {node.name or node.output[0]} ({operator})",
        why=why,
        remedy="Layers after it can be explained; for those before it, open another model.",
    )


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes by name; text as ``str``."""
    values = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    return {name: v.decode() if isinstance(v, bytes) else v for name, v in values.items()}
