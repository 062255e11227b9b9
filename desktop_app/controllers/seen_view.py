"""A snapshot as what can be handed on, and back from a view: pure functions.

Where image and model lie is not known here; the worker notes it when it writes the file.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, get_args

from desktop_app import transitions
from desktop_app.core.analysis import Analysis
from desktop_app.core.findings import Counterpart, Findings
from desktop_app.core.interventions import can_change
from desktop_app.core.map_names import Criterion, Scale
from desktop_app.core.view_file import (
    ImageReference,
    ModelReference,
    View,
    ViewExplanation,
    ViewScale,
)
from desktop_app.intervening import changed_by, shown_outcome, shown_residual, with_changes
from desktop_app.parts.grid import GridChoice
from desktop_app.state import LensState, ViewOptions
from desktop_app.views.colormaps import choice
from desktop_app.views.compared_maps import is_itself, maps_of_b, reference_of
from desktop_app.views.shown_maps import shown_channel
from desktop_app.views.shown_order import shown_scale
from desktop_app.views.shown_why import asked_question, is_asked_why, shown_attribution, shown_logit

_SCALES: Final[Mapping[str, Scale]] = {name: name for name in get_args(Scale)}
_NO_HEAT_MAP: Final = "no heat map was made of it; choose another method, or another tab"
_CRITERIA: Final[Mapping[str, Criterion]] = {name: name for name in get_args(Criterion)}


def analysis_of(state: LensState) -> Analysis | None:
    """The analysis on screen, once it is whole; None until then."""
    shown, model = state.shown, state.model
    if shown is None or model is None:
        return None
    if shown.classification is None or shown.activations is None:
        return None
    return Analysis(
        model=model,
        image=shown.image,
        classification=shown.classification,
        activations=shown.activations,
    )


def findings_of(state: LensState) -> Findings:
    """What has been found out about the analysis on screen, as far as somebody has looked."""
    changes, residual, logit = changed_by(state), shown_residual(state), shown_logit(state)
    settled = changes.ran == changes.active  # else the outcome is that of the changes before
    return Findings(
        doubt=None if state.shown is None else state.shown.doubt,
        attribution=shown_attribution(state),
        logit=None if logit is None else logit.found,
        shares=() if residual is None else residual.shares,
        effects={} if residual is None else residual.effects,
        interventions=changes.active,
        outcome=shown_outcome(state) if settled else None,
        counterpart=_counterpart_of(state),
    )


def _counterpart_of(state: LensState) -> Counterpart | None:
    """A's analysis, once it is whole and another one than B's."""
    comparison, reference = state.comparison, reference_of(state)
    if comparison is None or comparison.model is None or reference is None or is_itself(state):
        return None
    if reference.classification is None or reference.activations is None:
        return None
    analysis = Analysis(
        model=comparison.model,
        image=reference.image,
        classification=reference.classification,
        activations=reference.activations,
    )
    return Counterpart(kind=comparison.kind, analysis=analysis)


def view_of(state: LensState) -> View | None:
    """What ``state`` shows, as a view; None until the analysis is whole."""
    if (analysis := analysis_of(state)) is None:
        return None
    # While comparing, what is on screen is B; drawn may be A, or the difference.
    options, maps = state.options, maps_of_b(state)
    view = View(
        image=ImageReference(name=analysis.image.name),
        model=ModelReference(name=analysis.model.name),
        colormap=choice(options.colormap).name,
        overlay=options.overlay,
        overlay_opacity=options.overlay_opacity,
        top_k=options.top_k,
        sort=options.sort,
        hide_dead=options.hide_dead,
        chosen_class=state.chosen_class,
        against_class=state.opposed_class,
        explanation=_explanation_of(state),
        interventions=changed_by(state).active,
    )
    if maps is None or state.layer is None:
        return view
    channel, scale = shown_channel(state, maps), shown_scale(state, maps, side="b")
    shown, grid = scale.range_of(maps, channel), state.grid or GridChoice()
    return replace(
        view,
        layer=state.layer,
        channel=channel,
        scale=ViewScale(
            kind=scale.kind, low=shown.low, high=shown.high, legend=scale.legend_of(channel)
        ),
        pins=grid.pinned_in(state.layer),
        similar_to=grid.similar_to,
    )


def missing_of(state: LensState, view: View, found: Findings) -> str:
    """What of a view's picture has not been computed, a clause; empty where all is there."""
    if view.explanation is not None:
        attribution = found.attribution
        if attribution is None or attribution.question != asked_question(state):
            is_made = state.attribution is not None and state.attribution.asked is not None
            return "its heat map is not there yet" if is_made else _NO_HEAT_MAP
    if view.interventions and found.outcome is None:
        return "the changed network has not been run yet"
    return ""


def with_view(state: LensState, view: View) -> LensState:
    """Show what ``view`` says of the analysis on screen; what this model lacks stays as it is."""
    options = replace(
        state.options,
        colormap=choice(view.colormap).name,
        overlay=view.overlay,
        overlay_opacity=view.overlay_opacity,
        top_k=view.top_k,
        sort=_CRITERIA.get(view.sort, state.options.sort),
        hide_dead=view.hide_dead,
    )
    options = _explaining(_with_scale(options, view.scale), view.explanation)
    state = _asking(transitions.change_options(state, options), view)
    if state.model is not None:
        model = state.model
        fitting = tuple(one for one in view.interventions if can_change(model, one))
        state = with_changes(state, fitting)
    layer = None if state.model is None else state.model.layer(view.layer)
    if layer is None:
        return state
    state = transitions.choose_channel(transitions.choose_layer(state, layer.name), view.channel)
    channels, grid = layer.shape[0], state.grid or GridChoice()
    others = tuple(pin for pin in grid.pins if pin[0] != layer.name)
    pins = tuple((layer.name, pin) for pin in view.pins if 0 <= pin < channels)
    picked = replace(grid, pins=(*others, *pins), similar_to=max(view.similar_to, 0))
    return state if picked == grid else replace(state, grid=picked)


def _asking(state: LensState, view: View) -> LensState:
    """Ask about the view's classes, where the open model has them."""
    classes = 0 if state.model is None else len(state.model.labels)
    chosen, against = view.chosen_class, view.against_class
    if chosen is None or 0 <= chosen < classes:
        state = replace(state, chosen_class=chosen)
    if against is None or 0 <= against < classes:
        state = replace(state, against_class=against)
    return state


def _explanation_of(state: LensState) -> ViewExplanation | None:
    """How a class is explained, while that takes the channel's place."""
    if not is_asked_why(state) or asked_question(state) is None:
        return None
    options = state.options
    return ViewExplanation(method=options.method, at_layer=options.explain_at_chosen)


def _explaining(options: ViewOptions, explanation: ViewExplanation | None) -> ViewOptions:
    """Explain a class as the view does; the channel has its place back where it does not."""
    if explanation is not None:
        return replace(
            options,
            channel_tab="why",
            method=explanation.method,
            explain_at_chosen=explanation.at_layer,
        )
    return replace(options, channel_tab="channel") if options.channel_tab == "why" else options


def _with_scale(options: ViewOptions, scale: ViewScale | None) -> ViewOptions:
    """Draw on the view's scale; a range over images that are not loaded here becomes pinned."""
    if scale is None:
        return options
    if scale.kind in ("pinned", "images"):
        if not scale.low < scale.high:
            return options
        return replace(options, scale="pinned", pinned_range=(scale.low, scale.high))
    return replace(options, scale=_SCALES.get(scale.kind, options.scale))
