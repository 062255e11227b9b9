"""Intervening: what is switched off or scaled, and a run wherever its outcome is missing.

The changes are a value of the snapshot. Whatever makes them, or the picture, another one (a click,
undo, the next image), the run that is then missing is asked for here, and only here.
"""

from PySide6.QtCore import QObject, Slot

from desktop_app.conversation import Conversation
from desktop_app.core.interventions import Intervention
from desktop_app.core.records import Classification
from desktop_app.core.residual_blocks import block_of
from desktop_app.intervening import (
    changed_by,
    show_outcome,
    with_change,
    with_changes,
)
from desktop_app.messages import Crashed
from desktop_app.messages.interventions import Intervene, Intervened, InterventionFailed
from desktop_app.state import LensState
from desktop_app.view_history import withdrawn

_Asked = tuple[int, Classification, tuple[Intervention, ...]]


class InterventionController(QObject):
    """Takes the intentions about changes of the network."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self._conversation = conversation
        self._number = 0  # of the request whose answer is waited for
        self._asked: _Asked | None = None
        conversation.on(Intervened, self._receive_outcome)
        conversation.on(InterventionFailed, self._receive_failure)
        conversation.on(Crashed, self._receive_crash)
        conversation.became.connect(self._follow)

    # --- intentions ----------------------------------------------------------------------------

    @Slot(str, int, float)
    def scale_channel(self, layer: str, channel: int, factor: float) -> None:
        """Give a channel another factor; 0 switches it off, 1 takes the change back."""
        self._change(Intervention("channel", layer, channel, factor))

    @Slot(str, float)
    def scale_branch(self, block: str, factor: float) -> None:
        """Give a block's branch another factor."""
        self._change(Intervention("branch", block, None, factor))

    @Slot()
    def toggle_channel(self) -> None:
        """Switch the open channel off, or back to what it was."""
        state = self._conversation.state
        if state.layer is not None:
            factor = changed_by(state).factor("channel", state.layer, state.channel)
            self.scale_channel(state.layer, state.channel, 1.0 if factor == 0 else 0.0)

    @Slot()
    def toggle_branch(self) -> None:
        """Switch the branch of the chosen layer's block off, or on again."""
        state = self._conversation.state
        if state.model is None or state.layer is None:
            return
        if (block := block_of(state.model.blocks, state.layer)) is not None:
            factor = changed_by(state).factor("branch", block.name)
            self.scale_branch(block.name, 1.0 if factor == 0 else 0.0)

    @Slot(object)
    def take_back(self, change: Intervention) -> None:
        """One change holds no longer."""
        self._change(Intervention(change.kind, change.place, change.channel, 1.0))

    @Slot()
    def reset(self) -> None:
        """No change holds any longer."""
        self._conversation.become(with_changes(self._conversation.state, ()))

    # --- replies -------------------------------------------------------------------------------

    def _receive_outcome(self, reply: Intervened) -> None:
        if reply.number != self._number or self._asked is None:
            return
        self._number = 0
        ran = self._asked[2]
        self._conversation.become(
            show_outcome(self._conversation.state, reply.entry, ran, reply.outcome)
        )

    def _receive_failure(self, reply: InterventionFailed) -> None:
        self._conversation.notice_error(reply.error)
        self._fail(reply.number)

    def _receive_crash(self, reply: Crashed) -> None:
        self._fail(reply.number)

    # --- inside --------------------------------------------------------------------------------

    def _change(self, change: Intervention) -> None:
        self._conversation.become(with_change(self._conversation.state, change))

    def _fail(self, number: int) -> None:
        """The changes that were run last hold again: a mark without an effect would be a lie."""
        if number != self._number or number == 0:
            return
        self._number = 0
        state = self._conversation.state
        part = changed_by(state)
        worked = part.ran if part.ran != part.active else ()
        self._conversation.become(withdrawn(state, with_changes(state, worked)))

    @Slot(object)
    def _follow(self, _: LensState) -> None:
        """Ask for the run that is missing."""
        state = self._conversation.state
        wanted = _missing(state)
        if wanted is None:
            if self._number:
                self._number = 0
                self._conversation.cancel_request(Intervene)
            self._asked = None
            return
        if self._asked is not None and _same(wanted, self._asked):
            return
        shown, model = state.shown, state.model
        if shown is None or model is None:
            return
        self._asked = wanted
        self._number = self._conversation.ask(
            lambda number: Intervene(number, wanted[0], shown.image, model.path, wanted[2])
        )


def _missing(state: LensState) -> _Asked | None:
    """What the outcome on screen has to be of; None where nothing is changed or shown."""
    active, shown = changed_by(state).active, state.shown
    if not active or shown is None or shown.classification is None:
        return None
    return shown.number, shown.classification, active


def _same(one: _Asked, other: _Asked) -> bool:
    return one[0] == other[0] and one[1] is other[1] and one[2] == other[2]
