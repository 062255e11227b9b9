"""The residual view: its figures are asked for while somebody looks at them, and not before."""

from functools import partial

from PySide6.QtCore import QObject, Slot

from desktop_app.conversation import Conversation
from desktop_app.core.records import Activations
from desktop_app.intervening import (
    begin_effects,
    fail_shares,
    show_effect,
    show_shares,
    shown_residual,
    stop_effects,
)
from desktop_app.messages import Crashed, ModelOpened
from desktop_app.messages.interventions import (
    EffectMeasured,
    EffectsFailed,
    MeasureEffects,
    MeasureShares,
    SharesMeasured,
)
from desktop_app.state import LensState, ViewOptions


class ResidualController(QObject):
    """Takes the intentions about the residual view."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self._conversation = conversation
        # Numbers of the requests whose answers are waited for; 0 for none.
        self._shares = 0
        self._effects = 0
        self._asked_for: Activations | None = None
        conversation.on(SharesMeasured, self._receive_shares)
        conversation.on(EffectMeasured, self._receive_effect)
        conversation.on(EffectsFailed, self._receive_failure)
        conversation.on(Crashed, self._receive_crash)
        conversation.on(ModelOpened, self._receive_model)
        conversation.became.connect(self._follow)

    # --- intentions ----------------------------------------------------------------------------

    @Slot()
    def stop(self) -> None:
        """Measure no more effects; those that are there stay."""
        self._effects = 0
        self._conversation.cancel_request(MeasureEffects)
        self._conversation.become(stop_effects(self._conversation.state))

    @Slot()
    def measure(self) -> None:
        """Measure what each block does for the class that is asked about."""
        state = self._conversation.state
        part, shown, model = state.residual, state.shown, state.model
        if part is None or shown is None or shown.classification is None or model is None:
            return
        index = state.explained_class
        if index is None or part.entry != shown.number or not model.blocks:
            return
        self._effects = self._conversation.ask(
            lambda number: MeasureEffects(number, shown.number, shown.image, model.path, index)
        )
        self._conversation.become(begin_effects(self._conversation.state, index))

    # --- replies -------------------------------------------------------------------------------

    def _receive_shares(self, reply: SharesMeasured) -> None:
        if reply.number != self._shares:
            return
        self._shares = 0
        state = self._conversation.state
        self._conversation.become(show_shares(state, reply.entry, reply.shares))
        if reply.shares:
            self.measure()

    def _receive_effect(self, reply: EffectMeasured) -> None:
        if reply.number != self._effects:
            return
        if reply.is_last:
            self._effects = 0
        state = self._conversation.state
        self._conversation.become(show_effect(state, reply.effect, is_last=reply.is_last))

    def _receive_failure(self, reply: EffectsFailed) -> None:
        self._conversation.notice_error(reply.error)
        self._end_effects(reply.number)

    def _receive_crash(self, reply: Crashed) -> None:
        self._end_effects(reply.number)

    def _receive_model(self, _: ModelOpened) -> None:
        """Nothing that was asked about the model before is waited for any more."""
        self._asked_for = None
        self._shares = 0
        if self._effects:
            self._effects = 0
            self._conversation.cancel_request(MeasureEffects)

    # --- inside --------------------------------------------------------------------------------

    def _give_up(self, entry: int, why: str) -> None:
        """Of another picture or model nothing is waited for by now."""
        if self._shares:
            self._shares = 0
            self._conversation.become(fail_shares(self._conversation.state, entry, why))

    def _end_effects(self, number: int) -> None:
        if number == self._effects and number:
            self._effects = 0
            self._conversation.become(stop_effects(self._conversation.state))

    @Slot(object)
    def _follow(self, _: LensState) -> None:
        """Ask for the shares of what is on screen, once, while the view is."""
        state = self._conversation.state
        shown, model = state.shown, state.model
        if not _is_looked_at(state.options) or shown is None or model is None:
            return
        activations = shown.activations
        if activations is None:
            return
        if activations is self._asked_for:
            self._follow_class(state)
            return
        self._asked_for = activations
        if self._effects:
            self._effects = 0
            self._conversation.cancel_request(MeasureEffects)
        self._shares = self._conversation.ask(
            lambda number: MeasureShares(number, shown.number, activations, model.blocks),
            crashed=partial(self._give_up, shown.number),
        )

    def _follow_class(self, state: LensState) -> None:
        """Measure anew when another class is asked about."""
        part = shown_residual(state)
        if part is None or part.class_index is None or not part.shares:
            return
        if state.explained_class != part.class_index:
            self.measure()


def _is_looked_at(options: ViewOptions) -> bool:
    """Whether a table or a map shows the figures."""
    over_map = options.block_shares and options.layers_tab == "map"
    return options.layers_tab == "residual" or over_map
