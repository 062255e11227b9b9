"""What the map views take out of a state: the same rules for grid, large map and overlay."""

from typing import Final

from desktop_app.core.records import Tensor
from desktop_app.state import LensState, Shown
from desktop_app.views.compared_maps import (
    difference_of,
    drawn_side,
    layer_obstacle,
    maps_of_a,
    maps_of_b,
    message_of_a,
)

COMPUTING: Final = "Computing maps…"
"""While this is the message, maps of the picture before may stay, dimmed."""


def shown_maps(state: LensState) -> "Tensor | None":
    """The chosen layer's maps, float32 (C, H, W), if they have been computed.

    The activation of what is on screen; while comparing, of A or the difference where that is
    chosen.
    """
    match drawn_side(state):
        case "a":
            return maps_of_a(state)
        case "difference":
            return difference_of(maps_of_a(state), maps_of_b(state))
        case _:
            return maps_of_b(state)


def shown_channel(state: LensState, maps: Tensor) -> int:
    """The chosen channel, within those that ``maps`` has."""
    return min(max(state.channel, 0), len(maps) - 1)


def is_vector(maps: Tensor) -> bool:
    """Whether each channel is a single value (pooled features, logits, probabilities)."""
    return maps.shape[1:] == (1, 1)


def class_label(state: LensState, maps: Tensor, channel: int) -> str:
    """The class a channel stands for, where the channels are the classes; else empty."""
    if state.model is None or not is_vector(maps) or len(maps) != len(state.model.labels):
        return ""
    return state.model.labels[channel]


def maps_message(state: LensState) -> str:
    """What to say where maps would be; empty when there are maps."""
    if shown_maps(state) is not None:
        return ""
    if state.shown is None:
        return (
            "Opening the image…" if state.pending is not None else "Drop an image to see its maps"
        )
    if state.model is None:
        return "Loading the model…" if state.loading_model else "Open a model to see maps"
    return _reason_for_no_maps(state.shown, state)


def _reason_for_no_maps(shown: Shown, state: LensState) -> str:
    """With an image and a model there are no maps yet, or there will be none."""
    if state.layer is None:
        named = state.model is not None and state.model.layers
        return "Choose a layer to see its maps" if named else "This model has no layers to open"
    if (side := drawn_side(state)) != "b":
        clause = layer_obstacle(state) if side == "difference" else ""
        if clause or (message := message_of_a(state, COMPUTING)):
            return clause or message
    if shown.activations is not None:
        return f"The run gave no maps for {state.layer}"
    if shown.trouble:
        return f"No maps: {shown.trouble}"
    entry = state.entry(shown.number)
    if entry is not None and entry.status == "failed":
        return "No maps: the image could not be analysed"
    return COMPUTING
