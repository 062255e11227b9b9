"""Runs a model with interventions: sessions with gates, made where somebody intervenes.

Gates everywhere would cost a third of the run, because each stands between operators that would
be fused; gates at a few places cost next to nothing. So a session has gates only where they are
asked for. Making one takes as long as opening the model, so the last are kept, and one that has
more gates than needed serves as well: a factor of 1 changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cpu_fallback import run_or_fall_back
from desktop_app.core.errors import InterventionError, RunError
from desktop_app.core.graph.gates import GateImpossibleError, GatePlace, with_gates
from desktop_app.core.graph.taps import with_taps
from desktop_app.core.interventions import Intervention, InterventionOutcome, gates_for
from desktop_app.core.kept_sessions import KeptSessions
from desktop_app.core.onnx_runtime import Runtime, Session, run_once
from desktop_app.core.opened_file import read_again
from desktop_app.core.predictions import calibrated
from desktop_app.core.records import Model, Provider, Tensor, read_only

_Scores = tuple[Tensor, Tensor]
"""Probabilities and logits, float32 (classes,) each."""


@dataclass(slots=True)
class _Gated:
    """A session and its last untouched run."""

    session: Session
    untouched: tuple[Tensor, _Scores] | None = None


class GatedSessions:
    """The sessions with gates of one open model. Belongs to one thread."""

    def __init__(
        self,
        model: Model,
        provider: Provider,
        runtime: Runtime,
        kept: KeptSessions | None = None,
    ) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            model: A described model file.
            provider: What its plain session runs on; so will these.
            runtime: ONNX Runtime.
            kept: Where sessions of this model are kept; a place of their own if None.
        """
        self.model = model
        self.provider = provider
        self._runtime = runtime
        self._kept = kept or KeptSessions()
        self._mine = object()

    def run(
        self,
        tensor: Tensor,
        interventions: Iterable[Intervention],
        cancellation: Cancellation | None = None,
        *,
        also: Iterable[Intervention] = (),
    ) -> InterventionOutcome:
        """The scores of one image with the interventions, and without.

        Args:
            tensor: float32, one image: (1, C, H, W). While the same array is given, the run
                without interventions is made once.
            interventions: None of them gives the untouched scores twice.
            cancellation: Stops the run from another thread.
            also: Their places are given gates too, because they will follow: one session for all.

        Raises:
            InterventionError: The model has no such place, or no gate can stand there.
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        switch = cancellation or Cancellation()
        factors = gates_for(self.model, interventions)
        wanted = frozenset((*factors, *gates_for(self.model, also)))
        return run_or_fall_back(
            lambda: self._outcome(tensor, wanted, factors, switch),
            switch=switch,
            on_gpu=lambda: self.provider.name == "cuda",
            to_cpu=self._leave_gpu,
            failure=self._run_error,
        )

    def _leave_gpu(self, why: str) -> None:
        reason = f"CUDA failed with gates ({why})"
        self.provider = Provider(name="cpu", reason=reason, gpu_unused=True)
        self.let_go()

    def let_go(self) -> None:
        """Let all of them go."""
        self._kept.let_go(self._mine)

    def _outcome(
        self,
        tensor: Tensor,
        wanted: frozenset[GatePlace],
        factors: Mapping[GatePlace, Tensor],
        switch: Cancellation,
    ) -> InterventionOutcome:
        gated = self._session_for(wanted)
        if gated.untouched is None or gated.untouched[0] is not tensor:
            gated.untouched = (tensor, self._scores(gated.session, tensor, {}, switch))
        untouched = gated.untouched[1]
        changed = self._scores(gated.session, tensor, factors, switch) if factors else untouched
        return InterventionOutcome(
            probabilities=changed[0],
            logits=changed[1],
            untouched_probabilities=untouched[0],
            untouched_logits=untouched[1],
            provider=self.provider,
        )

    def _session_for(self, wanted: frozenset[GatePlace]) -> _Gated:
        def prepare() -> Callable[[], _Gated]:
            content = self._with_gates(wanted)
            names = providers.preferred(self.provider)
            # Not translated: what fails on a GPU here is retried on the CPU, like a run.
            return lambda: _Gated(self._runtime.session(content, names))

        return self._kept.get(self._mine, wanted, prepare, serves=lambda places: places >= wanted)

    def _with_gates(self, places: frozenset[GatePlace]) -> bytes:
        try:
            gated = with_gates(read_again(self.model), sorted(places, key=str))
        except GateImpossibleError as error:
            raise InterventionError(
                f"cannot change {self.model.name} there",
                why=str(error),
                remedy="Choose a layer that a convolution or a batch norm gives.",
            ) from error
        return with_taps(gated, (self.model.logits_name,)).SerializeToString()

    def _scores(
        self,
        session: Session,
        tensor: Tensor,
        factors: Mapping[GatePlace, Tensor],
        switch: Cancellation,
    ) -> _Scores:
        names = [self.model.output_name, self.model.logits_name]
        feeds = {place.input_name: values for place, values in factors.items()}
        values, _ = run_once(session, names, tensor, switch, more=feeds)
        # Copies: a view of an output would keep all that the session works in when it is let go.
        scores, logits = (np.array(value, np.float32).reshape(-1) for value in values)
        return read_only(calibrated(scores, self.model)), read_only(logits)

    def _run_error(self, why: str) -> RunError:
        return RunError(
            f"cannot run {self.model.name} with changes",
            why=why,
            remedy="Take the changes back, or try another provider.",
        )
