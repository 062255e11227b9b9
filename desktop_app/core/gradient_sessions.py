"""The sessions on a model's derivative: what speaks for a class, in its channels and in a picture.

Further views of the open model's file, beside those of :mod:`desktop_app.core.sessions`, made when
somebody first asks why. They are owned here, whoever runs them: the scores of the channels are run
here, the methods of explanation in :mod:`desktop_app.core.attribution.derivatives`. One run gives
the scores of all layers, and what is asked first about a picture besides; another view has the
gradients at all layers, so that a second one loads nothing: with a view for each, it would take ten
times as long to load as it takes to run.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cpu_fallback import run_or_fall_back
from desktop_app.core.errors import RunError
from desktop_app.core.evidence import ChannelEvidence
from desktop_app.core.gradient_graphs import GradientGraphs, GradientKind
from desktop_app.core.graph.evidence import EvidenceOutputs
from desktop_app.core.graph.gradients import GradientOutputs
from desktop_app.core.kept_sessions import KeptSessions
from desktop_app.core.onnx_runtime import Runtime, Session, run_once
from desktop_app.core.records import Model, Provider, Tensor, read_only

R = TypeVar("R")
Outputs_co = TypeVar("Outputs_co", covariant=True)


@dataclass(frozen=True, slots=True)
class View(Generic[Outputs_co]):
    """A loaded view with gradients.

    Attributes:
        session: To run it.
        outputs: How its inputs and outputs are called.
    """

    session: Session
    outputs: Outputs_co


class GradientSessions:
    """The derivative of one open model. Belongs to one thread; only ``cancel`` crosses threads."""

    def __init__(
        self,
        model: Model,
        provider: Provider,
        *,
        runtime: Runtime | None = None,
        layers: Iterable[str] | None = None,
        kept: KeptSessions | None = None,
    ) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            model: The open model.
            provider: What its predictions run on: the derivative runs there too, or on the CPU
                where it cannot.
            runtime: ONNX Runtime; another one in tests.
            layers: Those at which gradients will be asked for; None for all that have maps.
            kept: Where sessions of this model are kept; a place of their own if None.
        """
        self.model = model
        self.provider = provider
        self.graphs = GradientGraphs(model, layers)
        self._runtime = runtime or Runtime()
        self._kept = kept or KeptSessions()
        self._mine = object()

    def evidence(
        self, tensor: Tensor, class_weights: Tensor, cancellation: Cancellation | None = None
    ) -> ChannelEvidence:
        """Weigh the channels of every layer.

        Args:
            tensor: float32, one image: (1, C, H, W), or as the model's layout says.
            class_weights: float32 (1, classes): see
                :func:`~desktop_app.core.evidence.weights_for`.
            cancellation: Stops the run from another thread; loading is not stopped.

        Raises:
            GradientError: The network cannot be differentiated.
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        switch = cancellation or Cancellation()
        return self.run(
            lambda: self._evidence(tensor, class_weights, switch), switch, self._run_error
        )

    def with_layer(self, layer: str, shape: tuple[int, ...]) -> View[GradientOutputs]:
        """A view with a layer and its gradient, for inputs of that shape, the batch included.

        To be asked for within :meth:`run`: loading may fail on a GPU as well.

        Raises:
            GradientError: The network cannot be differentiated.
        """
        if self.graphs.is_with_scores(layer):
            return self._with_scores(shape)
        return self._with_gradients("layers", shape)

    def with_input(self, shape: tuple[int, ...], *, guided: bool = False) -> View[GradientOutputs]:
        """A view with the input's gradient, for inputs of that shape, the batch included.

        To be asked for within :meth:`run`: loading may fail on a GPU as well.

        Raises:
            AttributionError: ``guided``, and the network has no ReLU.
            GradientError: The network cannot be differentiated.
        """
        if guided:
            return self._with_gradients("guided", shape)
        if shape[0] == 1 and self.graphs.is_with_scores(self.model.input_name):
            return self._with_scores(shape)
        return self._with_gradients("input", shape)

    def logits(self) -> Session:
        """The network as it is, its logits as an output; to be asked for within :meth:`run`."""

        def prepare() -> Callable[[], Session]:
            content = self.graphs.with_logits()
            return lambda: self._session(content)

        return self._kept.get(self._mine, "logits", prepare)

    def run(
        self, run: Callable[[], R], switch: Cancellation, failure: Callable[[str], RunError]
    ) -> R:
        """Run, and once more on the CPU where a GPU fails.

        Args:
            run: Asks for its session, and runs it.
            switch: Stops it.
            failure: The error, of what ONNX Runtime said.

        Raises:
            RunError: ``failure``'s; ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        return run_or_fall_back(
            run,
            switch=switch,
            on_gpu=lambda: self.provider.name == "cuda",
            to_cpu=self._leave_gpu,
            failure=failure,
        )

    def _evidence(
        self, tensor: Tensor, class_weights: Tensor, switch: Cancellation
    ) -> ChannelEvidence:
        view = self._with_scores(tensor.shape)
        switch.raise_if_cancelled()
        outputs = view.outputs
        if not outputs.scores:
            raise next(iter(outputs.unweighed.values()))
        weights = {outputs.class_weights: class_weights}
        names = list(outputs.scores.values())
        values, run_ms = run_once(view.session, names, tensor, switch, weights)
        # Copies: a view of an output would keep all that the session works in when it is let go.
        scores = {
            layer: read_only(value[0].copy())
            for layer, value in zip(outputs.scores, values, strict=True)
        }
        return ChannelEvidence(
            scores=MappingProxyType(scores), refused=outputs.unweighed, run_ms=run_ms
        )

    def _with_scores(self, shape: tuple[int, ...]) -> View[EvidenceOutputs]:
        def prepare() -> Callable[[], View[EvidenceOutputs]]:
            content, outputs = self.graphs.with_scores(shape)
            return lambda: View(self._session(content), outputs)

        return self._kept.get(self._mine, ("scores", shape), prepare)

    def _with_gradients(self, kind: GradientKind, shape: tuple[int, ...]) -> View[GradientOutputs]:
        def prepare() -> Callable[[], View[GradientOutputs]]:
            content, outputs = self.graphs.with_gradients(kind, shape)
            return lambda: View(self._session(content), outputs)

        return self._kept.get(self._mine, (kind, shape), prepare)

    def _session(self, content: bytes) -> Session:
        return self._runtime.session(content, providers.preferred(self.provider))

    def _leave_gpu(self, why: str) -> None:
        self.provider = Provider(name="cpu", reason=f"CUDA failed ({why})")
        self._kept.let_go(self._mine)

    def _run_error(self, why: str) -> RunError:
        return RunError(
            f"cannot tell what speaks for a class in {self.model.name}",
            why=why,
            remedy="Try another provider or another model.",
        )
