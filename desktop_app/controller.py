"""An intention → a request → a new state → the views.

Holds the only current state. Each intention of the window becomes a pure transition, a request
to the worker, or both; each reply becomes a transition. A reply is matched with what was asked
last: an answer that nobody waits for any more is dropped in silence, a failure never is.
"""

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app import transitions
from desktop_app.core.errors import LensError
from desktop_app.core.predictions import as_text, top_k
from desktop_app.core.records import FileSource, ImageSource, Pixels, Provider, ProviderChoice
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    AnalysisFailed,
    BatchSettled,
    Classified,
    ClassifyMany,
    Crashed,
    ImageDecoded,
    ImagesListed,
    ListImages,
    ListModels,
    MakeThumbnails,
    ModelFailed,
    ModelOpened,
    ModelsListed,
    OpenModel,
    Reply,
    Request,
    StepsPictured,
    ThumbnailsMade,
)
from desktop_app.state import LensState, Severity, ViewOptions

_MODEL_SUFFIX: Final = ".onnx"


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


class Controller(QObject):
    """The one owner of the state. Lives in the window's thread."""

    def __init__(
        self, display: Display, worker: Requests, state: LensState, *, sample: Path | None = None
    ) -> None:
        """Start from ``state``.

        Args:
            display: Renders every new state.
            worker: Takes the requests.
            state: What was remembered from the last time.
            sample: The picture behind "Open a sample".
        """
        super().__init__()
        self._display = display
        self._worker = worker
        self._state = state
        self._sample = sample
        self._numbers = itertools.count(1)
        self._analysis = 0
        self._many = 0
        self._opening = 0
        self._reference: str | None = None

    @property
    def state(self) -> LensState:
        """The current snapshot."""
        return self._state

    @property
    def model_reference(self) -> str | None:
        """What was last opened with success, as it can be asked for again."""
        return self._reference

    # --- intentions ----------------------------------------------------------------------------

    def start(self, paths: Iterable[Path], model: str | None) -> None:
        """Begin: load the model, list what can be loaded, open what was named."""
        self._display.render(self._state)
        self._worker.submit(ListModels(next(self._numbers)))
        self._open_model(model)
        if named := tuple(paths):
            self.open_paths(named)

    def open_paths(self, paths: tuple[Path, ...]) -> None:
        """Open files, folders and models, mixed."""
        models = [path for path in paths if path.suffix.lower() == _MODEL_SUFFIX]
        pictures = tuple(path for path in paths if path.suffix.lower() != _MODEL_SUFFIX)
        if models:
            self._open_model(str(models[-1]))
        if pictures:
            files = tuple(path.absolute() for path in pictures)
            self._become(transitions.remember_recent(self._state, files))
            self._worker.submit(ListImages(next(self._numbers), pictures))

    def open_source(self, source: ImageSource) -> None:
        """Open a picture that is no file: a bitmap or bytes from another program."""
        self._add((source,))

    def open_sample(self) -> None:
        """Open the picture that ships with the program."""
        if self._sample is not None:
            self._add((FileSource(self._sample),))

    def choose_image(self, number: int) -> None:
        """Look at an entry of the image list."""
        if number == self._state.current and self._state.pending is None:
            return
        self._become(transitions.ask_for(self._state, number))
        self._analyse(number)

    def remove_image(self, number: int) -> None:
        """Take an entry out of the image list."""
        position = self._state.position(number)
        was_current = self._state.current == number
        self._become(transitions.remove_entry(self._state, number))
        if position is not None and was_current and self._state.entries:
            neighbour = self._state.entries[min(position, len(self._state.entries) - 1)]
            self.choose_image(neighbour.number)

    def clear_images(self) -> None:
        """Empty the image list."""
        self.cancel()
        self._analysis = 0
        self._become(transitions.clear_entries(self._state))

    def choose_layer(self, name: str) -> None:
        """Open a layer: nothing is run again."""
        self._become(transitions.choose_layer(self._state, name))

    def step_layer(self, step: int) -> None:
        """Move along the computation."""
        self._become(transitions.step_layer(self._state, step))

    def choose_channel(self, channel: int) -> None:
        """Open a channel: nothing is run again."""
        self._become(transitions.choose_channel(self._state, channel))

    def choose_model(self, path: Path) -> None:
        """Open another model."""
        self._open_model(str(path))

    def choose_provider(self, choice: ProviderChoice) -> None:
        """Load the open model again on another provider."""
        self._become(transitions.choose_provider(self._state, choice))
        self._open_model(self._reference)

    def change_options(self, options: ViewOptions) -> None:
        """Draw things in another way."""
        self._become(transitions.change_options(self._state, options))

    def cancel(self) -> None:
        """Stop the folder run; what it settled stays."""
        self._many = 0
        self._worker.cancel_many()
        self._become(transitions.stop_waiting(self._state))

    def dismiss_notice(self, number: int) -> None:
        """A notice has been read."""
        self._become(transitions.dismiss_notice(self._state, number))

    def refuse_drop(self, why: str) -> None:
        """Something was dropped that cannot be opened."""
        self._notice("warning", "Cannot open what was dropped", why=why)

    def copy_predictions(self) -> None:
        """Put the top-k of the picture on screen on the clipboard, as text."""
        shown, model = self._state.shown, self._state.model
        if shown is None or shown.classification is None or model is None:
            return
        top = top_k(shown.classification.probabilities, model.labels, self._state.options.top_k)
        self._display.set_clipboard_text(as_text(top))

    def want_thumbnails(self, numbers: tuple[int, ...]) -> None:
        """Rows have come into view that have no small picture yet."""
        entries = [entry for n in numbers if (entry := self._state.entry(n)) is not None]
        items = tuple((entry.number, entry.source) for entry in entries)
        if items:
            self._worker.submit(MakeThumbnails(next(self._numbers), items))

    def notice_error(self, error: LensError) -> None:
        """Show a failure; what is on screen stays."""
        self._notice("error", _capital(error.what), why=error.why, remedy=error.remedy)

    def report_crash(self, message: str) -> None:
        """Show a programmer's error; it is in the log already."""
        self._notice(
            "error",
            "Something in the program went wrong",
            why=message,
            remedy="Please report it; the log has the details.",
        )

    # --- replies -------------------------------------------------------------------------------

    @Slot(object)
    def receive(self, reply: Reply) -> None:
        """Take one of the worker's replies."""
        match reply:
            case ModelsListed():
                self._become(transitions.list_models(self._state, reply.models))
            case ModelOpened() | ModelFailed():
                self._receive_model(reply)
            case ImagesListed():
                self._receive_listing(reply)
            case (
                ImageDecoded()
                | Classified()
                | StepsPictured()
                | ActivationsReady()
                | AnalysisFailed()
            ):
                self._receive_analysis(reply)
            case BatchSettled():
                self._receive_batch(reply)
            case ThumbnailsMade():
                for number, pixels in reply.thumbnails:
                    self._display.set_thumbnail(number, pixels)
            case Crashed():
                self.report_crash(reply.message)

    def _receive_model(self, reply: ModelOpened | ModelFailed) -> None:
        if isinstance(reply, ModelFailed):
            if reply.number == self._opening:
                self._become(transitions.fail_model(self._state))
            self.notice_error(reply.error)
            return
        if reply.number != self._opening:
            return
        self._reference = str(reply.model.path)
        self._become(transitions.open_model(self._state, reply.model, reply.provider))
        if reply.model.assumptions:
            self._notice(
                "warning",
                f"{reply.model.name} has no card",
                why=" ".join(reply.model.assumptions).rstrip("."),
                remedy="A file NAME.labels.txt beside the model names its classes.",
            )
        if self._state.provider_choice == "cuda" and reply.provider.name != "cuda":
            self._notice(
                "warning",
                "Running on the CPU, not on CUDA as asked",
                why=reply.provider.reason,
            )
        current = self._state.current
        if current is not None:
            self._analyse(current)
        self._classify_waiting()

    def _receive_listing(self, reply: ImagesListed) -> None:
        for error in reply.errors:
            self.notice_error(error)
        if reply.sources:
            self._add(reply.sources)
        elif not reply.errors:
            self._notice(
                "warning",
                "No pictures found",
                why="the folder holds no file of a known picture type",
                remedy="Open the file itself if it has an unusual name.",
            )

    def _receive_analysis(
        self,
        reply: ImageDecoded | Classified | StepsPictured | ActivationsReady | AnalysisFailed,
    ) -> None:
        if isinstance(reply, AnalysisFailed):
            self._become(transitions.fail_entry(self._state, reply.entry, str(reply.error)))
            self.notice_error(reply.error)
            self._look_further(reply.entry)
            return
        if reply.number != self._analysis:
            return
        match reply:
            case ImageDecoded():
                self._become(transitions.show_image(self._state, reply.entry, reply.image))
            case Classified():
                self._tell_fallback(reply.classification.provider)
                self._become(
                    transitions.show_classification(
                        self._state,
                        reply.entry,
                        classification=reply.classification,
                        top=reply.top,
                    )
                )
            case StepsPictured():
                self._become(transitions.show_steps(self._state, reply.entry, reply.steps))
            case ActivationsReady():
                self._tell_fallback(reply.provider)
                self._become(
                    transitions.show_activations(self._state, reply.entry, reply.activations)
                )

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

    # --- inside --------------------------------------------------------------------------------

    def _become(self, state: LensState) -> None:
        if state is not self._state:
            self._state = state
            self._display.render(state)

    def _open_model(self, reference: str | None) -> None:
        self._opening = next(self._numbers)
        name = "the default model" if reference is None else Path(reference).stem
        self._become(transitions.begin_loading(self._state, name))
        choice = self._state.provider_choice
        self._worker.submit(OpenModel(self._opening, reference, choice))

    def _add(self, sources: tuple[ImageSource, ...]) -> None:
        first = self._state.next_number
        self._become(transitions.add_entries(self._state, sources))
        self.choose_image(first)
        self._classify_waiting()

    def _analyse(self, number: int) -> None:
        entry = self._state.entry(number)
        if entry is None or self._state.model is None:
            return
        self._become(transitions.ask_for(self._state, number))
        self._analysis = next(self._numbers)
        self._worker.submit(Analyse(self._analysis, number, entry.source))

    def _look_further(self, failed: int) -> None:
        """With nothing on screen yet, try the next entry after one that failed."""
        if self._state.shown is not None or self._state.pending is not None:
            return
        position = self._state.position(failed)
        if position is not None and position + 1 < len(self._state.entries):
            self.choose_image(self._state.entries[position + 1].number)

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

    def _notice(self, severity: Severity, what: str, *, why: str, remedy: str = "") -> None:
        self._become(transitions.add_notice(self._state, severity, what, why=why, remedy=remedy))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
