"""A snapshot as a view that can be handed on, and back: pure functions.

Where image and model lie is not known here; the worker notes it when it writes the file.
"""

from dataclasses import replace
from typing import Final

from desktop_app import transitions
from desktop_app.core.analysis import Analysis
from desktop_app.core.view_file import ImageReference, ModelReference, View, ViewScale
from desktop_app.state import LensState, Scale
from desktop_app.views.colormaps import choice
from desktop_app.views.shown_maps import (
    drawn_range,
    drawn_scale,
    scale_name,
    shown_channel,
    shown_maps,
)

_SCALES: Final[dict[str, Scale]] = {"layer": "layer", "channel": "channel"}


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


def view_of(state: LensState) -> View | None:
    """What ``state`` shows, as a view; None until the analysis is whole."""
    if (analysis := analysis_of(state)) is None:
        return None
    options, maps = state.options, shown_maps(state)
    view = View(
        image=ImageReference(name=analysis.image.name),
        model=ModelReference(name=analysis.model.name),
        colormap=choice(options.colormap).name,
        overlay=options.overlay,
        overlay_opacity=options.overlay_opacity,
        top_k=options.top_k,
    )
    if maps is None or state.layer is None:
        return view
    channel = shown_channel(state, maps)
    shown = drawn_range(maps, channel, options)
    scale = ViewScale(
        kind=drawn_scale(maps, options),
        low=shown.low,
        high=shown.high,
        legend=scale_name(maps, channel, options),
    )
    return replace(view, layer=state.layer, channel=channel, scale=scale)


def with_view(state: LensState, view: View) -> LensState:
    """Show what ``view`` says of the analysis on screen; what this model lacks stays as it is."""
    options = replace(
        state.options,
        colormap=choice(view.colormap).name,
        overlay=view.overlay,
        overlay_opacity=view.overlay_opacity,
        top_k=view.top_k,
    )
    if view.scale is not None and (kind := _SCALES.get(view.scale.kind)) is not None:
        options = replace(options, scale=kind)
    state = transitions.change_options(state, options)
    if view.layer:
        state = transitions.choose_layer(state, view.layer)
        if state.layer == view.layer:
            state = transitions.choose_channel(state, view.channel)
    return state
