"""Gradients as a graph: a classifier's reverse-mode derivative, as ordinary ONNX nodes.

The walk goes back from the class scores through the nodes that lie between them and the tensors
asked for, and no further. Each operator's rule (:mod:`desktop_app.core.graph.rules`) writes what
carries the gradient from its output to its inputs (Griewank and Walther 2008, "Evaluating
Derivatives", section 3.2). The result is one more view of the same file: it runs wherever the
file runs, and no framework is needed for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import onnx
from onnx import TensorProto, helper, shape_inference, version_converter

from desktop_app.core.errors import GradientError
from desktop_app.core.graph.opset import opset_of
from desktop_app.core.graph.rules import RULES, Rule, Rules
from desktop_app.core.graph.shapes import tensor_types
from desktop_app.core.graph.tape import FLOATS, Gradient, Step, Tape, attributes_of, refusal

_OLDEST_OPSET: Final = 18
"""From here on ScatterElements adds, and axes of reductions are inputs."""
_WITHOUT_DERIVATIVE: Final = frozenset({"Shape", "Size"})
"""What they give of a picture is its size, the same for every picture."""
_QUANTISED: Final = frozenset(
    {TensorProto.INT8, TensorProto.UINT8, TensorProto.INT16, TensorProto.UINT16, TensorProto.INT32}
)
"""Values stand in such tensors as integers; indices and sizes are of 64 bits, masks are booleans,
and a small change of the picture changes none of those."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradientOutputs:
    """How a network with its derivative is asked, and what its answers are called.

    Attributes:
        class_weights: The additional input: float32 (1, classes), how much of each class's score
            is in the number that is differentiated. One 1 for a class, 1 and -1 for "this and
            not that".
        gradients: Tensor → name of its gradient, of the same shape and element type.
        refused: Tensor → why it has none.
    """

    class_weights: str
    gradients: Mapping[str, str]
    refused: Mapping[str, GradientError]

    def gradient(self, tensor: str) -> str:
        """The name of the gradient with respect to ``tensor``.

        Raises:
            GradientError: It has none; says which node and operator are in the way.
        """
        if tensor in self.refused:
            raise self.refused[tensor]
        return self.gradients[tensor]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradientGraph(GradientOutputs):
    """A network with its derivative.

    Attributes:
        model: Computes all that the network computes, and the gradients.
        tape: For more nodes; what is written is part of the model after :meth:`finished`.
    """

    model: onnx.ModelProto
    tape: Tape

    def outputs(self) -> GradientOutputs:
        """The names alone: the graph holds the network's weights."""
        return GradientOutputs(
            class_weights=self.class_weights, gradients=self.gradients, refused=self.refused
        )

    def finished(self, outputs: Iterable[str]) -> onnx.ModelProto:
        """The model, with ``outputs`` as outputs beside its own."""
        graph = self.model.graph
        declared = {output.name for output in graph.output}
        graph.node.extend(self.tape.nodes)
        graph.initializer.extend(self.tape.initializers)
        graph.output.extend(
            onnx.ValueInfoProto(name=name)
            for name in dict.fromkeys(outputs)
            if name not in declared
        )
        return self.model


def with_gradients(
    model: onnx.ModelProto,
    *,
    input_name: str,
    input_shape: Sequence[int],
    scores: str,
    tensors: Iterable[str],
    rules: Rules = RULES,
) -> GradientGraph:
    """Add to a classifier the gradients of a class's score.

    Args:
        model: Not changed.
        input_name: The image input.
        input_shape: Of the input tensor, with the batch; the result is for this size alone.
        scores: What is differentiated: the logits, (N, classes) or that with further axes of 1.
        tensors: Computed tensors, or the input, with respect to which it is differentiated.
        rules: How each operator is gone back through: its derivative, or another rule.

    An operator without a derivative here stands only in the way of the tensors before it; those
    behind it have their gradients all the same.

    Raises:
        GradientError: The graph does not fit the input's size, or is too old.
    """
    tensors = tuple(dict.fromkeys(tensors))
    model = _at_least_opset(model, _OLDEST_OPSET)
    try:
        types = tensor_types(model, input_name, input_shape)
    except (shape_inference.InferenceError, RuntimeError) as error:
        raise _impossible(f"its shapes contradict each other ({error})") from error
    _fix_input(model, input_name, input_shape)
    tape = Tape(model, types)
    shape = tape.known_shape(scores)
    if shape is None or len(shape) < 2:
        raise _impossible("it is not known how many classes it tells apart")
    class_weights = tape.name("class_weights")
    classes = max(shape[1:])
    model.graph.input.append(
        helper.make_tensor_value_info(class_weights, TensorProto.FLOAT, [1, classes])
    )
    seed = _seed(tape, class_weights, scores, shape)
    walk = _Walk(tape, model.graph, frozenset(tensors), rules)
    walk.back_from(scores, Gradient(seed))
    missing = {tensor: _unconnected(tensor) for tensor in tensors if tensor not in walk.found}
    return GradientGraph(
        model=model,
        tape=tape,
        class_weights=class_weights,
        gradients={tensor: walk.found[tensor] for tensor in tensors if tensor in walk.found},
        refused={tensor: walk.refused.get(tensor, error) for tensor, error in missing.items()},
    )


class _Walk:
    """Goes back through a graph and gathers, for every tensor, the shares of its gradient.

    An ONNX graph lists a node after all that it needs, so in reverse order every consumer of a
    tensor has given its share before the node that computes the tensor is met.
    """

    def __init__(
        self, tape: Tape, graph: onnx.GraphProto, tensors: frozenset[str], rules: Rules
    ) -> None:
        self.found: dict[str, str] = {}
        self.refused: dict[str, GradientError] = {}
        self._tape = tape
        self._graph = graph
        self._tensors = tensors
        self._rules = rules
        self._needed = _descendants(tape, graph, tensors)
        self._shares: dict[str, list[Gradient]] = defaultdict(list)

    def back_from(self, scores: str, gradient: Gradient) -> None:
        """Start with the gradient of ``scores`` and go back to the beginning."""
        self._shares[scores].append(gradient)
        for node in reversed(self._graph.node):
            refusals = [self.refused[name] for name in node.output if name in self.refused]
            gradients = {name: self._gather(name) for name in node.output if name in self._shares}
            wanted = self._needed.intersection(node.input)
            if not wanted or not (gradients or refusals):
                continue
            try:
                if refusals:
                    raise refusals[0]
                for name, share in self._rule(node, gradients)(
                    Step(self._tape, node, gradients, wanted, attributes_of(node))
                ):
                    self._shares[name].append(share)
            except GradientError as error:
                # A gradient that lacks a share is wrong, and so is all that would follow from it.
                self.refused |= dict.fromkeys(wanted - self.refused.keys(), error)
        for tensor in self._tensors.intersection(self._shares):
            self._gather(tensor)

    def _gather(self, tensor: str) -> Gradient:
        shares = self._shares.pop(tensor)
        total = shares[0]
        if len(shares) > 1:
            names = [self._tape.settled(share, tensor) for share in shares]
            for name in names[1:]:
                stem = f"{tensor}.backward.sum"
                names[0] = self._tape.write("Add", names[0], name, stem=stem)
            total = Gradient(names[0])
        if tensor in self._tensors and tensor not in self.refused:
            self.found[tensor] = self._tape.settled(total, tensor)
        return total

    def _rule(self, node: onnx.NodeProto, gradients: Mapping[str, Gradient]) -> Rule:
        rule = self._rules.get(node.op_type) if node.domain in {"", "ai.onnx"} else None
        if rule is None:
            raise refusal(node, "this operator's derivative is not known here")
        if node.output[0] not in gradients and node.op_type != "Split":
            raise refusal(node, "the score depends on an output of it that has no derivative")
        return rule


def _descendants(tape: Tape, graph: onnx.GraphProto, tensors: frozenset[str]) -> frozenset[str]:
    """``tensors``, and what is computed from them and holds values, be it as integers."""
    known = set(tensors)
    for node in graph.node:
        if node.op_type not in _WITHOUT_DERIVATIVE and known.intersection(node.input):
            # Where the type is not known it may be one: better to refuse than to leave it out.
            known.update(
                output
                for output in node.output
                if output and tape.dtype(output) in FLOATS | _QUANTISED | {TensorProto.UNDEFINED}
            )
    return frozenset(known)


def _seed(tape: Tape, class_weights: str, scores: str, shape: Sequence[int]) -> str:
    """The gradient of the scores themselves: the class weights, for every image of the batch."""
    batch, *rest = shape
    stem = f"{scores}.backward"
    weights = tape.write("Cast", class_weights, to=tape.dtype(scores), stem=f"{stem}.weights")
    shaped = tape.write("Reshape", weights, tape.integers([1, *rest]), stem=f"{stem}.shaped")
    return tape.write("Expand", shaped, tape.integers([batch, *rest]), stem=f"{stem}.seed")


def _fix_input(model: onnx.ModelProto, name: str, shape: Sequence[int]) -> None:
    """Let ONNX Runtime know the sizes that the gradients are written for."""
    image = next(value for value in model.graph.input if value.name == name)
    del image.type.tensor_type.shape.dim[:]
    for size in shape:
        image.type.tensor_type.shape.dim.add(dim_value=size)
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")


def _at_least_opset(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    """A copy of the model, in ``opset`` where it was in an older one."""
    version = opset_of(model)
    if version >= opset:
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        return copy
    try:
        return version_converter.convert_version(model, opset)
    except (RuntimeError, version_converter.ConvertError) as error:
        words = str(error).rpartition("failed: ")[2]  # before it stands where in ONNX's source
        raise _impossible(
            f"it is written for opset {version} and cannot be brought to {opset} ({words})"
        ) from error


def _unconnected(tensor: str) -> GradientError:
    return GradientError(
        f"cannot tell what {tensor} does for a class",
        why="the class scores do not depend on it",
        remedy="Choose a layer before the class scores.",
    )


def _impossible(why: str) -> GradientError:
    return GradientError(
        "cannot differentiate the network", why=why, remedy="Export the model again."
    )
