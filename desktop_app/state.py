"""What the window shows, as one frozen snapshot, and the pure transitions between snapshots.

The controller owns the only current :class:`LensState`; views render it and keep nothing but
scroll and hover. A transition is a function from state to state: no Qt, no clock, no files.

The rule behind most of them: *the last good result stays*. ``pending`` is what the user asked
for; ``shown`` is what has been computed. A failure clears ``pending`` and adds a notice, and
never touches ``shown``.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from desktop_app.core.records import (
    Activations,
    Classification,
    Image,
    ImageSource,
    Layer,
    Model,
    ModelListing,
    Prediction,
    PreprocessingStep,
    Provider,
    ProviderChoice,
)

Scale = Literal["layer", "channel"]
"""``layer``: one range for all channels, maps are comparable. ``channel``: each its own."""
Theme = Literal["system", "dark", "light"]
Severity = Literal["information", "warning", "error"]
EntryStatus = Literal["waiting", "ready", "failed", "stopped"]

TOP_K_RANGE: Final = (1, 20)
NOTICES_KEPT: Final = 4
FIRST_LAYER: Final = "res2a_relu"
"""Opened first where the model has it: early enough to look like the photo."""


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One row of the image list.

    Attributes:
        number: Identity for as long as the window lives; never reused.
        source: Where the picture comes from.
        status: ``waiting`` until it has been classified by the current model, ``stopped`` when
            the folder run was cancelled before its turn.
        top: The most probable class once ``ready``.
        error: The whole sentence once ``failed``.
    """

    number: int
    source: ImageSource
    status: EntryStatus = "waiting"
    top: Prediction | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know; shown in the notice bar until dismissed.

    Attributes:
        number: Identity, for dismissing.
        severity: Decides icon and colour.
        what: What happened or failed.
        why: The cause.
        remedy: What to do; may be empty.
    """

    number: int
    severity: Severity
    what: str
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a folder run is.

    Attributes:
        done: Images finished, the failed ones counted in.
        total: Images in the run.
        failed: Of the ``done`` ones.
    """

    done: int
    total: int
    failed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The analysis on screen: always one consistent set from one image and one model.

    Attributes:
        number: The image entry's.
        image: Upright picture.
        steps: What preprocessing made of it, as pictures; empty until the first scores.
        classification: None only between decoding and the first scores.
        activations: None until the tapped run is through.
    """

    number: int
    image: Image
    steps: tuple[PreprocessingStep, ...] = ()
    classification: Classification | None = None
    activations: Activations | None = None


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """How things are drawn; kept between sessions.

    Attributes:
        scale: See :data:`Scale`.
        colormap: A name of the ``cmap`` library.
        overlay: Whether the chosen channel is drawn over the photo.
        overlay_opacity: In 0..1.
        tile_px: Edge of a tile of the channel grid in device-independent pixels;
            0 means fit as the window allows.
        top_k: Number of bars.
        theme: Dark, light or the desktop's.
    """

    scale: Scale = "layer"
    colormap: str = "inferno"
    overlay: bool = True
    overlay_opacity: float = 0.55
    tile_px: int = 0
    top_k: int = 5
    theme: Theme = "system"


@dataclass(frozen=True, slots=True, eq=False)
class LensState:
    """Everything the window shows.

    Attributes:
        models: What the model menu offers.
        model: The open one; None until the first has loaded.
        provider: What really runs; None until the first model has loaded.
        provider_choice: What the user asked for.
        entries: The image list, in order.
        pending: The entry that was asked for and is not shown yet.
        shown: The analysis on screen.
        layer: Name of the chosen layer; kept when the image changes.
        channel: Index of the chosen channel in the chosen layer.
        options: How things are drawn.
        notices: Newest last.
        progress: Of the folder run; None when none is under way.
        loading_model: Name of the model that is being loaded, else empty.
        recent: Recently opened files, newest first.
        next_number: For the next entry or notice; numbers are never reused, so an answer
            that comes too late can never land on the wrong row.
    """

    models: tuple[ModelListing, ...] = ()
    model: Model | None = None
    provider: Provider | None = None
    provider_choice: ProviderChoice = "auto"
    entries: tuple[ImageEntry, ...] = ()
    pending: int | None = None
    shown: Shown | None = None
    layer: str | None = None
    channel: int = 0
    options: ViewOptions = field(default_factory=ViewOptions)
    notices: tuple[Notice, ...] = ()
    progress: Progress | None = None
    loading_model: str = ""
    recent: tuple[Path, ...] = ()
    next_number: int = 1

    @property
    def current(self) -> int | None:
        """The entry to mark in the list: the one asked for, else the one on screen."""
        if self.pending is not None:
            return self.pending
        return self.shown.number if self.shown is not None else None

    @property
    def chosen_layer(self) -> Layer | None:
        """The chosen layer's record, if the open model has it."""
        if self.model is None or self.layer is None:
            return None
        return self.model.layer(self.layer)

    def entry(self, number: int) -> ImageEntry | None:
        """The entry of that number, or None."""
        position = self.position(number)
        return None if position is None else self.entries[position]

    def position(self, number: int) -> int | None:
        """The row of the entry of that number, or None.

        Numbers ascend along the list, so this is a bisection: 10,000 entries stay cheap.
        """
        low, high = 0, len(self.entries)
        while low < high:
            middle = (low + high) // 2
            if self.entries[middle].number < number:
                low = middle + 1
            else:
                high = middle
        if low < len(self.entries) and self.entries[low].number == number:
            return low
        return None


# --- transitions -------------------------------------------------------------------------------


def add_entries(state: LensState, sources: tuple[ImageSource, ...]) -> LensState:
    """Append one waiting entry per source; recent files take the newest named file first."""
    fresh = tuple(
        ImageEntry(number, source) for number, source in enumerate(sources, state.next_number)
    )
    return replace(state, entries=state.entries + fresh, next_number=state.next_number + len(fresh))


def remember_recent(state: LensState, paths: tuple[Path, ...], *, keep: int = 10) -> LensState:
    """Put ``paths`` at the head of the recent files, without repeats."""
    merged = dict.fromkeys((*paths, *state.recent))
    return replace(state, recent=tuple(merged)[:keep])


def clear_entries(state: LensState) -> LensState:
    """Empty the image list and the analysis; the chosen layer stays."""
    return replace(state, entries=(), pending=None, shown=None, progress=None)


def remove_entry(state: LensState, number: int) -> LensState:
    """Take one entry out; what is on screen stays unless it was that entry."""
    entries = tuple(entry for entry in state.entries if entry.number != number)
    shown = None if state.shown is not None and state.shown.number == number else state.shown
    pending = None if state.pending == number else state.pending
    return replace(state, entries=entries, shown=shown, pending=pending)


def ask_for(state: LensState, number: int) -> LensState:
    """The user wants to see entry ``number``; the shown analysis stays until it is there."""
    if state.entry(number) is None:
        return state
    return replace(state, pending=number)


def show_image(state: LensState, number: int, image: Image) -> LensState:
    """The asked-for picture has been decoded: it replaces the analysis on screen."""
    if state.pending != number:
        return state
    return replace(state, pending=None, shown=Shown(number, image))


def show_classification(
    state: LensState,
    number: int,
    *,
    classification: Classification,
    top: Prediction,
    steps: tuple[PreprocessingStep, ...],
) -> LensState:
    """The scores of ``number`` have arrived, with what preprocessing did to the picture."""
    state = _update_entry(state, number, status="ready", top=top, error="")
    if state.shown is None or state.shown.number != number:
        return state
    shown = replace(state.shown, classification=classification, steps=steps)
    return replace(state, shown=shown, provider=classification.provider)


def show_activations(state: LensState, number: int, activations: Activations) -> LensState:
    """All activations of ``number`` have arrived."""
    if state.shown is None or state.shown.number != number:
        return state
    return replace(state, shown=replace(state.shown, activations=activations))


def fail_entry(state: LensState, number: int, sentence: str) -> LensState:
    """Entry ``number`` could not be analysed; what is on screen stays."""
    state = _update_entry(state, number, status="failed", top=None, error=sentence)
    return replace(state, pending=None) if state.pending == number else state


def settle_batch(
    state: LensState,
    results: tuple[tuple[int, Prediction | None, str], ...],
    progress: Progress | None,
) -> LensState:
    """A batch of a folder run is through.

    Args:
        state: Before.
        results: (entry number, top prediction or None, error sentence or "") per image.
        progress: Of the run after this batch; None when the run has ended.
    """
    settled = {number: (top, error) for number, top, error in results}
    entries = tuple(
        entry
        if (result := settled.get(entry.number)) is None
        else replace(
            entry,
            status="failed" if result[0] is None else "ready",
            top=result[0],
            error=result[1],
        )
        for entry in state.entries
    )
    return replace(state, entries=entries, progress=progress)


def begin_batch(state: LensState, total: int) -> LensState:
    """A folder run over ``total`` images has begun."""
    return replace(state, progress=Progress(0, total))


def stop_waiting(state: LensState) -> LensState:
    """The folder run was cancelled: what it did not reach waits no longer."""
    entries = tuple(
        replace(entry, status="stopped")
        if entry.status == "waiting" and entry.number != state.current
        else entry
        for entry in state.entries
    )
    return replace(state, entries=entries, progress=None)


def list_models(state: LensState, models: tuple[ModelListing, ...]) -> LensState:
    """The models on offer are known."""
    return replace(state, models=models)


def choose_provider(state: LensState, choice: ProviderChoice) -> LensState:
    """The user asks for a provider; what runs is known when the model has loaded on it."""
    return replace(state, provider_choice=choice)


def change_provider(state: LensState, provider: Provider) -> LensState:
    """Another provider runs than before."""
    return replace(state, provider=provider)


def change_options(state: LensState, options: ViewOptions) -> LensState:
    """Draw things in another way; the number of bars is kept in its range."""
    low, high = TOP_K_RANGE
    options = replace(options, top_k=min(max(options.top_k, low), high))
    return replace(state, options=options)


def begin_loading(state: LensState, name: str) -> LensState:
    """A model is being loaded; the open one stays usable."""
    return replace(state, loading_model=name)


def open_model(state: LensState, model: Model, provider: Provider) -> LensState:
    """A model has been loaded: scores and maps of the old one no longer hold."""
    entries = tuple(ImageEntry(entry.number, entry.source) for entry in state.entries)
    shown = None if state.shown is None else Shown(state.shown.number, state.shown.image)
    layer, channel = state.layer, state.channel
    if layer is None or model.layer(layer) is None:
        layer, channel = _first_layer(model), 0
    return replace(
        state,
        model=model,
        provider=provider,
        entries=entries,
        shown=shown,
        layer=layer,
        channel=channel,
        loading_model="",
    )


def fail_model(state: LensState) -> LensState:
    """The model could not be loaded; the open one stays."""
    return replace(state, loading_model="")


def choose_layer(state: LensState, name: str) -> LensState:
    """Open a layer; the channel stays where the new layer has that many."""
    if state.model is None or (layer := state.model.layer(name)) is None:
        return state
    channel = state.channel if state.channel < layer.shape[0] else 0
    return replace(state, layer=name, channel=channel)


def choose_channel(state: LensState, channel: int) -> LensState:
    """Open a channel of the chosen layer; out of range is clipped."""
    layer = state.chosen_layer
    if layer is None:
        return state
    return replace(state, channel=min(max(channel, 0), layer.shape[0] - 1))


def step_layer(state: LensState, step: int) -> LensState:
    """Move ``step`` layers along the computation, stopping at the ends."""
    if state.model is None or not state.model.layers:
        return state
    names = [layer.name for layer in state.model.layers]
    position = names.index(state.layer) if state.layer in names else 0
    return choose_layer(state, names[min(max(position + step, 0), len(names) - 1)])


def add_notice(
    state: LensState, severity: Severity, what: str, *, why: str, remedy: str = ""
) -> LensState:
    """Say something; a notice that repeats the newest one replaces it."""
    number = state.next_number
    kept = tuple(
        notice
        for notice in state.notices
        if (notice.what, notice.why, notice.remedy) != (what, why, remedy)
    )
    notices = (*kept, Notice(number, severity, what, why, remedy))[-NOTICES_KEPT:]
    return replace(state, notices=notices, next_number=number + 1)


def dismiss_notice(state: LensState, number: int) -> LensState:
    """The user has read it."""
    return replace(state, notices=tuple(n for n in state.notices if n.number != number))


def _update_entry(
    state: LensState, number: int, *, status: EntryStatus, top: Prediction | None, error: str
) -> LensState:
    position = state.position(number)
    if position is None:
        return state
    entry = replace(state.entries[position], status=status, top=top, error=error)
    entries = (*state.entries[:position], entry, *state.entries[position + 1 :])
    return replace(state, entries=entries)


def _first_layer(model: Model) -> str | None:
    if model.layer(FIRST_LAYER) is not None:
        return FIRST_LAYER
    spatial = [layer.name for layer in model.layers if len(layer.shape) == 3]
    names = spatial or [layer.name for layer in model.layers]
    return names[0] if names else None
