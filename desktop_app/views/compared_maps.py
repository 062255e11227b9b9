"""What the views take out of a comparison: A's maps beside B's, their difference, and who is who.

Which of the three is drawn where there is room for one is said by :func:`drawn_side`; that rule
holds for the grid, the large map and the overlay alike (:mod:`desktop_app.views.shown_maps`).
"""

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Generic, TypeVar

import numpy as np

from desktop_app.core.colour_tables import is_diverging
from desktop_app.core.comparison import difference, obstacle
from desktop_app.core.records import Tensor, read_only
from desktop_app.parts.comparison import Comparison, Reference
from desktop_app.state import LensState, Side, ViewOptions
from desktop_app.views.theme import current_roles

SIDE_SIGNS: Final[dict[Side, str]] = {
    "a": "A",
    "b": "B",
    "difference": "B \N{MINUS SIGN} A",
}


R = TypeVar("R")


class _OfLastTwo(Generic[R]):
    """What was made of the two arrays asked about last, for as long as both are there."""

    def __init__(self, make: Callable[[Tensor, Tensor], R]) -> None:
        self._make = make
        self._made: tuple[weakref.ref[Tensor], weakref.ref[Tensor], R] | None = None

    def __call__(self, a: Tensor, b: Tensor) -> R:
        """The same object for the same two."""
        made = self._made
        if made is not None and made[0]() is a and made[1]() is b:
            return made[2]
        result = self._make(a, b)
        self._made = weakref.ref(a, self._forget), weakref.ref(b, self._forget), result
        return result

    def _forget(self, _gone: weakref.ref[Tensor]) -> None:
        self._made = None


def reference_of(state: LensState) -> Reference | None:
    """A's analysis, as far as it belongs beside what is on screen."""
    if state.comparison is None:
        return None
    return state.comparison.reference_for(None if state.shown is None else state.shown.number)


def maps_of_a(state: LensState) -> "Tensor | None":
    """A's activation of the chosen layer, float32 (C, H, W), if it has been computed."""
    reference = reference_of(state)
    if reference is None or reference.activations is None or state.layer is None:
        return None
    return reference.activations.values.get(state.layer)


def maps_of_b(state: LensState) -> "Tensor | None":
    """The activation of the chosen layer on screen, float32 (C, H, W), if it has been computed."""
    if state.shown is None or state.shown.activations is None or state.layer is None:
        return None
    return state.shown.activations.values.get(state.layer)


def difference_of(a: "Tensor | None", b: "Tensor | None") -> "Tensor | None":
    """B − A, the same array for the same two; None where one is missing or the shapes differ."""
    if a is None or b is None:
        return None
    return _difference(a, b)


def over_both(a: Tensor, b: Tensor) -> Tensor:
    """The values of as many channels of A and of B, the same array for the same two.

    Returns:
        float32 (C, 1, N) with the values of both, channel by channel; single values, which have
        no range of their own, as (2 C, 1, 1).
    """
    return _over_both(a, b)


def scale_values(state: LensState, maps: Tensor) -> Tensor:
    """The values that the scale of ``maps``, A's or B's, is taken from: of both of them.

    Of other channels, in a layer that only has its name in common, nothing can be compared: then
    they are those of ``maps`` alone.
    """
    if state.comparison is None:
        return maps
    a, b = maps_of_a(state), maps_of_b(state)
    return maps if a is None or b is None or len(a) != len(b) else over_both(a, b)


def drawn_side(state: LensState) -> Side:
    """Whose maps are drawn where there is room for one."""
    return "b" if state.comparison is None else state.options.side


def drawn_options(state: LensState, side: Side | None = None) -> ViewOptions:
    """The options that hold for what is drawn: a difference has signs, and colours for them.

    Args:
        state: What is shown.
        side: Whose maps are drawn; None for the side that is chosen.
    """
    if (side or drawn_side(state)) != "difference":
        return state.options
    return replace(state.options, colormap=difference_colormap(state.options.colormap))


def drawn_state(state: LensState) -> LensState:
    """``state`` with the options that hold for what is drawn; for drawing, not for changing."""
    options = drawn_options(state)
    return state if options is state.options else replace(state, options=options)


def difference_colormap(chosen: str) -> str:
    """The colours of a difference: the chosen ones where they have a middle that means zero.

    Else blue where B has more and red where it has less: what the two mean in the predictions.
    """
    if is_diverging(chosen):
        return chosen
    return "crameri:berlin_r" if current_roles().dark else "crameri:vik_r"


def name_of_a(state: LensState) -> str:
    """The image that A is of, or the model that computes it; empty without a comparison."""
    comparison = state.comparison
    if comparison is None:
        return ""
    if comparison.kind == "image":
        return "" if comparison.reference is None else comparison.reference.image.name
    if comparison.model is None:
        return comparison.loading
    return comparison.model.title or comparison.model.name


def name_of_b(state: LensState) -> str:
    """The image on screen, or the open model where models are compared."""
    if state.comparison is not None and state.comparison.kind == "model":
        return "" if state.model is None else state.model.title or state.model.name
    return "" if state.shown is None else state.shown.image.name


def name_of(state: LensState, side: Side) -> str:
    """What a side is of; the difference has its sign alone."""
    if side == "difference":
        return ""
    return name_of_a(state) if side == "a" else name_of_b(state)


def side_caption(state: LensState) -> str:
    """Which of A, B and the difference is drawn: "A · dog.jpg"; empty without a comparison."""
    if state.comparison is None:
        return ""
    side = state.options.side
    name = name_of(state, side)
    return f"{SIDE_SIGNS[side]} · {name}" if name else SIDE_SIGNS[side]


def drawn_model(state: LensState) -> str:
    """The file name of the model that computed what is drawn, of both where it is a difference."""
    b, comparison = "" if state.model is None else state.model.name, state.comparison
    if comparison is None or comparison.kind == "image" or comparison.model is None:
        return b
    return _of_side(state, comparison.model.name, b)


def drawn_image(state: LensState) -> str:
    """The name of the image that what is drawn is of, of both where it is a difference."""
    b, reference = "" if state.shown is None else state.shown.image.name, reference_of(state)
    if state.comparison is None or state.comparison.kind == "model" or reference is None:
        return b
    return _of_side(state, reference.image.name, b)


def _of_side(state: LensState, a: str, b: str) -> str:
    side = drawn_side(state)
    return f"{b} \N{MINUS SIGN} {a}" if side == "difference" else a if side == "a" else b


def message_of_a(state: LensState, computing: str) -> str:
    """What to say where A's maps would be; empty where they are.

    Args:
        state: With a comparison.
        computing: What is said of maps that are on their way.
    """
    comparison = state.comparison
    if comparison is None or maps_of_a(state) is not None:
        return ""
    if comparison.model is None:
        return f"Loading {comparison.loading}…"
    if clause := layer_obstacle(state):
        return clause
    number = None if state.shown is None else state.shown.number
    if trouble := comparison.trouble_for(number):
        return f"A could not be analysed: {trouble}"
    reference = reference_of(state)
    if reference is not None and reference.activations is not None:
        return f"The run gave no maps for {state.layer}"
    return computing


def layer_obstacle(state: LensState) -> str:
    """Why the chosen layer of two models has no difference; empty where it has one."""
    comparison, layer = state.comparison, state.chosen_layer
    if comparison is None or comparison.model is None or layer is None:
        return ""
    return obstacle(layer, comparison.model)


def is_itself(state: LensState) -> bool:
    """Whether A and B are the same analysis: nothing else has been opened yet."""
    comparison: Comparison | None = state.comparison
    if comparison is None or comparison.kind == "model" or comparison.reference is None:
        return False
    return state.shown is not None and state.shown.activations is comparison.reference.activations


def _side_by_side(a: Tensor, b: Tensor) -> Tensor:
    if a.shape[1:] == (1, 1) == b.shape[1:]:
        return read_only(np.concatenate([a, b]))
    flat = [maps.reshape(len(maps), 1, -1) for maps in (a, b)]
    return read_only(np.concatenate(flat, axis=2))


_difference: Final = _OfLastTwo(difference)
_over_both: Final = _OfLastTwo(_side_by_side)
