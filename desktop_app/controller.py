"""An intention → a request → a new state → the views.

Each intention of the window becomes a pure transition, a request to the worker, or both; what
the worker answers is taken in :mod:`desktop_app.picture_replies`. Areas beyond models, pictures,
layers and channels have a controller of their own in :mod:`desktop_app.controllers`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from desktop_app import transitions, view_history
from desktop_app.analysis_cache import AnalysisCache
from desktop_app.conversation import Display, Requests
from desktop_app.core.bundled import Sample
from desktop_app.core.predictions import as_text, top_k
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.core.records import FileSource, ImageSource
from desktop_app.core.view_file import VIEW_SUFFIX
from desktop_app.intervening import changed_by, shown_outcome
from desktop_app.messages import Examine, ListImages, ListModels, MakeThumbnails
from desktop_app.messages.sharing import ReadView
from desktop_app.picture_replies import PictureReplies
from desktop_app.state import BringBack, LensState, ShowReport, ViewOptions

_MODEL_SUFFIX: Final = ".onnx"


class Controller(PictureReplies):
    """Takes the window's intentions."""

    def __init__(
        self,
        display: Display,
        worker: Requests,
        state: LensState,
        *,
        samples: Path,
        analyses: AnalysisCache | None = None,
    ) -> None:
        """Start from ``state``.

        Args:
            display: Renders every new state.
            worker: Takes the requests.
            state: What was remembered from the last time.
            samples: The folder with the samples' files.
            analyses: Keeps what was on screen; with the machine's budget when None.
        """
        super().__init__(display, worker, state, analyses)
        self._samples = samples
        self._chosen_model: str | None = None
        self._chosen_provider: ProviderChoice | None = None
        self._has_chosen_cuda_folder = False
        self._chosen_cuda_folder: Path | None = None

    @property
    def chosen_model(self) -> str | None:
        """What the user opened in the window, if it could be opened; else None."""
        return self._chosen_model if self._chosen_model in self._opened_so_far else None

    @property
    def chosen_provider(self) -> ProviderChoice | None:
        """What the user chose in the window; None when nothing was."""
        return self._chosen_provider

    def cuda_folder_to_keep(self, remembered: str | None) -> str | None:
        """What the user chose in the window; ``remembered`` when nothing was."""
        if not self._has_chosen_cuda_folder:
            return remembered
        return None if self._chosen_cuda_folder is None else str(self._chosen_cuda_folder)

    def start(self, paths: Iterable[Path], model: str | None) -> None:
        """Begin: load the model, list what can be loaded, open what was named.

        Nothing of it is remembered as a choice.
        """
        self._display.render(self._state)
        self.ask(ListModels)
        self._open_model(model)
        self._open_from_command_line(tuple(paths))

    def open_named(
        self,
        paths: Iterable[Path],
        *,
        model: str | None = None,
        provider: ProviderChoice | None = None,
        cuda_folder: Path | None = None,
    ) -> None:
        """Open what the command line of a later start names, as :meth:`start` opens its own."""
        moves = provider not in (None, self._state.provider_choice)
        if provider is not None:
            self.become(transitions.choose_provider(self._state, provider))
        if cuda_folder not in (None, self._state.cuda_folder):
            moves = self._look_for_cuda_in(cuda_folder) or moves
        if moves or model not in (None, self._asked):
            self._open_model(self._asked if model is None else model)
        self._open_from_command_line(tuple(paths))

    # --- pictures ------------------------------------------------------------------------------

    def open_paths(self, paths: tuple[Path, ...]) -> None:
        """Open files, folders and models, mixed."""
        if (model := _last_model(paths)) is not None:
            self.choose_model(model)
        self._open_pictures(paths)

    def _open_from_command_line(self, paths: tuple[Path, ...]) -> None:
        """As :meth:`open_paths`, without a choice."""
        if (model := _last_model(paths)) is not None:
            self._open_model(str(model))
        self._open_pictures(paths)

    def _open_pictures(self, paths: tuple[Path, ...]) -> None:
        """Open what is no model: pictures, folders, a view."""
        if others := tuple(path for path in paths if path.suffix.lower() != _MODEL_SUFFIX):
            files = tuple(path.absolute() for path in others)
            self.become(transitions.remember_recent(self._state, files))
        if pictures := tuple(path for path in others if not _is_view(path)):
            self.ask(lambda number: ListImages(number, pictures))
        if views := tuple(path for path in others if _is_view(path)):
            self.ask(lambda number: ReadView(number, views[-1]))  # only one can be shown

    def use_model(self, path: Path) -> None:
        """Open the model of a view, unless it is open; it is remembered as nobody's choice."""
        state = self._state
        is_open = state.model is not None and state.model.path == path
        if str(path) != self._asked if state.loading_model else not is_open:
            self._open_model(str(path))

    def look_at_source(self, source: ImageSource) -> int:
        """Look at a picture, which is added unless it is in the list; returns its entry."""
        entries = self._state.entries
        known = isinstance(source, FileSource)
        found = next((entry for entry in entries if known and entry.source == source), None)
        if found is not None:
            self.choose_image(found.number)
            return found.number
        number = self._state.next_number
        self._add((source,))
        return number

    def open_source(self, source: ImageSource) -> None:
        """Open a picture that is no file: a bitmap or bytes from another program."""
        self._add((source,))

    def open_samples(self, samples: tuple[Sample, ...]) -> None:
        """Open pictures that ship with the program."""
        self._add(tuple(FileSource(self._samples / sample.file) for sample in samples))

    def choose_image(self, number: int) -> None:
        """Look at an entry of the image list; one whose analysis failed is tried again."""
        shown = self._state.shown
        is_whole = shown is not None and shown.number == number and shown.activations is not None
        if is_whole and self._state.pending is None:
            return
        self._turn_to(number)

    def _turn_to(self, number: int) -> None:
        """Look at an entry; the one that was waited for is classified in the background."""
        self._look_at(number)
        if not self._many:
            self._classify_waiting()

    def remove_image(self, number: int) -> None:
        """Take an entry out of the image list."""
        position = self._state.position(number)
        was_current = self._state.current == number
        self._analyses.drop(number)
        self.become(transitions.remove_entry(self._state, number))
        if position is not None and was_current and self._state.entries:
            neighbour = self._state.entries[min(position, len(self._state.entries) - 1)]
            self.choose_image(neighbour.number)

    def clear_images(self) -> None:
        """Empty the image list, with a way back."""
        entries, current = self._state.entries, self._state.current
        self.cancel()
        self._analysis = 0
        self._analyses.clear()
        self.become(transitions.clear_entries(self._state))
        if not entries:
            return
        row = next((row for row, one in enumerate(entries) if one.number == current), 0)
        removed = "The image was" if len(entries) == 1 else f"{len(entries):,} images were"
        self.notice(
            "information",
            f"{removed} removed from the list",
            why="files stay where they are",
            action=BringBack(tuple(entry.source for entry in entries), row),
        )

    def bring_back(self, removed: BringBack) -> None:
        """Open the images of an emptied list again, and look at the one that was looked at."""
        notices = [notice for notice in self._state.notices if notice.action == removed]
        for notice in notices:
            self.dismiss_notice(notice.number)
        self._add(removed.sources, look_at=removed.current)

    def cancel(self) -> None:
        """Stop the folder run; what it settled stays."""
        self._stop_many()
        self.become(transitions.stop_waiting(self._state))

    def want_thumbnails(self, numbers: tuple[int, ...]) -> None:
        """Rows have come into view that have no small picture yet."""
        entries = [entry for n in numbers if (entry := self._state.entry(n)) is not None]
        items = tuple((entry.number, entry.source) for entry in entries)
        if items:
            self.ask(lambda number: MakeThumbnails(number, items))

    # --- layers, channels, how they are drawn --------------------------------------------------

    def choose_layer(self, name: str) -> None:
        """Open a layer: nothing is run again."""
        self.become(transitions.choose_layer(self._state, name))

    def step_layer(self, step: int) -> None:
        """Move along the computation."""
        self.become(transitions.step_layer(self._state, step))

    def choose_channel(self, channel: int) -> None:
        """Open a channel: nothing is run again."""
        self.become(transitions.choose_channel(self._state, channel))

    def change_options(self, options: ViewOptions) -> None:
        """Draw things in another way."""
        self.become(transitions.change_options(self._state, options))

    def undo(self) -> None:
        """Go back to the view before."""
        self._look_as_in(view_history.undone(self._state))

    def redo(self) -> None:
        """Go to the view that was gone back from."""
        self._look_as_in(view_history.redone(self._state))

    def _look_as_in(self, state: LensState) -> None:
        self.become(state)
        if state.pending is not None:
            self._turn_to(state.pending)

    # --- models and providers ------------------------------------------------------------------

    def choose_model(self, path: Path) -> None:
        """Open another model."""
        self._chosen_model = str(path)
        self._open_model(str(path))

    def choose_provider(self, choice: ProviderChoice) -> None:
        """Load the model on another provider: the one being loaded, else the open one."""
        self._chosen_provider = choice
        self.become(transitions.choose_provider(self._state, choice))
        self._open_model(self._asked)

    def choose_cuda_folder(self, folder: Path | None) -> None:
        """Look for CUDA's libraries in ``folder`` first; None means the usual places alone."""
        self._has_chosen_cuda_folder = True
        self._chosen_cuda_folder = folder
        if self._look_for_cuda_in(folder):
            self._open_model(self._asked)

    def _look_for_cuda_in(self, folder: Path | None) -> bool:
        """Note where; returns whether the model has to be loaded anew for that to count."""
        self.become(transitions.choose_cuda_folder(self._state, folder))
        provider = self._state.provider
        if provider is not None and provider.name == "cuda":
            self.notice(
                "information",
                "The folder counts from the next start",
                why="CUDA runs already, with the libraries it has loaded",
            )
            return False
        return self._state.provider_choice != "cpu"

    def examine(self) -> None:
        """Look at this machine and this installation anew."""
        self.become(transitions.show_diagnosis(self._state, None))
        self._examination = self.ask(Examine)

    # --- the rest ------------------------------------------------------------------------------

    def dismiss_notice(self, number: int) -> None:
        """A notice has been read."""
        self.become(transitions.dismiss_notice(self._state, number))

    def tell_reports(self, reports: tuple[Path, ...], last_end: Path | None) -> None:
        """Crash reports that are kept, newest first; ``last_end``: the run before ended so."""
        self.become(transitions.list_reports(self._state, reports))
        if last_end is not None:
            self.notice(
                "warning",
                "Residual Lens ended unexpectedly last time",
                why="a report of it stays on this machine",
                action=ShowReport(last_end),
            )

    def refuse_drop(self, why: str, how: str) -> None:
        """Something was dropped or pasted that cannot be opened."""
        self.notice("warning", f"Cannot open what was {how}", why=why)

    def copy_predictions(self) -> None:
        """Put the top-k of the picture on screen on the clipboard, as text."""
        shown, model = self._state.shown, self._state.model
        if shown is None or shown.classification is None or model is None:
            return
        outcome = shown_outcome(self._state)
        scores = (shown.classification if outcome is None else outcome).probabilities
        text = as_text(top_k(scores, model.labels, self._state.options.top_k))
        if outcome is not None:
            text += f"\nchanged: {', '.join(map(str, changed_by(self._state).ran))}"
        self._display.set_clipboard_text(text)


def _last_model(paths: Iterable[Path]) -> Path | None:
    """The last of the model files among ``paths``: only one can be open."""
    models = [path for path in paths if path.suffix.lower() == _MODEL_SUFFIX]
    return models[-1] if models else None


def _is_view(path: Path) -> bool:
    return path.suffix.lower() == VIEW_SUFFIX
