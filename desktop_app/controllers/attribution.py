"""Attributions: keeps the heat map up to date while somebody looks at it.

Follows picture, model, class, method and layer. The newest question supersedes those before it; one
that is slow gives way to a picture or a model that is being opened, and is asked again after it.
"""

from dataclasses import dataclass, replace
from typing import Final

from desktop_app.conversation import Conversation
from desktop_app.core.attributions import Question
from desktop_app.core.records import Image, Model
from desktop_app.messages.attribution import (
    ClassExplained,
    ExplainClass,
    ExplainingAdvanced,
    ExplainingFailed,
)
from desktop_app.parts.attribution import Explanation
from desktop_app.state import LensState
from desktop_app.views.shown_why import asked_question

_NOTHING: Final = Explanation()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question about a picture."""

    model: Model
    image: Image
    entry: int
    question: Question

    def same(self, other: "_Asked | None") -> bool:
        """Whether the other would be answered alike."""
        return (
            other is not None
            and self.model is other.model
            and self.image is other.image
            and self.question == other.question
        )


class AttributionController:
    """Takes the intentions about explanations."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._asked: _Asked | None = None
        self._number = 0
        conversation.on(ExplainingAdvanced, self._advance)
        conversation.on(ClassExplained, self._take)
        conversation.on(ExplainingFailed, self._fail)
        conversation.became.connect(self._follow)

    def stop(self) -> None:
        """Stop what is being computed; the map before it stays."""
        if self._is_running():
            self._drop()
            self._show(stopped=True)

    def explain_again(self) -> None:
        """Ask once more, after a stop."""
        self._asked = None
        self._follow(self._conversation.state)

    # --- inside --------------------------------------------------------------------------------

    def _follow(self, state: LensState) -> None:
        """Ask where something else is asked than before; make way for what is more urgent."""
        if state.options.channel_tab != "why" or state.pending is not None or state.loading_model:
            if self._is_running():
                self._drop()
                self._asked = None  # to be asked again
                self._show()
            return
        asked = _question(state)
        if asked is None or asked.same(self._asked):
            return
        self._drop()
        self._asked = asked
        image, path, question = asked.image, asked.model.path, asked.question
        self._number = self._conversation.ask(
            lambda number: ExplainClass(number, image, path, question), crashed=self._give_up
        )
        self._show(asked=question)

    def _advance(self, reply: ExplainingAdvanced) -> None:
        if reply.number == self._number and self._asked is not None:
            self._show(asked=self._asked.question, done=reply.done, total=reply.total)

    def _take(self, reply: ClassExplained) -> None:
        if reply.number == self._number and self._asked is not None:
            self._number = 0
            found = Explanation(image=self._asked.entry, result=reply.attribution)
            self._conversation.become(replace(self._conversation.state, attribution=found))

    def _fail(self, reply: ExplainingFailed) -> None:
        if reply.number == self._number:
            self._give_up()
            self._conversation.notice_error(reply.error)

    def _give_up(self, _why: str = "") -> None:
        """What was asked will not come; what was stopped stays so."""
        if self._is_running():
            self._number = 0
            self._show()

    def _is_running(self) -> bool:
        return self._number != 0

    def _drop(self) -> None:
        """Wait no longer for what is running."""
        if self._is_running():
            self._number = 0
            self._conversation.cancel_request(ExplainClass)

    def _show(
        self,
        *,
        asked: Question | None = None,
        done: int = 0,
        total: int = 0,
        stopped: bool = False,
    ) -> None:
        state = self._conversation.state
        before = state.attribution or _NOTHING
        shown = replace(before, asked=asked, done=done, total=total, stopped=stopped)
        self._conversation.become(replace(state, attribution=shown))


def _question(state: LensState) -> _Asked | None:
    """What there is to be asked; None while picture or classes are on their way."""
    question = asked_question(state)
    if question is None or state.model is None or state.shown is None:
        return None
    return _Asked(state.model, state.shown.image, state.shown.number, question)
