"""The controller's dealings with the worker: what was asked, what came back, the state between.

Holds the only current state. A reply is matched with what was asked last: an answer that nobody
waits for any more is dropped in silence, a failure never is. The one exception is a model that
was opened: it says what the worker holds from now on, so it always counts.
"""

import itertools
from functools import singledispatchmethod
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app import transitions
from desktop_app.core.bundled import model_name
from desktop_app.core.errors import LensError
from desktop_app.core.records import ImageSource, Pixels, Provider
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    AnalysisFailed,
    BatchSettled,
    Classified,
    ClassifyMany,
    Crashed,
    Examined,
    ImagesListed,
    ModelFailed,
    ModelOpened,
    ModelsListed,
    OpenModel,
    Reply,
    Request,
    SettingsNotSaved,
    StepsPictured,
    ThumbnailsMade,
    UnexpectedError,
)
from desktop_app.state import LensState, NoticeAction, Severity, ShowReport


class Display(Protocol):
    """What the controller needs of a window."""

    def render(self, state: LensState) -> None:
        """Show a snapshot."""

    def set_thumbnail(self, number: int, pixels: Pixels) -> None:
        """A row's small picture, uint8 (h, w, 3)."""

    def set_clipboard_text(self, text: str) -> None:
        """Put text on the clipboard."""


class Requests(Protocol):
    """What the controller needs of a worker."""

    def submit(self, request: Request) -> None:
        """Ask for something; returns at once."""

    def cancel_many(self) -> None:
        """Stop the folder run."""


class Replies(QObject):
    """Carries replies from the worker's thread to the window's.

    Lives as long as the program, because a signal dies with its object.
    """

    arrived = Signal(object)


class Conversation(QObject):
    """Owns the state, asks the worker, and takes its replies. Lives in the window's thread.

    Signals:
        became: Every new :class:`~desktop_app.state.LensState`, after it has been rendered.
    """

    became = Signal(object)

    def __init__(self, display: Display, worker: Requests, state: LensState) -> None:
        super().__init__()
        self._display = display
        self._worker = worker
        self._state = state
        self._numbers = itertools.count(1)
        # Numbers of the requests whose answers are waited for; 0 for none.
        self._analysis = 0
        self._many = 0
        self._opening = 0
        self._examination = 0
        # What was opened last with success, and ever; and what was asked for last.
        self._opened: str | None = None
        self._opened_so_far: set[str] = set()
        self._asked: str | None = None

    @property
    def state(self) -> LensState:
        """The current snapshot."""
        return self._state

    # --- replies -------------------------------------------------------------------------------

    @Slot(object)
    def receive(self, reply: Reply) -> None:
        """Take one of the worker's replies."""
        self._take(reply)

    @singledispatchmethod
    def _take(self, reply: Reply) -> None:
        raise NotImplementedError(type(reply).__name__)

    @_take.register
    def _(self, reply: ModelsListed) -> None:
        self._become(transitions.list_models(self._state, reply.models))

    @_take.register
    def _(self, reply: ThumbnailsMade) -> None:
        for number, pixels in reply.thumbnails:
            self._display.set_thumbnail(number, pixels)

    @_take.register
    def _receive_model(self, reply: ModelOpened) -> None:
        self._opened = str(reply.model.path)
        self._opened_so_far.add(self._opened)
        is_newest = reply.number == self._opening
        self._stop_many()
        self._become(
            transitions.open_model(self._state, reply.model, reply.provider, newest=is_newest)
        )
        if reply.model.assumptions:
            self._notice(
                "warning",
                f"{reply.model.name} has no card",
                why=" ".join(reply.model.assumptions).rstrip("."),
                remedy=f"A file {reply.model.name}.labels.txt beside it may name its classes.",
            )
        if self._state.provider_choice == "cuda" and reply.provider.name != "cuda":
            self._notice(
                "warning",
                "Running on the CPU, not on CUDA as asked",
                why=reply.provider.reason,
                remedy=reply.provider.remedy.what if reply.provider.remedy else "",
            )
        if (current := self._state.current) is not None:
            self._analyse(current)
        self._classify_waiting()

    @_take.register
    def _receive_model_failure(self, reply: ModelFailed) -> None:
        self.notice_error(reply.error)
        if reply.number != self._opening:
            return
        self._become(transitions.fail_model(self._state))
        had_been_asked, self._asked = self._asked, self._opened
        if self._state.model is None and had_been_asked is not None:
            self._open_model(None)
        elif self._state.pending is not None:
            self._analyse(self._state.pending)

    @_take.register
    def _receive_diagnosis(self, reply: Examined) -> None:
        if reply.number == self._examination:
            self._become(transitions.show_diagnosis(self._state, reply.diagnosis))

    @_take.register
    def _receive_listing(self, reply: ImagesListed) -> None:
        if reply.sources:
            self._add(reply.sources)
        else:
            self._notice(
                "warning",
                "No pictures found",
                why="the folder holds no file of a known picture type",
                remedy="Open the file itself if it has an unusual name.",
            )

    @_take.register
    def _receive_classes(self, reply: Classified) -> None:
        if reply.number != self._analysis:
            return
        self._tell_fallback(reply.classification.provider)
        self._become(
            transitions.show_classification(
                self._state,
                reply.entry,
                image=reply.image,
                classification=reply.classification,
                top=reply.top,
            )
        )

    @_take.register
    def _receive_steps(self, reply: StepsPictured) -> None:
        if reply.number == self._analysis:
            self._become(transitions.show_steps(self._state, reply.entry, reply.steps))

    @_take.register
    def _receive_activations(self, reply: ActivationsReady) -> None:
        if reply.number == self._analysis:
            self._tell_fallback(reply.provider)
            self._become(transitions.show_activations(self._state, reply.entry, reply.activations))

    @_take.register
    def _receive_failure(self, reply: AnalysisFailed) -> None:
        shown = self._state.shown
        is_shown = shown is not None and shown.number == reply.entry
        self.notice_error(reply.error)
        if is_shown and shown is not None and shown.classification is not None:
            return  # the classes are there, only what came after them failed
        self._become(transitions.fail_entry(self._state, reply.entry, str(reply.error)))
        if shown is None:
            self._look_further(reply.entry)
        elif not is_shown and shown.activations is None and self._state.pending is None:
            self._analyse(shown.number)  # it had been cut short for the one that failed

    @_take.register
    def _receive_batch(self, reply: BatchSettled) -> None:
        if reply.number != self._many:
            return
        self._tell_fallback(reply.provider)
        for number, pixels in reply.thumbnails:
            self._display.set_thumbnail(number, pixels)
        self._become(transitions.settle_batch(self._state, reply.results, reply.progress))
        if reply.progress is None:
            self._many = 0
            self._classify_waiting()

    @_take.register
    def _receive_crash(self, reply: Crashed) -> None:
        self.report_crash(reply.message, reply.report)
        if reply.number == self._many:
            self._many = 0
            self._become(transitions.stop_waiting(self._state))
        elif reply.number == self._opening:
            self._become(transitions.fail_model(self._state))
        elif reply.number == self._examination:
            self._become(transitions.fail_diagnosis(self._state, reply.message))
        elif reply.number == self._analysis and self._state.pending is not None:
            self._become(transitions.fail_entry(self._state, self._state.pending, reply.message))

    @_take.register
    def _receive_error(self, reply: UnexpectedError) -> None:
        self.report_crash(reply.message, reply.report)

    @_take.register
    def _receive_unsaved(self, reply: SettingsNotSaved) -> None:
        self.notice_error(reply.error)

    # --- requests ------------------------------------------------------------------------------

    def _open_model(self, reference: str | None) -> None:
        self._opening = next(self._numbers)
        self._asked = reference
        self._become(transitions.begin_loading(self._state, model_name(reference)))
        state = self._state
        self._worker.submit(
            OpenModel(self._opening, reference, state.provider_choice, state.cuda_folder)
        )

    def _add(self, sources: tuple[ImageSource, ...]) -> None:
        first = self._state.next_number
        self._become(transitions.add_entries(self._state, sources))
        self._look_at(first)
        self._classify_waiting()

    def _look_at(self, number: int) -> None:
        self._become(transitions.ask_for(self._state, number))
        self._analyse(number)

    def _analyse(self, number: int) -> None:
        """Ask for an entry's analysis; while a model is being loaded, that will ask."""
        entry = self._state.entry(number)
        if entry is None or (self._state.model is None and self._state.loading_model):
            return
        self._become(transitions.ask_for(self._state, number))
        self._analysis = next(self._numbers)
        self._worker.submit(Analyse(self._analysis, number, entry.source))

    def _look_further(self, failed: int) -> None:
        """With nothing on screen yet, try the next entry after one that failed."""
        if self._state.pending is not None or self._state.model is None:
            return
        position = self._state.position(failed)
        if position is not None and position + 1 < len(self._state.entries):
            self._look_at(self._state.entries[position + 1].number)

    def _classify_waiting(self) -> None:
        """Run what is still waiting in the background, the picture being looked at excepted."""
        if self._state.model is None:
            return
        current = self._state.current
        waiting = tuple(
            (entry.number, entry.source)
            for entry in self._state.entries
            if entry.status == "waiting" and entry.number != current
        )
        if not waiting:
            return
        self._many = next(self._numbers)
        self._worker.submit(ClassifyMany(self._many, waiting))
        self._become(transitions.begin_batch(self._state, len(waiting)))

    def _stop_many(self) -> None:
        if self._many:
            self._many = 0
            self._worker.cancel_many()

    # --- inside --------------------------------------------------------------------------------

    def notice_error(self, error: LensError) -> None:
        """Show a failure; what is on screen stays."""
        what = error.what[:1].upper() + error.what[1:]
        self._notice("error", what, why=error.why, remedy=error.remedy)

    def report_crash(self, message: str, report: Path | None = None) -> None:
        """Show a programmer's error; it is in the log already, and in ``report``."""
        if report is not None and report not in self._state.reports:
            self._become(transitions.list_reports(self._state, (report, *self._state.reports)))
        self._notice(
            "error",
            "Something in the program went wrong",
            why=message,
            remedy="Please report it; the log has the details." if report is None else "",
            action=None if report is None else ShowReport(report),
        )

    def _become(self, state: LensState) -> None:
        if state is not self._state:
            self._state = state
            self._display.render(state)
            self.became.emit(state)

    def _tell_fallback(self, provider: Provider) -> None:
        before = self._state.provider
        if before is None or before == provider:
            return
        self._become(transitions.change_provider(self._state, provider))
        if before.name == "cuda" and provider.name == "cpu":
            self._notice(
                "warning",
                "CUDA failed; going on with the CPU",
                why=provider.reason,
                remedy="Choose the provider again to retry.",
            )

    def _notice(
        self,
        severity: Severity,
        what: str,
        *,
        why: str,
        remedy: str = "",
        action: NoticeAction | None = None,
    ) -> None:
        self._become(
            transitions.add_notice(
                self._state, severity, what, why=why, remedy=remedy, action=action
            )
        )
