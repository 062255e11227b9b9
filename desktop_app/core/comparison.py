"""Two activations of one layer, side by side: on one scale, and what B has more than A.

A is what is compared with, B what is looked at; a difference is always B − A. The two come from
two images through one model, or from one image through two models. Maps are float32 (C, H, W).
"""

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.maps import channel_ranges
from desktop_app.core.records import Layer, Model, Tensor, read_only


def difference(a: Tensor, b: Tensor) -> "Tensor | None":
    """B − A, value by value, float32 (C, H, W), read-only; None where the shapes differ.

    Where both are infinite the difference is NaN.
    """
    if a.shape != b.shape:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        return read_only(np.subtract(b, a, dtype=np.float32))


def joint_channel_ranges(a: Tensor, b: Tensor, *, symmetric: bool = False) -> NDArray[np.float64]:
    """The range of each channel over both, so that equal colours are equal values.

    Args:
        a: float32 (C, H, W).
        b: float32 (C, h, w): as many channels, of any size.
        symmetric: As for :func:`~desktop_app.core.maps.channel_ranges`.

    Returns:
        float64 (C, 2), low and high; 0, 0 for channels without a finite value in either.
    """
    count = len(a)
    both = np.concatenate([a.reshape(count, 1, -1), b.reshape(count, 1, -1)], axis=2)
    return channel_ranges(both, symmetric=symmetric)


def shared_layers(one: Model, other: Model) -> frozenset[str]:
    """Names of the layers that both models have, in the same shape."""
    shapes = {layer.name: layer.shape for layer in other.layers}
    return frozenset(layer.name for layer in one.layers if shapes.get(layer.name) == layer.shape)


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
