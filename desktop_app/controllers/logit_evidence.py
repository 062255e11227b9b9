"""Evidence in the last layer: which class is held against the one asked about, and what adds up.

Follows image, both classes and the model. The activations of the picture on screen are all that
the answer needs, so that it comes in a moment and nothing is run.
"""

from dataclasses import replace

from desktop_app import transitions
from desktop_app.conversation import Conversation
from desktop_app.core.records import Activations, Model
from desktop_app.messages.logit_evidence import LogitTakenApart, TakeLogitApart, TakingApartFailed
from desktop_app.parts.logit_evidence import LogitEvidence
from desktop_app.state import LensState

_Question = tuple[Model, Activations, int, int, int | None]
"""Model, activations, image entry, class, class held against."""


class LogitController:
    """Takes the intentions about the evidence list, and keeps the logit taken apart."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._question: _Question | None = None
        self._number = 0
        conversation.on(LogitTakenApart, self._take)
        conversation.on(TakingApartFailed, self._fail)
        conversation.became.connect(self._follow)

    def hold_against(self, index: int | None) -> None:
        """Ask why the class and not this one; None asks about the class alone."""
        state = self._conversation.state
        self._conversation.become(transitions.hold_against(state, index))

    def open_channel(self, layer: str, channel: int) -> None:
        """Open a channel of a layer, in one step."""
        state = transitions.choose_layer(self._conversation.state, layer)
        if state.layer == layer:
            self._conversation.become(transitions.choose_channel(state, channel))

    # --- inside --------------------------------------------------------------------------------

    def _follow(self, state: LensState) -> None:
        """Ask where the picture, a class or the model is another one."""
        question = _question(state)
        if question is None or _same(question, self._question):
            return
        self._question = question
        model, activations, _, index, against = question
        self._number = self._conversation.ask(
            lambda number: TakeLogitApart(number, activations, model.path, index, against),
            crashed=self._give_up,
        )

    def _take(self, reply: LogitTakenApart) -> None:
        if (asked := self._asked_as(reply.number)) is not None:
            self._show(replace(asked, found=reply.found))

    def _fail(self, reply: TakingApartFailed) -> None:
        """Said where the list would be: it is no fault of what the user did."""
        if (asked := self._asked_as(reply.number)) is not None:
            why, remedy = reply.error.why, reply.error.remedy
            self._show(replace(asked, error=f"{why[:1].upper()}{why[1:]}.", remedy=remedy))

    def _give_up(self, why: str) -> None:
        if (asked := self._asked_as(self._number)) is not None:
            self._show(replace(asked, error=why))

    def _asked_as(self, number: int) -> LogitEvidence | None:
        """The question of that number, to be completed; None where nobody waits for it."""
        if number != self._number or self._question is None:
            return None
        _, _, image, index, against = self._question
        return LogitEvidence(image=image, class_index=index, against=against)

    def _show(self, evidence: LogitEvidence) -> None:
        self._conversation.become(replace(self._conversation.state, logit_evidence=evidence))


def _same(one: _Question, other: _Question | None) -> bool:
    return other is not None and one[0] is other[0] and one[1] is other[1] and one[2:] == other[2:]


def _question(state: LensState) -> _Question | None:
    """What there is to be asked; None while it is not looked at, or not all is there yet."""
    model, shown, index = state.model, state.shown, state.explained_class
    if not state.options.show_evidence or model is None or shown is None or index is None:
        return None
    if shown.activations is None or index >= len(model.labels):
        return None
    return model, shown.activations, shown.number, index, state.opposed_class
