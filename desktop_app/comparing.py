"""The pure steps between snapshots that concern a comparison: state in, state out.

As in ``transitions.py``, the last good result stays: a second model that cannot be loaded ends no
comparison, and an image that cannot be analysed again keeps its picture.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desktop_app.core.bundled import model_name
from desktop_app.parts.comparison import ComparedWith, Comparison, Reference
from desktop_app.state import LensState, Shown

if TYPE_CHECKING:
    from desktop_app.core.records import Model


def keep_image(state: LensState) -> LensState:
    """Keep the analysis on screen as A; nothing happens until it is whole."""
    shown = state.shown
    if shown is None or shown.activations is None or state.model is None:
        return state
    kept = Comparison("image", state.model, _reference_of(shown))
    return _on_tab(replace(state, comparison=kept))


def swap_images(state: LensState) -> LensState:
    """Exchange A and B: both are whole, so nothing has to be computed."""
    comparison, shown = state.comparison, state.shown
    if not can_swap_images(state) or comparison is None or shown is None:
        return state
    reference = comparison.reference
    if reference is None:
        return state
    back = Shown(
        reference.number,
        reference.image,
        reference.steps,
        reference.classification,
        reference.activations,
        reference.doubt,
    )
    swapped = replace(comparison, reference=_reference_of(shown))
    return replace(state, shown=back, pending=None, comparison=swapped)


def can_swap_images(state: LensState) -> bool:
    """Whether both sides of a comparison of images are whole."""
    comparison, shown = state.comparison, state.shown
    return (
        comparison is not None
        and comparison.kind == "image"
        and comparison.reference is not None
        and comparison.reference.activations is not None
        and shown is not None
        and shown.activations is not None
        and state.pending is None
    )


def begin_model(state: LensState, name: str) -> LensState:
    """A second model is being loaded; what is compared with now stays until it works."""
    comparison = state.comparison or Comparison("model", None)
    return _on_tab(replace(state, comparison=replace(comparison, loading=name)))


def open_model(state: LensState, model: Model) -> LensState:
    """The second model has been loaded; its analysis of the image on screen follows."""
    return replace(state, comparison=Comparison("model", model))


def fail_model(state: LensState) -> LensState:
    """The second model could not be loaded; a comparison that was there goes on."""
    comparison = state.comparison
    if comparison is None:
        return state
    stays = None if comparison.model is None else replace(comparison, loading="")
    return replace(state, comparison=stays)


def show_reference(state: LensState, reference: Reference) -> LensState:
    """A's analysis has been computed."""
    if state.comparison is None:
        return state
    return replace(state, comparison=replace(state.comparison, reference=reference, trouble=None))


def fail_reference(state: LensState, number: int, why: str) -> LensState:
    """A's analysis, of entry ``number``, could not be computed."""
    if state.comparison is None:
        return state
    return replace(state, comparison=replace(state.comparison, trouble=(number, why)))


def end(state: LensState) -> LensState:
    """Look at one picture again."""
    if state.comparison is None:
        return state
    options = state.options
    if options.channel_tab == "compare":
        options = replace(options, channel_tab="channel")
    return replace(state, comparison=None, options=options)


def compared_with(state: LensState) -> ComparedWith | None:
    """What the view is compared with; a second model is not, before it has been loaded."""
    comparison = state.comparison
    if comparison is None:
        return None
    if comparison.kind == "image":
        kept = comparison.reference
        return None if kept is None else ComparedWith(image=kept.number, picture=kept.image)
    path = comparison.wanted if comparison.model is None else comparison.model.path
    return None if path is None else ComparedWith(model=path)


def compare_again(state: LensState, compared: ComparedWith | None) -> LensState:
    """Compare as a step of undo says; what A has been computed is computed again.

    An image that has left the list does not come back.
    """
    if compared == compared_with(state):
        return state
    if compared is None:
        return end(state)
    if compared.model is not None:
        name = model_name(str(compared.model))
        wanted = Comparison("model", None, loading=name, wanted=compared.model)
        return _on_tab(replace(state, comparison=wanted))
    if compared.image is None or compared.picture is None or state.entry(compared.image) is None:
        return state
    kept = Comparison("image", state.model, Reference(compared.image, compared.picture))
    return _on_tab(replace(state, comparison=kept))


def _reference_of(shown: Shown) -> Reference:
    return Reference(
        shown.number,
        shown.image,
        shown.steps,
        shown.classification,
        shown.activations,
        shown.doubt,
    )


def _on_tab(state: LensState) -> LensState:
    """What was asked for is seen at once."""
    return replace(state, options=replace(state.options, channel_tab="compare"))
