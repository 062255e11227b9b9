"""Where a patch and its photo lie in a tile."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF

if TYPE_CHECKING:
    from desktop_app.core.patches import PatchPicture

_OFF_CENTRE: Final = 0.02


def framed(box: QRectF, shape: float) -> QRectF:
    """The largest rectangle of a shape (width by height) in the middle of ``box``."""
    width = min(box.width(), box.height() * shape)
    frame = QRectF(0, 0, width, width / shape)
    frame.moveCenter(box.center())
    return frame


def inside(frame: QRectF, shares: tuple[float, float, float, float]) -> QRectF:
    """The part of ``frame`` at (left, top, right, bottom) in 0..1."""
    left, top, right, bottom = shares
    return QRectF(
        frame.left() + left * frame.width(),
        frame.top() + top * frame.height(),
        (right - left) * frame.width(),
        (bottom - top) * frame.height(),
    )


def centre_in_patch(picture: "PatchPicture") -> tuple[float, float] | None:
    """Where the field's centre lies in what is cut, as shares in 0..1.

    None where that is the middle of the field as it is drawn, which needs no mark. A centre
    beyond the input is moved to its edge.
    """
    if picture.centre is None:
        return None
    left, top, right, bottom = picture.outline
    x = (picture.centre[0] - left) / (right - left)
    y = (picture.centre[1] - top) / (bottom - top)
    inset = picture.inset
    middle = (
        (0.5 - inset[0]) / (inset[2] - inset[0]),
        (0.5 - inset[1]) / (inset[3] - inset[1]),
    )
    is_middle = abs(x - middle[0]) < _OFF_CENTRE and abs(y - middle[1]) < _OFF_CENTRE
    return None if is_middle else (min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
