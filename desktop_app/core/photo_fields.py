"""A position of a map → the part of the photo that it can depend on.

The receptive field ends in pixels of the input tensor; preprocessing's way back leads from there to
the picture as the person sees it.
"""

from desktop_app.core.network import ReceptiveField
from desktop_app.core.preprocessing import Rectangle, input_rectangle
from desktop_app.core.records import Preprocessing


def photo_rectangle(
    field: ReceptiveField,
    position: tuple[int, int],
    *,
    image_size: tuple[int, int],
    spec: Preprocessing,
) -> Rectangle:
    """Tell which part of a picture a position of a map can depend on.

    Args:
        field: Of the layer.
        position: (x, y): column and row of the map.
        image_size: (width, height) of the upright picture.
        spec: The card's preprocessing.

    Returns:
        (left, top, right, bottom) in pixels of the upright picture, fractions included, cut to the
        part that the network was given. Interpolation is not counted: an edge may take up to one
        filter width of neighbouring pixels in.
    """
    left, top, right, bottom = input_rectangle(image_size, spec)
    x_scale = (right - left) / spec.width
    y_scale = (bottom - top) / spec.height
    x0, y0, x1, y1 = field.rectangle(*position)
    return (
        left + min(max(x0, 0), spec.width) * x_scale,
        top + min(max(y0, 0), spec.height) * y_scale,
        left + min(max(x1, 0), spec.width) * x_scale,
        top + min(max(y1, 0), spec.height) * y_scale,
    )
