"""Comparing: what is kept as A, which second model, and A's analysis when it is due.

A's analysis is asked for when B's has arrived whole, so that it never holds up what a person
looks at.
"""

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from desktop_app import comparing
from desktop_app.controller import Controller
from desktop_app.core.bundled import model_name
from desktop_app.core.records import Model
from desktop_app.messages import Crashed
from desktop_app.messages.comparison import (
    AnalyseReference,
    CloseReference,
    OpenReference,
    ReferenceAnalysed,
    ReferenceAnalysisFailed,
    ReferenceFailed,
    ReferenceOpened,
)
from desktop_app.state import LensState


class ComparisonController(QObject):
    """Takes the intentions about comparing."""

    def __init__(self, conversation: Controller) -> None:
        super().__init__(conversation)
        self._conversation = conversation
        # Numbers of the requests whose answers are waited for; 0 for none.
        self._opening = 0
        self._analysis = 0
        # Entry and model that A was last asked for; a failure is not repeated. Models are equal by
        # value, but one that was opened again has analysed nothing yet.
        self._asked_for: tuple[int, Model] | None = None
        self._holds_second = False
        self._brings_back: Path | None = None
        conversation.on(ReferenceOpened, self._receive_model)
        conversation.on(ReferenceFailed, self._receive_model_failure)
        conversation.on(ReferenceAnalysed, self._receive_analysis)
        conversation.on(ReferenceAnalysisFailed, self._receive_failure)
        conversation.on(Crashed, self._receive_crash)
        conversation.became.connect(self._follow)

    # --- intentions ----------------------------------------------------------------------------

    @Slot()
    def keep_image(self) -> None:
        """Keep the analysis on screen as A."""
        kept = comparing.keep_image(self._state)
        if kept is self._state:
            return
        self._let_model_go()
        self._conversation.become(kept)

    @Slot(int)
    def compare_on_screen_with(self, number: int) -> None:
        """Keep what is on screen as A, and look at another entry as B."""
        self.keep_image()
        self._conversation.choose_image(number)

    @Slot(object)
    def compare_with_model(self, path: Path) -> None:
        """Have a second model analyse what is on screen."""
        self._open(path)
        self._conversation.become(comparing.begin_model(self._state, model_name(str(path))))

    @Slot()
    def swap(self) -> None:
        """Exchange A and B; of two models, each is loaded in the other's place."""
        state, comparison = self._state, self._state.comparison
        if comparison is None or comparison.loading or state.model is None:
            return
        if comparison.kind == "image":
            self._conversation.become(comparing.swap_images(state))
        elif comparison.model is not None:
            opened, second = state.model.path, comparison.model.path
            self.compare_with_model(opened)
            self._conversation.choose_model(second)

    @Slot()
    def end(self) -> None:
        """Look at one picture again; the second model is let go."""
        self._let_model_go()
        self._conversation.become(comparing.end(self._state))

    # --- replies -------------------------------------------------------------------------------

    def _receive_model(self, reply: ReferenceOpened) -> None:
        if reply.number != self._opening:
            return
        self._opening, self._holds_second = 0, True
        self._analysis, self._asked_for = 0, None  # what is on its way is the former model's
        self._conversation.become(comparing.open_model(self._state, reply.model))

    def _receive_model_failure(self, reply: ReferenceFailed) -> None:
        self._conversation.notice_error(reply.error)
        if reply.number == self._opening:
            self._opening = 0
            self._conversation.become(comparing.fail_model(self._state))

    def _receive_analysis(self, reply: ReferenceAnalysed) -> None:
        if reply.number == self._analysis:
            self._analysis = 0
            self._conversation.become(comparing.show_reference(self._state, reply.reference))

    def _receive_failure(self, reply: ReferenceAnalysisFailed) -> None:
        self._conversation.notice_error(reply.error)
        if reply.number == self._analysis:
            self._analysis = 0
            self._conversation.become(self._without_analysis(reply.error.why))

    def _receive_crash(self, reply: Crashed) -> None:
        if reply.number == self._opening:
            self._opening = 0
            self._conversation.become(comparing.fail_model(self._state))
        elif reply.number == self._analysis:
            self._analysis = 0
            self._conversation.become(self._without_analysis(reply.message))

    # --- inside --------------------------------------------------------------------------------

    @property
    def _state(self) -> LensState:
        return self._conversation.state

    @Slot(object)
    def _follow(self, state: LensState) -> None:
        """Ask for A's analysis where it is missing and B's is there."""
        comparison, shown = state.comparison, state.shown
        if comparison is None:
            self._asked_for = None
            if self._analysis or self._holds_second or self._opening:
                self._let_model_go()
            return
        if comparison.wanted is not None:
            self._open_again(comparison.wanted)
            return
        if comparison.kind == "image" and self._holds_second:
            self._let_model_go()
        if comparison.model is None or shown is None or shown.activations is None:
            return
        reference = comparison.reference_for(shown.number)
        if reference is not None and reference.activations is not None:
            return
        wanted = shown.number if reference is None else reference.number
        entry, before = state.entry(wanted), self._asked_for
        was_asked = before is not None and before[0] == wanted and before[1] is comparison.model
        if entry is None or was_asked:
            return
        self._asked_for = (wanted, comparison.model)
        source, by_second = entry.source, comparison.kind == "model"
        self._analysis = self._conversation.ask(
            lambda number: AnalyseReference(number, wanted, source, by_second)
        )

    def _open(self, path: Path) -> None:
        state = self._state
        choice, folder = state.provider_choice, state.cuda_folder
        self._opening = self._conversation.ask(
            lambda number: OpenReference(number, str(path), choice, folder)
        )
        self._brings_back = None

    def _open_again(self, path: Path) -> None:
        """A step of undo wants this second model back; once is enough."""
        if self._opening and self._brings_back == path:
            return
        self._open(path)
        self._brings_back = path

    def _without_analysis(self, why: str) -> LensState:
        entry = self._asked_for[0] if self._asked_for is not None else 0
        return comparing.fail_reference(self._state, entry, why)

    def _let_model_go(self) -> None:
        self._analysis, self._asked_for = 0, None
        self._conversation.cancel_request(AnalyseReference)
        if self._opening:
            self._opening = 0
            self._conversation.cancel_request(OpenReference)
            self._holds_second = True  # it may have been loaded already
        if self._holds_second:
            self._holds_second = False
            self._conversation.ask(CloseReference)
