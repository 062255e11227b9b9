"""What comes of the worker's replies about models and pictures, and what is asked next.

A reply is matched with what was asked last. The one exception is a model that was opened: it
says what the worker holds from now on, so it always counts.
"""

from desktop_app import transitions
from desktop_app.analysis_cache import AnalysisCache
from desktop_app.conversation import Conversation, Display, Requests
from desktop_app.core.bundled import model_name
from desktop_app.core.records import ImageSource, Provider
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
    SettingsNotSaved,
    StepsPictured,
    ThumbnailsMade,
    UnexpectedError,
)
from desktop_app.state import LensState


class PictureReplies(Conversation):
    """Takes the replies that every window needs."""

    def __init__(
        self,
        display: Display,
        worker: Requests,
        state: LensState,
        analyses: AnalysisCache | None = None,
    ) -> None:
        super().__init__(display, worker, state)
        self._analyses = analyses or AnalysisCache()
        # Numbers of the requests whose answers are waited for; 0 for none.
        self._analysis = 0
        self._many = 0
        self._opening = 0
        self._examination = 0
        # What was opened last with success, and ever; and what was asked for last.
        self._opened: str | None = None
        self._opened_so_far: set[str] = set()
        self._asked: str | None = None
        self.on(ModelsListed, self._receive_models)
        self.on(ThumbnailsMade, self._receive_thumbnails)
        self.on(ModelOpened, self._receive_model)
        self.on(ModelFailed, self._receive_model_failure)
        self.on(Examined, self._receive_diagnosis)
        self.on(ImagesListed, self._receive_listing)
        self.on(Classified, self._receive_classes)
        self.on(StepsPictured, self._receive_steps)
        self.on(ActivationsReady, self._receive_activations)
        self.on(AnalysisFailed, self._receive_failure)
        self.on(BatchSettled, self._receive_batch)
        self.on(Crashed, self._receive_crash)
        self.on(UnexpectedError, self._receive_error)
        self.on(SettingsNotSaved, self._receive_unsaved)

    # --- replies -------------------------------------------------------------------------------

    def _receive_models(self, reply: ModelsListed) -> None:
        self.become(transitions.list_models(self._state, reply.models))

    def _receive_thumbnails(self, reply: ThumbnailsMade) -> None:
        for number, pixels in reply.thumbnails:
            self._display.set_thumbnail(number, pixels)

    def _receive_model(self, reply: ModelOpened) -> None:
        self._opened = str(reply.model.path)
        self._opened_so_far.add(self._opened)
        is_newest = reply.number == self._opening
        self._analyses.clear()
        self._stop_many()
        self.become(
            transitions.open_model(self._state, reply.model, reply.provider, newest=is_newest)
        )
        if reply.model.assumptions:
            self.notice(
                "warning",
                f"{reply.model.name} has no card",
                why=" ".join(reply.model.assumptions).rstrip("."),
                remedy=f"A file {reply.model.name}.labels.txt beside it may name its classes.",
            )
        if self._state.provider_choice == "cuda" and reply.provider.name != "cuda":
            self.notice(
                "warning",
                "Running on the CPU, not on CUDA as asked",
                why=reply.provider.reason,
                remedy=reply.provider.remedy.what if reply.provider.remedy else "",
            )
        if (current := self._state.current) is not None:
            self._analyse(current)
        self._classify_waiting()

    def _receive_model_failure(self, reply: ModelFailed) -> None:
        self.notice_error(reply.error)
        if reply.number != self._opening:
            return
        self.become(transitions.fail_model(self._state))
        had_been_asked, self._asked = self._asked, self._opened
        if self._state.model is None and had_been_asked is not None:
            self._open_model(None)
        elif self._state.pending is not None:
            self._analyse(self._state.pending)

    def _receive_diagnosis(self, reply: Examined) -> None:
        if reply.number == self._examination:
            self.become(transitions.show_diagnosis(self._state, reply.diagnosis))

    def _receive_listing(self, reply: ImagesListed) -> None:
        if reply.sources:
            self._add(reply.sources)
        else:
            self.notice(
                "warning",
                "No pictures found",
                why="the folder holds no file of a known picture type",
                remedy="Open the file itself if it has an unusual name.",
            )

    def _receive_classes(self, reply: Classified) -> None:
        if reply.number != self._analysis:
            return
        self._tell_fallback(reply.classification.provider)
        self.become(
            transitions.show_classification(
                self._state,
                reply.entry,
                image=reply.image,
                classification=reply.classification,
                top=reply.top,
            )
        )

    def _receive_steps(self, reply: StepsPictured) -> None:
        if reply.number == self._analysis:
            self.become(transitions.show_steps(self._state, reply.entry, reply.steps))

    def _receive_activations(self, reply: ActivationsReady) -> None:
        if reply.number == self._analysis:
            self._tell_fallback(reply.provider)
            state = transitions.show_doubt(self._state, reply.entry, reply.doubt)
            self.become(transitions.show_activations(state, reply.entry, reply.activations))
            if (shown := self._state.shown) is not None and shown.number == reply.entry:
                self._analyses.keep(shown)

    def _receive_failure(self, reply: AnalysisFailed) -> None:
        shown = self._state.shown
        is_shown = shown is not None and shown.number == reply.entry
        self.notice_error(reply.error)
        if is_shown and shown is not None and shown.classification is not None:
            # The classes are there, only what came after them failed.
            if reply.number == self._analysis:
                why = reply.error.why
                self.become(transitions.fail_activations(self._state, reply.entry, why))
            return
        self.become(transitions.fail_entry(self._state, reply.entry, str(reply.error)))
        if shown is None:
            self._look_further(reply.entry)
        self._take_up_again(reply.entry)

    def _receive_batch(self, reply: BatchSettled) -> None:
        if reply.number != self._many:
            return
        self._tell_fallback(reply.provider)
        for number, pixels in reply.thumbnails:
            self._display.set_thumbnail(number, pixels)
        self.become(transitions.settle_batch(self._state, reply.results, reply.progress))
        if reply.progress is None:
            self._many = 0
            self._classify_waiting()

    def _receive_crash(self, reply: Crashed) -> None:
        self.report_crash(reply.message, reply.report)
        if reply.number == self._many:
            self._many = 0
            self.become(transitions.stop_waiting(self._state))
        elif reply.number == self._opening:
            self.become(transitions.fail_model(self._state))
        elif reply.number == self._examination:
            self.become(transitions.fail_diagnosis(self._state, reply.message))
        elif reply.number == self._analysis:
            if self._state.pending is not None:
                failed = self._state.pending
                self.become(transitions.fail_entry(self._state, failed, reply.message))
                self._take_up_again(failed)
            elif (shown := self._state.shown) is not None:
                why = reply.message
                self.become(transitions.fail_activations(self._state, shown.number, why))

    def _receive_error(self, reply: UnexpectedError) -> None:
        self.report_crash(reply.message, reply.report)

    def _receive_unsaved(self, reply: SettingsNotSaved) -> None:
        self.notice_error(reply.error)

    # --- requests ------------------------------------------------------------------------------

    def _open_model(self, reference: str | None) -> None:
        self._asked = reference
        self.become(transitions.begin_loading(self._state, model_name(reference)))
        choice, folder = self._state.provider_choice, self._state.cuda_folder
        self._opening = self.ask(lambda number: OpenModel(number, reference, choice, folder))

    def _add(self, sources: tuple[ImageSource, ...], *, look_at: int = 0) -> None:
        """Append ``sources`` to the list, and look at one of them."""
        first = self._state.next_number
        self.become(transitions.add_entries(self._state, sources))
        self._look_at(first + look_at)
        self._classify_waiting()

    def _look_at(self, number: int) -> None:
        """Show an entry: at once where its analysis was kept, else when it has been made."""
        if (kept := self._analyses.back_to(number)) is not None:
            self._analysis = 0
            self.cancel_request(Analyse)
            self.become(transitions.show_kept(self._state, kept))
            return
        self.become(transitions.ask_for(self._state, number))
        self._analyse(number)

    def _analyse(self, number: int) -> None:
        """Ask for an entry's analysis; while a model is being loaded, that will ask."""
        entry = self._state.entry(number)
        if entry is None or (self._state.model is None and self._state.loading_model):
            return
        self.become(transitions.ask_for(self._state, number))
        source = entry.source
        self._analysis = self.ask(lambda request: Analyse(request, number, source))

    def _take_up_again(self, failed: int) -> None:
        """Analyse what is on screen, where that had been cut short for the one that failed."""
        shown = self._state.shown
        if shown is None or shown.number == failed or self._state.pending is not None:
            return
        if shown.activations is None and not shown.trouble:
            self._analyse(shown.number)

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
        self._many = self.ask(lambda number: ClassifyMany(number, waiting))
        self.become(transitions.begin_batch(self._state, len(waiting)))

    def _stop_many(self) -> None:
        if self._many:
            self._many = 0
            self.cancel_request(ClassifyMany)

    def _tell_fallback(self, provider: Provider) -> None:
        before = self._state.provider
        if before is None or before == provider:
            return
        self.become(transitions.change_provider(self._state, provider))
        if before.name == "cuda" and provider.name == "cpu":
            self.notice(
                "warning",
                "CUDA failed; going on with the CPU",
                why=provider.reason,
                remedy="Choose the provider again to retry.",
            )
