"""Two activations of one layer: what B has more than A, and why some have no difference.

A is what is compared with, B what is looked at; a difference is always B − A. The two come from
two images through one model, or from one image through two models. Maps are float32 (C, H, W).
"""

import numpy as np

from desktop_app.core.records import Layer, Model, Tensor, read_only


def difference(a: Tensor, b: Tensor) -> "Tensor | None":
    """B − A, value by value, float32 (C, H, W), read-only; None where the shapes differ.

    Where both are infinite the difference is NaN.
    """
    if a.shape != b.shape:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        return read_only(np.subtract(b, a, dtype=np.float32))


def obstacle(layer: Layer, other: Model) -> str:
    """Why a layer cannot be compared with that of another model; empty where it can.

    A clause without its full stop: "signs has no fc200".
    """
    theirs = other.layer(layer.name)
    if theirs is None:
        return f"{other.title or other.name} has no {layer.name}"
    if theirs.shape != layer.shape:
        shape = " × ".join(str(size) for size in theirs.shape)
        return f"{layer.name} is {shape} in {other.title or other.name}"
    return ""
