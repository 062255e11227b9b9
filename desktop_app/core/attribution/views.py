"""The views of a model's file that explain: with gradients at its layers, at its input, guided.

Each is made when first asked for. One view gives the gradients at all layers and the input: with a
view for each layer, another layer would take ten times as long to load as it takes to run. Two
views with gradients are kept, because each holds the weights twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import onnx

from desktop_app.core import providers
from desktop_app.core.attributions import mapped_layers
from desktop_app.core.errors import AttributionError
from desktop_app.core.graph.gradients import GradientGraph, with_gradients
from desktop_app.core.graph.head import averaged_maps
from desktop_app.core.graph.rules import GUIDED, RULES
from desktop_app.core.graph.taps import with_taps
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.onnx_runtime import Runtime, Session
from desktop_app.core.records import Model, Provider

ViewKind = Literal["layers", "input", "guided"]
_VIEWS_KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class View:
    """A loaded view with gradients.

    Attributes:
        session: To run it.
        graph: Tells how its inputs and outputs are called.
    """

    session: Session
    graph: GradientGraph


class Views:
    """Opens and keeps the views of one model."""

    def __init__(
        self, model: Model, provider: Provider, runtime: Runtime, layers: Iterable[str] | None
    ) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            model: Whose file is read.
            provider: What they run on.
            runtime: ONNX Runtime.
            layers: Those that ``layers`` has gradients at; None for all that have maps, and the
                input.
        """
        self._provider = provider
        self.has_input_with_layers = layers is None
        self._model = model
        self._runtime = runtime
        self._layers = tuple(mapped_layers(model) if layers is None else layers)
        self._views: dict[tuple[ViewKind, tuple[int, ...]], View] = {}
        self._plain: Session | None = None
        self._averaged: str | AttributionError | None = None

    def leave_gpu(self, provider: Provider) -> None:
        """Let all go, and open them for ``provider`` from now on."""
        self._provider = provider
        self._views.clear()
        self._plain = None

    def averaged_layer(self) -> str:
        """Name of the maps that the head averages.

        Raises:
            AttributionError: The head does something else.
        """
        if self._averaged is None:
            self._look_at_head(read_onnx(self._model.path))
        if isinstance(self._averaged, AttributionError):
            raise self._averaged
        return str(self._averaged)

    def plain(self) -> Session:
        """The network as it is, its logits as an output."""
        if self._plain is None:
            model = with_taps(read_onnx(self._model.path), [self._model.logits_name])
            self._plain = self._session(model)
        return self._plain

    def view(self, kind: ViewKind, shape: tuple[int, ...]) -> View:
        """The view of that kind for inputs of that shape, the batch included.

        Raises:
            AttributionError: ``guided``, and the network has no ReLU.
            GradientError: The network cannot be differentiated.
        """
        view = self._views.pop((kind, shape), None)
        if view is None:
            while len(self._views) >= _VIEWS_KEPT:  # first, so that there is room for the new one
                del self._views[next(iter(self._views))]
            view = self._open(kind, shape)
        self._views[kind, shape] = view
        return view

    def _open(self, kind: ViewKind, shape: tuple[int, ...]) -> View:
        model = read_onnx(self._model.path)
        if kind == "guided" and not any(node.op_type == "Relu" for node in model.graph.node):
            raise AttributionError(
                "cannot do guided backpropagation",
                why="it changes the rule for ReLU, and this network has none",
                remedy="Use the gradient or SmoothGrad.",
            )
        tensors = self._explained(model) if kind == "layers" else (self._model.input_name,)
        graph = with_gradients(
            model,
            input_name=self._model.input_name,
            input_shape=shape,
            scores=self._model.logits_name,
            tensors=tensors,
            rules=GUIDED if kind == "guided" else RULES,
        )
        outputs = [*graph.gradients.values(), self._model.logits_name]
        if kind == "layers":
            outputs += graph.gradients.keys() - {self._model.input_name}
        return View(self._session(graph.finished(outputs)), graph)

    def _explained(self, model: onnx.ModelProto) -> tuple[str, ...]:
        """The layers, what the head averages where that is none of them, and the input."""
        self._look_at_head(model)
        head = () if isinstance(self._averaged, AttributionError) else (str(self._averaged),)
        image = (self._model.input_name,) if self.has_input_with_layers else ()
        return tuple(dict.fromkeys((*self._layers, *head, *image)))

    def _look_at_head(self, model: onnx.ModelProto) -> None:
        names = {"input_name": self._model.input_name, "logits": self._model.logits_name}
        try:
            self._averaged = averaged_maps(model, **names)
        except AttributionError as error:
            self._averaged = error

    def _session(self, model: onnx.ModelProto) -> Session:
        wanted = providers.preferred(self._provider)
        return self._runtime.session(model.SerializeToString(), wanted)
