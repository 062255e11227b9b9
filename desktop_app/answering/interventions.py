"""The picture on screen through a changed network, and what its residual blocks bring."""

from collections.abc import Iterator

from desktop_app.answering.bench import Bench, Table
from desktop_app.core.block_effects import block_effects
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.residual_shares import residual_shares
from desktop_app.core.sessions import ModelSessions
from desktop_app.messages.interventions import (
    EffectMeasured,
    EffectsFailed,
    Intervene,
    Intervened,
    InterventionFailed,
    MeasureEffects,
    MeasureShares,
    SharesMeasured,
)


class InterventionAnswers:
    """Answers what concerns changes of the open model."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._gated: GatedSessions | None = None
        self._made_for: tuple[ModelSessions, str] | None = None
        bench.leaving.append(self._let_go)
        self.table: Table = {
            Intervene: self._intervene,
            MeasureShares: self._measure_shares,
            MeasureEffects: self._measure_effects,
        }

    def _intervene(self, request: Intervene, switch: Cancellation) -> None:
        number = request.number
        try:
            gated = self._sessions()
            if gated.model.path != request.model:
                return  # the window has heard of the other model, or will
            tensor = self._bench.tensor_of(request.image)
            switch.raise_if_cancelled()
            outcome = gated.run(tensor, request.interventions, switch)
        except LensError as error:
            self._bench.deliver(InterventionFailed(number, error))
            return
        self._bench.deliver(Intervened(number, request.entry, outcome))

    def _measure_shares(self, request: MeasureShares, _: Cancellation) -> None:
        shares = residual_shares(request.activations, request.blocks)
        self._bench.deliver(SharesMeasured(request.number, request.entry, shares))

    def _measure_effects(self, request: MeasureEffects, switch: Cancellation) -> Iterator[None]:
        number, deliver = request.number, self._bench.deliver
        try:
            gated = self._sessions()
            if gated.model.path != request.model:
                return
            tensor = self._bench.tensor_of(request.image)
            blocks = len(gated.model.blocks)
            effects = block_effects(gated, tensor, request.class_index, switch)
            for place, effect in enumerate(effects, 1):
                is_last = place == blocks
                deliver(EffectMeasured(number, request.entry, effect, is_last))
                yield
                switch.raise_if_cancelled()
        except LensError as error:
            deliver(EffectsFailed(number, error))

    def _let_go(self) -> None:
        """Another model is opened."""
        self._gated = self._made_for = None

    def _sessions(self) -> GatedSessions:
        """Those of the open model, on what it runs on now."""
        sessions = self._bench.need_sessions()
        made_for = (sessions, sessions.provider.name)
        if self._gated is None or self._made_for != made_for:
            if self._gated is not None:
                self._gated.let_go()
            self._made_for = made_for
            self._gated = GatedSessions(
                sessions.model, sessions.provider, sessions.runtime, sessions.kept
            )
        return self._gated
