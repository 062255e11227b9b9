"""What a position of the shown maps sees: its receptive field, in words and on the photo."""

from typing import Final

from PySide6.QtCore import QRectF

from desktop_app.core.network import ReceptiveField
from desktop_app.core.photo_fields import photo_rectangle
from desktop_app.core.records import Image, Model
from desktop_app.state import LensState
from desktop_app.views.compared_maps import reference_of

_MOST: Final = 2 / 3
"""Of the input's width and height: beyond that a patch says no more than the photo."""


def field_of(state: LensState) -> ReceptiveField | None:
    """The receptive field of the chosen layer; None where it is not known."""
    if state.model is None or state.layer is None:
        return None
    node = state.model.network.node(state.layer)
    return None if node is None else node.receptive_field


def fills_input(model: Model | None, layer: str | None) -> bool:
    """Whether one position of a layer sees so much of the input that a patch is no part of it."""
    node = None if model is None or layer is None else model.network.node(layer)
    if model is None or node is None or node.receptive_field is None:
        return False
    height, width = node.receptive_field.size
    spec = model.preprocessing
    return width > _MOST * spec.width and height > _MOST * spec.height


def reaches_beyond_input(model: Model | None, layer: str | None) -> bool:
    """Whether some position of a layer sees padding: what lies beyond the picture."""
    node = None if model is None or layer is None else model.network.node(layer)
    return (
        node is not None
        and node.receptive_field is not None
        and min(node.receptive_field.start) < 0
    )


def field_on_photo_of_a(state: LensState, position: tuple[int, int]) -> QRectF | None:
    """As :func:`field_on_photo`, on the photo of A, as what computes A sees it."""
    reference, comparison = reference_of(state), state.comparison
    if reference is None or comparison is None or comparison.model is None or state.layer is None:
        return None
    node = comparison.model.network.node(state.layer)
    if node is None or node.receptive_field is None:
        return None
    return _on_photo(node.receptive_field, position, reference.image, comparison.model)


def field_on_photo(state: LensState, position: tuple[int, int]) -> QRectF | None:
    """Where the field of a position (x, y) of the chosen layer's maps lies, in photo pixels."""
    field = field_of(state)
    if field is None or state.model is None or state.shown is None:
        return None
    return _on_photo(field, position, state.shown.image, state.model)


def _on_photo(
    field: ReceptiveField, position: tuple[int, int], image: Image, model: Model
) -> QRectF:
    left, top, right, bottom = photo_rectangle(
        field, position, image_size=image.size, spec=model.preprocessing
    )
    return QRectF(left, top, right - left, bottom - top)
