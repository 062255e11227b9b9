"""What speaks for a class: the scores of the chosen layer's channels."""

from dataclasses import dataclass

from desktop_app.core.records import Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """How much each channel of a layer speaks for a class, in one image.

    Of an image or class that has just been left the scores stay until those of the new one are
    there; of another layer never.

    Attributes:
        image: The image entry's number.
        layer: Name of the layer.
        class_index: Of the class.
        scores: float32 (channels,), read-only, in units of the logit: above 0 speaks for it,
            below 0 against it.
    """

    image: int
    layer: str
    class_index: int
    scores: Tensor
