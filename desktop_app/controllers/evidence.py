"""Evidence: which class is asked about, and which channels speak for it.

Follows image, class, layer and model. The worker is asked only while the grid is sorted by it,
and weighs all layers in one run, so that another layer asks nothing.
"""

from dataclasses import replace

from desktop_app import transitions
from desktop_app.conversation import Conversation
from desktop_app.core.evidence import ChannelEvidence
from desktop_app.core.records import Image, Model
from desktop_app.messages.evidence import ChannelsWeighed, WeighChannels, WeighingFailed
from desktop_app.parts.evidence import Evidence
from desktop_app.state import LensState

_Question = tuple[Model, Image, int]
"""The model, the picture and the class that a run is for."""


class EvidenceController:
    """Takes the intentions about classes, and keeps the evidence up to date."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._question: _Question | None = None
        self._number = 0
        self._answer: ChannelEvidence | None = None
        self._failure = ""
        self._told: set[str] = set()
        conversation.on(ChannelsWeighed, self._take)
        conversation.on(WeighingFailed, self._fail)
        conversation.became.connect(self._follow)

    def choose_class(self, index: int | None) -> None:
        """Ask about a class; the one asked about already, or None, means the likeliest again."""
        state = self._conversation.state
        chosen = None if index == state.chosen_class else index
        self._conversation.become(transitions.choose_class(state, chosen))

    # --- inside --------------------------------------------------------------------------------

    def _follow(self, state: LensState) -> None:
        """Ask where the picture, the class or the model is another one; show what there is."""
        if state.options.sort != "evidence":
            self._show(None)
            return
        question = _question(state)
        if question is None:
            return
        if not _same(question, self._question):
            self._ask(question)
        self._show_answer()

    def _ask(self, question: _Question) -> None:
        model, image, index = question
        if self._question is None or self._question[0] is not model:
            self._told.clear()
        self._question, self._answer = question, None
        self._failure = ""
        self._number = self._conversation.ask(
            lambda number: WeighChannels(number, image, model.path, index), crashed=self._give_up
        )

    def _take(self, reply: ChannelsWeighed) -> None:
        if reply.number == self._number:
            self._answer = reply.evidence
            self._follow(self._conversation.state)

    def _fail(self, reply: WeighingFailed) -> None:
        if reply.number == self._number:
            self._give_up(str(reply.error))
            self._conversation.notice_error(reply.error)

    def _give_up(self, why: str) -> None:
        self._failure = why
        self._show(None, why)

    def _show_answer(self) -> None:
        """The chosen layer's scores; what has none is said once for each model."""
        state = self._conversation.state
        shown, layer = state.shown, state.layer
        if self._answer is None or self._question is None or shown is None or layer is None:
            before = state.evidence
            stays = before is not None and before.layer == layer and not self._failure
            self._show(before if stays else None, self._failure)
            return
        scores = self._answer.scores.get(layer)
        if scores is not None:
            index = self._question[2]
            self._show(Evidence(image=shown.number, layer=layer, class_index=index, scores=scores))
            return
        error = self._answer.refused.get(layer)
        self._show(None, "" if error is None else str(error))
        if error is not None and str(error) not in self._told:
            self._told.add(str(error))
            what = error.what[:1].upper() + error.what[1:]
            self._conversation.notice("information", what, why=error.why, remedy=error.remedy)

    def _show(self, evidence: Evidence | None, error: str = "") -> None:
        state = self._conversation.state
        before = state.evidence
        same = before is evidence or (
            before is not None and evidence is not None and before.scores is evidence.scores
        )
        if not same or error != state.evidence_error:
            self._conversation.become(replace(state, evidence=evidence, evidence_error=error))


def _same(one: _Question, other: _Question | None) -> bool:
    return other is not None and one[0] is other[0] and one[1] is other[1] and one[2] == other[2]


def _question(state: LensState) -> _Question | None:
    """What there is to be asked; None while picture or classes are on their way."""
    index = state.explained_class
    if state.model is None or state.shown is None or index is None:
        return None
    if state.shown.classification is None or index >= len(state.model.labels):
        return None
    return state.model, state.shown.image, index
