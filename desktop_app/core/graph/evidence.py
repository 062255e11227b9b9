"""Evidence as a graph: how much each channel of each layer speaks for a class.

The score is gradient × activation, summed over a channel's positions: what the class's logit
would lose if the channel were taken away, as far as the network is straight around this picture
("gradient × input", Shrikumar et al. 2017, "Learning Important Features Through Propagating
Activation Differences", section 2.3, here at an inner layer). Behind the last block, where the
network is straight, the scores are exact: weight × mean, and add up to the logit less its bias.

The sums are nodes of the graph as well, so that a run hands out one number for each channel and
not the maps.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import onnx
from onnx import TensorProto

from desktop_app.core.errors import GradientError
from desktop_app.core.graph.gradients import GradientOutputs, with_gradients
from desktop_app.core.graph.tape import Tape, attributes_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvidenceOutputs(GradientOutputs):
    """How a network with evidence is asked, and what its answers are called.

    Attributes:
        scores: Layer → output, float32 (N, channels).
        unweighed: Layer → why it has no scores.
    """

    scores: Mapping[str, str]
    unweighed: Mapping[str, GradientError]


def with_evidence(
    model: onnx.ModelProto,
    *,
    input_name: str,
    input_shape: Sequence[int],
    logits: str,
    layers: Iterable[str],
    also: Iterable[str] = (),
) -> tuple[onnx.ModelProto, EvidenceOutputs]:
    """Add to a classifier the scores of all channels of ``layers``.

    Args:
        model: Not changed.
        input_name: The image input.
        input_shape: Of the input tensor, with the batch.
        logits: What the channels speak for: the class scores before any softmax.
        layers: Names of tensors, (N, channels, …).
        also: Tensors, or the input, that are handed out with their gradients: a few cost nothing,
            while each layer's would keep it from being fused.

    Returns:
        A model of which every score is an output, and the tensors of ``also`` with their gradients
        and the logits; and their names.

    Raises:
        GradientError: The graph cannot be differentiated at all.
    """
    layers, also = tuple(dict.fromkeys(layers)), tuple(dict.fromkeys(also))
    shortcuts = _Shortcuts(model, frozenset(layers))
    tensors = dict.fromkeys(shortcuts.weighed_at(layer) for layer in layers)
    graph = with_gradients(
        model,
        input_name=input_name,
        input_shape=input_shape,
        scores=logits,
        tensors=(*tensors, *also),
    )
    tape = graph.tape
    sums = {tensor: _summed(tape, graph.gradients[tensor], shortcuts.value_of(tensor), tensor)
            for tensor in tensors if tensor in graph.gradients}  # fmt: skip
    scores, unweighed = {}, {}
    for layer in layers:
        tensor = shortcuts.weighed_at(layer)
        if tensor in graph.refused:
            unweighed[layer] = graph.refused[tensor]
            continue
        score = sums[tensor]
        if layer in shortcuts.norms:
            score = _before_norm(tape, shortcuts.norms[layer], graph.gradients[tensor], score)
        if tape.dtype(layer) != TensorProto.FLOAT:
            score = tape.write("Cast", score, stem=f"{layer}.evidence", to=TensorProto.FLOAT)
        scores[layer] = score
    gradients = {tensor: graph.gradients[tensor] for tensor in also if tensor in graph.gradients}
    outputs = EvidenceOutputs(
        class_weights=graph.class_weights,
        gradients=gradients,
        refused=graph.refused,
        scores=scores,
        unweighed=unweighed,
    )
    computed = [tensor for tensor in gradients if tensor != input_name]
    names = [*scores.values(), *gradients.values(), *computed, logits]
    return graph.finished(names), outputs


class _Shortcuts:
    """Which scores follow from others, so that ONNX Runtime may go on fusing what lies between.

    A ReLU lets gradient and value through unchanged or stops both, so what goes in has the score
    of what comes out. A batch norm is value × factor + shift, so what goes in has the score of
    what comes out less shift × Σ gradient. Neither the convolution's output nor the batch norm's
    need be kept then: with them the run takes 1.7 times as long.

    Both hold where nothing else takes the tensor.
    """

    def __init__(self, model: onnx.ModelProto, layers: frozenset[str]) -> None:
        nodes = model.graph.node
        takers = Counter(name for node in nodes for name in node.input)
        self._relus = {
            node.input[0]: node.output[0]
            for node in nodes
            if node.op_type == "Relu" and takers[node.input[0]] == 1
        }
        self._relu_inputs = {
            output: tensor for tensor, output in self._relus.items() if {tensor, output} <= layers
        }
        self.norms: dict[str, onnx.NodeProto] = {
            node.input[0]: node
            for node in nodes
            if node.op_type == "BatchNormalization"
            and takers[node.input[0]] == 1
            and {node.input[0], node.output[0]} <= layers
            and not attributes_of(node).get("training_mode", 0)
        }

    def weighed_at(self, layer: str) -> str:
        """The tensor whose gradient the layer's score is made of."""
        layer = self._relu_inputs.get(layer, layer)
        return self.norms[layer].output[0] if layer in self.norms else layer

    def value_of(self, tensor: str) -> str:
        """The tensor that its gradient may be multiplied with."""
        return self._relus.get(tensor, tensor)


def _summed(tape: Tape, gradient: str, value: str, tensor: str) -> str:
    """Σ gradient × value over the positions, (N, channels)."""
    stem = f"{tensor}.evidence"
    return _over_positions(tape, tape.write("Mul", gradient, value, stem=stem), tensor)


def _before_norm(tape: Tape, norm: onnx.NodeProto, gradient: str, score: str) -> str:
    """The score before a batch norm: less its shift, β - γ μ / σ, times Σ gradient."""
    before, scale, bias, mean, variance = norm.input
    stem = f"{before}.evidence"
    epsilon = tape.constant(attributes_of(norm).get("epsilon", 1e-5), tape.dtype(variance))
    deviation = tape.write("Sqrt", tape.write("Add", variance, epsilon, stem=stem), stem=stem)
    moved = tape.write("Div", tape.write("Mul", mean, scale, stem=stem), deviation, stem=stem)
    shift = tape.write("Sub", bias, moved, stem=stem)
    total = _over_positions(tape, gradient, norm.output[0])
    shifted = tape.write("Mul", total, shift, stem=stem)
    return tape.write("Sub", score, shifted, stem=stem)


def _over_positions(tape: Tape, values: str, tensor: str) -> str:
    rank = len(tape.known_shape(tensor) or ())
    if rank <= 2:
        return values
    axes = tape.integers(range(2, rank))
    return tape.write("ReduceSum", values, axes, stem=f"{tensor}.evidence", keepdims=0)
