"""The views of a model's file that explain: with scores of its channels, with gradients, guided.

Each is a copy of the file's graph with more nodes, as the bytes that a session is made of. What
stays of it is how its inputs and outputs are called: the graph would hold the weights once more.
"""

from collections.abc import Iterable
from typing import Literal

import onnx

from desktop_app.core.attributions import mapped_layers
from desktop_app.core.errors import AttributionError
from desktop_app.core.graph.evidence import EvidenceOutputs, with_evidence
from desktop_app.core.graph.gradients import GradientOutputs, with_gradients
from desktop_app.core.graph.head import averaged_maps
from desktop_app.core.graph.rules import GUIDED, RULES
from desktop_app.core.graph.taps import with_taps
from desktop_app.core.opened_file import read_again
from desktop_app.core.records import Model

GradientKind = Literal["layers", "input", "guided"]


class GradientGraphs:
    """Writes the views of one model."""

    def __init__(self, model: Model, layers: Iterable[str] | None) -> None:
        """Prepare; nothing is read yet.

        Args:
            model: Whose file is read.
            layers: Those that ``layers`` has gradients at; None for all that have maps.
        """
        self._model = model
        self._layers = tuple(mapped_layers(model) if layers is None else layers)
        self._asked_first = () if layers is not None else (*self._layers[-1:], model.input_name)
        self._averaged: str | AttributionError | None = None

    def averaged_layer(self) -> str:
        """Name of the maps that the head averages.

        Raises:
            AttributionError: The head does something else.
        """
        if self._averaged is None:
            self._look_at_head(read_again(self._model))
        if isinstance(self._averaged, AttributionError):
            raise self._averaged
        return str(self._averaged)

    def with_logits(self) -> bytes:
        """The network as it is, its logits as an output."""
        return with_taps(read_again(self._model), [self._model.logits_name]).SerializeToString()

    def is_with_scores(self, tensor: str) -> bool:
        """Whether :meth:`with_scores` has the gradients of a layer, or of the input, as well."""
        return tensor in self._asked_first or tensor == self._averaged

    def with_scores(self, shape: tuple[int, ...]) -> tuple[bytes, EvidenceOutputs]:
        """The scores of the channels of every layer, for inputs of that shape.

        And what the methods of explanation ask about unless they are told otherwise: the
        gradients at the last maps, at those that the head averages, and at the input.

        Raises:
            GradientError: The network cannot be differentiated.
        """
        model = read_again(self._model)
        graph, outputs = with_evidence(
            model,
            input_name=self._model.input_name,
            input_shape=shape,
            logits=self._model.logits_name,
            layers=[layer.name for layer in self._model.layers],
            also=(*self._asked_first, *self._head_of(model)),
        )
        return graph.SerializeToString(), outputs

    def with_gradients(
        self, kind: GradientKind, shape: tuple[int, ...]
    ) -> tuple[bytes, GradientOutputs]:
        """The view of that kind for inputs of that shape, the batch included.

        Raises:
            AttributionError: ``guided``, and the network has no ReLU.
            GradientError: The network cannot be differentiated.
        """
        model = read_again(self._model)
        if kind == "guided" and not any(node.op_type == "Relu" for node in model.graph.node):
            raise AttributionError(
                "cannot do guided backpropagation",
                why="it changes the rule for ReLU, and this network has none",
                remedy="Use the gradient or SmoothGrad.",
            )
        tensors: tuple[str, ...] = (self._model.input_name,)
        if kind == "layers":
            tensors = (*self._layers, *self._head_of(model))
        graph = with_gradients(
            model,
            input_name=self._model.input_name,
            input_shape=shape,
            scores=self._model.logits_name,
            tensors=tensors,
            rules=GUIDED if kind == "guided" else RULES,
        )
        names = [*graph.gradients.values(), self._model.logits_name]
        if kind == "layers":
            names += graph.gradients.keys()
        return graph.finished(names).SerializeToString(), graph.outputs()

    def _head_of(self, model: onnx.ModelProto) -> tuple[str, ...]:
        """What the head averages, which may be none of the layers; nothing if it does not."""
        self._look_at_head(model)
        return (self._averaged,) if isinstance(self._averaged, str) else ()

    def _look_at_head(self, model: onnx.ModelProto) -> None:
        names = {"input_name": self._model.input_name, "logits": self._model.logits_name}
        try:
            self._averaged = averaged_maps(model, **names)
        except AttributionError as error:
            self._averaged = error
