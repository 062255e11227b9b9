"""Runs a model's derivative: what each channel does for a class.

A third view of the open model's file, beside those of :mod:`desktop_app.core.sessions`, made when
somebody first asks why. One run gives the scores of all layers, so that moving between layers runs
nothing again: it takes about as long as gradients at the blocks alone, while a session for each
layer would take ten times as long to load as it takes to run.
"""

from types import MappingProxyType

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cpu_fallback import run_or_fall_back
from desktop_app.core.errors import RunError
from desktop_app.core.evidence import ChannelEvidence
from desktop_app.core.graph.evidence import EvidenceOutputs, with_evidence
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.onnx_runtime import Runtime, Session, run_once
from desktop_app.core.records import Model, Provider, Tensor, read_only


class GradientSessions:
    """The derivative of one open model. Belongs to one thread; only ``cancel`` crosses threads."""

    def __init__(self, model: Model, provider: Provider, *, runtime: Runtime | None = None) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            model: The open model.
            provider: What its predictions run on: the derivative runs there too, or on the CPU
                where it cannot.
            runtime: ONNX Runtime; another one in tests.
        """
        self.model = model
        self.provider = provider
        self._runtime = runtime or Runtime()
        self._opened: tuple[Session, EvidenceOutputs] | None = None
        self._shape: tuple[int, ...] = ()

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
        return run_or_fall_back(
            lambda: self._evidence(tensor, class_weights, switch),
            switch=switch,
            on_gpu=lambda: self.provider.name == "cuda",
            to_cpu=self._leave_gpu,
            failure=self._run_error,
        )

    def _leave_gpu(self, why: str) -> None:
        self.provider = Provider(name="cpu", reason=f"CUDA failed ({why})")
        self._opened = None

    def _evidence(
        self, tensor: Tensor, class_weights: Tensor, switch: Cancellation
    ) -> ChannelEvidence:
        if self._opened is None or tensor.shape != self._shape:
            self._opened = None  # first, so that there is room for the new one
            self._opened = self._open(tensor.shape)
            self._shape = tensor.shape
            switch.raise_if_cancelled()
        session, graph = self._opened
        if not graph.scores:
            raise next(iter(graph.refused.values()))
        weights = {graph.class_weights: class_weights}
        names = list(graph.scores.values())
        values, run_ms = run_once(session, names, tensor, switch, weights)
        scores = {
            layer: read_only(value[0]) for layer, value in zip(graph.scores, values, strict=True)
        }
        return ChannelEvidence(
            scores=MappingProxyType(scores), refused=graph.refused, run_ms=run_ms
        )

    def _open(self, shape: tuple[int, ...]) -> tuple[Session, EvidenceOutputs]:
        """A session for inputs of that shape; another shape needs another one."""
        graph, outputs = with_evidence(
            read_onnx(self.model.path),
            input_name=self.model.input_name,
            input_shape=shape,
            logits=self.model.logits_name,
            layers=[layer.name for layer in self.model.layers],
        )
        session = self._runtime.session(
            graph.SerializeToString(), providers.preferred(self.provider)
        )
        return session, outputs

    def _run_error(self, why: str) -> RunError:
        return RunError(
            f"cannot tell what speaks for a class in {self.model.name}",
            why=why,
            remedy="Try another provider or another model.",
        )
