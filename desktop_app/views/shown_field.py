"""What a position of the shown maps sees: its receptive field, in words and on the photo."""

from PySide6.QtCore import QRectF

from desktop_app.core.network import ReceptiveField
from desktop_app.core.photo_fields import photo_rectangle
from desktop_app.state import LensState


def field_of(state: LensState) -> ReceptiveField | None:
    """The receptive field of the chosen layer; None where it is not known."""
    if state.model is None or state.layer is None:
        return None
    node = state.model.network.node(state.layer)
    return None if node is None else node.receptive_field


def field_size(field: ReceptiveField) -> str:
    """How large it is: "107 px", "107 × 91 px"; in pixels of the input tensor."""
    height, width = field.size
    return f"{width} px" if width == height else f"{width} × {height} px"


def field_on_photo(state: LensState, position: tuple[int, int]) -> QRectF | None:
    """Where the field of a position (x, y) of the chosen layer's maps lies, in photo pixels."""
    field = field_of(state)
    if field is None or state.model is None or state.shown is None:
        return None
    left, top, right, bottom = photo_rectangle(
        field,
        position,
        image_size=state.shown.image.size,
        spec=state.model.preprocessing,
    )
    return QRectF(left, top, right - left, bottom - top)
