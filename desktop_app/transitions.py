"""The pure steps between snapshots: state in, state out. No Qt, no clock, no files.

The rule behind most of them: *the last good result stays*. ``pending`` is what the user asked
for; ``shown`` is what has been computed. A failure clears ``pending`` and adds a notice, and
never touches ``shown``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop_app.intervening import changes_for
from desktop_app.layouts import have_same_maps, without_picks
from desktop_app.parts.grid import within
from desktop_app.state import (
    TOP_K_RANGE,
    EntryStatus,
    ImageEntry,
    LensState,
    Notice,
    NoticeAction,
    Progress,
    Severity,
    Shown,
    ViewOptions,
)

if TYPE_CHECKING:
    from desktop_app.core.diagnosis import Diagnosis
    from desktop_app.core.doubt import Doubt
    from desktop_app.core.provider_names import ProviderChoice
    from desktop_app.core.records import (
        Activations,
        Classification,
        Image,
        ImageSource,
        Model,
        ModelListing,
        Prediction,
        PreprocessingStep,
        Provider,
    )

NOTICES_KEPT: Final = 20
FIRST_LAYER: Final = "res2a_relu"
"""Opened first where the model has it: early enough to look like the photo."""


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
    comparison = state.comparison and state.comparison.without_images()
    return replace(
        state, entries=(), pending=None, shown=None, progress=None, comparison=comparison
    )


def remove_entry(state: LensState, number: int) -> LensState:
    """Take one entry out; what is on screen stays unless it was that entry."""
    entries = tuple(entry for entry in state.entries if entry.number != number)
    shown = None if state.shown is not None and state.shown.number == number else state.shown
    pending = None if state.pending == number else state.pending
    comparison = state.comparison and state.comparison.without_image(number)
    return replace(state, entries=entries, shown=shown, pending=pending, comparison=comparison)


def ask_for(state: LensState, number: int) -> LensState:
    """The user wants to see entry ``number``; the shown analysis stays until it is there."""
    if state.entry(number) is None:
        return state
    return replace(state, pending=number)


def show_classification(
    state: LensState,
    number: int,
    *,
    image: Image,
    classification: Classification,
    top: Prediction,
) -> LensState:
    """Picture and scores of ``number`` have arrived: together they replace what is on screen."""
    state = _update_entry(state, number, status="ready", top=top, error="")
    is_shown = state.shown is not None and state.shown.number == number
    if state.pending != number and not is_shown:
        return state
    pending = None if state.pending == number else state.pending
    shown = Shown(number, image, classification=classification)
    return replace(state, pending=pending, shown=shown, provider=classification.provider)


def show_steps(state: LensState, number: int, steps: tuple[PreprocessingStep, ...]) -> LensState:
    """What preprocessing made of ``number`` can be shown."""
    if state.shown is None or state.shown.number != number:
        return state
    return replace(state, shown=replace(state.shown, steps=steps))


def show_activations(state: LensState, number: int, activations: Activations) -> LensState:
    """All activations of ``number`` have arrived."""
    if state.shown is None or state.shown.number != number:
        return state
    state = replace(state, shown=replace(state.shown, activations=activations))
    return _with_telling_channel(state)


def fail_activations(state: LensState, number: int, why: str) -> LensState:
    """The classes of ``number`` are there, its activations will not come."""
    shown = state.shown
    if shown is None or shown.number != number or shown.activations is not None:
        return state
    return replace(state, shown=replace(shown, trouble=why))


def show_doubt(state: LensState, number: int, doubt: Doubt | None) -> LensState:
    """It is known how unlike the training's pictures ``number`` is."""
    if state.shown is None or state.shown.number != number:
        return state
    return replace(state, shown=replace(state.shown, doubt=doubt))


def show_kept(state: LensState, shown: Shown) -> LensState:
    """An analysis that was kept comes back on screen, whole."""
    return _with_telling_channel(replace(state, pending=None, shown=shown))


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


def choose_cuda_folder(state: LensState, folder: Path | None) -> LensState:
    """The user keeps CUDA's libraries in ``folder``; None means the usual places."""
    return replace(state, cuda_folder=folder)


def show_diagnosis(state: LensState, diagnosis: Diagnosis | None) -> LensState:
    """This machine has been examined; None while that is being done anew."""
    return replace(state, diagnosis=diagnosis, diagnosis_error="")


def fail_diagnosis(state: LensState, why: str) -> LensState:
    """This machine could not be examined."""
    return replace(state, diagnosis=None, diagnosis_error=why)


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


def open_model(
    state: LensState, model: Model, provider: Provider, *, newest: bool = True
) -> LensState:
    """A model has been loaded: scores and maps of the old one no longer hold.

    What a person pinned or picked out belongs to the layers that it was picked out of: it stays
    in the same network trained otherwise, so that the two can be compared, and in no other.

    Args:
        state: Before.
        model: What runs from now on.
        provider: What it runs on.
        newest: Whether no other model is being loaded after it.
    """
    entries = tuple(ImageEntry(entry.number, entry.source) for entry in state.entries)
    shown = None if state.shown is None else Shown(state.shown.number, state.shown.image)
    layer, channel, proposed_for = state.layer, state.channel, state.channel_proposed_for
    there = None if layer is None else model.layer(layer)
    if there is None:
        layer, channel = _first_layer(model), 0
    elif channel >= there.shape[0]:
        channel, proposed_for = 0, None
    is_foreign = state.model is not None and not have_same_maps(state.model, model)
    return replace(
        state,
        model=model,
        provider=provider,
        entries=entries,
        shown=shown,
        chosen_class=_same_class(state.chosen_class, state, model),
        against_class=_same_class(state.against_class, state, model),
        attribution=None,
        evidence=None,
        evidence_error="",
        logit_evidence=None,
        survey=None,
        residual=None,
        interventions=changes_for(state, model),
        layer=layer,
        channel=channel,
        channel_proposed_for=proposed_for,
        grid=None if is_foreign or state.grid is None else within(state.grid, model),
        options=without_picks(state.options) if is_foreign else state.options,
        progress=None,
        similarity=None,
        comparison=state.comparison and state.comparison.with_open_model(model),
        loading_model="" if newest else state.loading_model,
    )


def fail_model(state: LensState) -> LensState:
    """The model could not be loaded; the open one stays."""
    return replace(state, loading_model="")


def choose_layer(state: LensState, name: str) -> LensState:
    """Open a layer; the channel stays where the new layer has that many."""
    if state.model is None or (layer := state.model.layer(name)) is None:
        return state
    channel = state.channel if state.channel < layer.shape[0] else 0
    return _with_telling_channel(replace(state, layer=name, channel=channel))


def choose_class(state: LensState, index: int | None) -> LensState:
    """Ask about a class; None means the likeliest of each picture."""
    if index is not None and (state.model is None or not 0 <= index < len(state.model.labels)):
        return state
    return state if index == state.chosen_class else replace(state, chosen_class=index)


def hold_against(state: LensState, index: int | None) -> LensState:
    """Ask why a class and not this one; None asks about the class alone."""
    if index is not None and (state.model is None or not 0 <= index < len(state.model.labels)):
        return state
    return state if index == state.against_class else replace(state, against_class=index)


def choose_channel(state: LensState, channel: int) -> LensState:
    """Open a channel of the chosen layer; out of range is clipped."""
    layer = state.chosen_layer
    if layer is None:
        return state
    clipped = min(max(channel, 0), layer.shape[0] - 1)
    return replace(state, channel=clipped, channel_chosen=True)


def step_layer(state: LensState, step: int) -> LensState:
    """Move ``step`` layers along the computation, stopping at the ends."""
    if state.model is None or not state.model.layers:
        return state
    names = [layer.name for layer in state.model.layers]
    position = names.index(state.layer) if state.layer in names else 0
    return choose_layer(state, names[min(max(position + step, 0), len(names) - 1)])


def add_notice(
    state: LensState,
    severity: Severity,
    what: str,
    *,
    why: str,
    remedy: str = "",
    action: NoticeAction | None = None,
) -> LensState:
    """Say something; a notice that repeats an earlier one replaces it.

    Of confirmations the last is enough: notices take room from pictures.
    """
    notice = Notice(state.next_number, severity, what, why, remedy, action)
    kept = tuple(
        each
        for each in state.notices
        if replace(each, number=notice.number) != notice
        and not (severity == each.severity == "confirmation")
    )
    return replace(
        state, notices=(*kept, notice)[-NOTICES_KEPT:], next_number=state.next_number + 1
    )


def list_reports(state: LensState, reports: tuple[Path, ...]) -> LensState:
    """Crash reports that can be read have been found, or one was written."""
    return replace(state, reports=reports)


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


def _with_telling_channel(state: LensState) -> LensState:
    """Open the layer's most varied map, as long as nobody chose a channel: 0 is often black."""
    shown, layer = state.shown, state.layer
    if layer is None or state.channel_chosen or state.channel_proposed_for == layer:
        return state
    if shown is None or shown.activations is None:
        return state
    maps = shown.activations.values.get(layer)
    if maps is None or maps.shape[1] * maps.shape[2] == 1:
        return state
    import numpy as np  # noqa: PLC0415 - loaded by now; the window's first picture needs none

    # Padding makes bright borders, which say nothing of the picture.
    inner = maps[:, 1:-1, 1:-1] if min(maps.shape[1:]) > 4 else maps
    with np.errstate(invalid="ignore"):
        spread = np.nan_to_num(inner.std(axis=(1, 2)))  # a map that is not finite tells nothing
    channel = int(spread.argmax())
    return replace(state, channel=channel, channel_proposed_for=layer)


def _first_layer(model: Model) -> str | None:
    if model.layer(FIRST_LAYER) is not None:
        return FIRST_LAYER
    spatial = [layer.name for layer in model.layers if len(layer.shape) == 3]
    names = spatial or [layer.name for layer in model.layers]
    return names[0] if names else None


def _same_class(index: int | None, state: LensState, model: Model) -> int | None:
    """``index`` where the new model has the same classes."""
    same = state.model is not None and state.model.labels == model.labels
    return index if same else None
