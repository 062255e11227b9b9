"""What the reference programs of other people's networks share: pictures, statistics, a result.

A random network mostly says the same of every picture, and then a comparison of its logits is
blind. So batch norms first see the pictures and are then made unlike what they saw; how far the
logits of two pictures differ is part of the test.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

CLASSES = 7
EIGHTH = {2: (8, 8, 32), 3: (16, 16, 64), 4: (32, 32, 128), 5: (64, 64, 256)}
"""Filters by stage. Not a quarter: stage 2 would be as wide as the stem, and some networks then
have no projection there."""
SIZE = 75
"""Odd, and odd again after each halving: where strides and borders differ, results do."""


class Reference(NamedTuple):
    """What a network answers.

    Attributes:
        images: (N, 3, SIZE, SIZE).
        logits: (N, CLASSES).
    """

    images: Array
    logits: Array


def pictures(count: int = 3, scale: float = 1.0) -> Array:
    """Patches of colour of several sizes, (count, 3, SIZE, SIZE); white noise is too uniform."""
    random = np.random.default_rng(5)
    images = np.zeros((count, 3, SIZE, SIZE))
    for patch in (2, 5, 19, 38):
        coarse = random.normal(0, 1, (count, 3, SIZE // patch + 1, SIZE // patch + 1))
        fine = coarse.repeat(patch, axis=2).repeat(patch, axis=3)
        images += fine[:, :, :SIZE, :SIZE]
    return (scale * images / 2).astype(np.float32)


def unlike(
    mean: Array, variance: Array, random: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """(gamma, beta, mean, variance) of a batch norm that saw something like these statistics."""
    count = len(mean)
    spread = np.sqrt(variance + 1e-3)
    values = (
        random.uniform(0.7, 1.3, count),
        random.normal(0, 0.2, count),
        mean + 0.2 * spread * random.normal(0, 1, count),
        variance * random.uniform(0.7, 1.4, count) + 1e-4,
    )
    gamma, beta, new_mean, new_variance = (value.astype(np.float32) for value in values)
    return gamma, beta, new_mean, new_variance


def unsettle(network: object, images: Array, seed: int = 0) -> None:
    """Give every batch norm of a PyTorch network statistics :func:`unlike` those of ``images``."""
    import torch

    assert isinstance(network, torch.nn.Module)
    random = np.random.default_rng(seed)
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_parameters()  # some begin at zero, which would hide what follows them
        norm.momentum = 1.0
    with torch.inference_mode():
        network.train()(torch.from_numpy(images))
    network.eval()
    for norm in norms:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        values = unlike(norm.running_mean.numpy(), norm.running_var.numpy(), random)
        places = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        for place, value in zip(places, values, strict=True):
            place.data.copy_(torch.from_numpy(value))


def save_reference(path: Path, reference: Reference) -> None:
    np.savez(path, images=reference.images, logits=reference.logits)


def load_reference(path: Path) -> Reference:
    with np.load(path) as arrays:
        return Reference(images=arrays["images"], logits=arrays["logits"])
