"""Random changes to a batch of training images, drawn from torch's global generator.

The training loop seeds that generator before each batch from (seed, epoch, step), so the same
step always sees the same pictures. Rotation, scale, shift and flip are one affine map and one
resampling (kornia's RandomAffine takes 73 ms for 32 images of 64×64 on two cores, this 3 ms);
colour is kornia's.
"""

import math
from functools import lru_cache

import torch
from kornia.augmentation import ColorJiggle
from torch import Tensor
from torch.nn import functional

from model_export.recipes import Recipe


def augment(images: Tensor, recipe: Recipe) -> Tensor:
    """Warp and recolour each image by its own random amounts.

    Args:
        images: float32 (N, 3, H, W), RGB, 0..1.
        recipe: Says how much.

    Returns:
        The same shape and range.
    """
    if recipe.rotation_degrees or recipe.scale or recipe.shift or recipe.flip:
        images = _warp(images, recipe)
    if recipe.colour:
        images = _jitter(recipe.colour)(images).clamp(0, 1)
    return images


def mix(inputs: Tensor, targets: Tensor, *, alpha: float) -> tuple[Tensor, Tensor]:
    """Mixup (Zhang et al. 2018, equation 1), one weight a batch.

    Args:
        inputs: float32 (N, C, H, W).
        targets: float32 (N, classes), rows sum to 1.
        alpha: Both parameters of the Beta distribution; above 0.

    Returns:
        Inputs and targets, each mixed with the batch in another order.
    """
    beta = torch.distributions.Beta(alpha, alpha)
    weight = float(beta.sample())
    order = torch.randperm(len(inputs), device=inputs.device)
    return (
        torch.lerp(inputs[order], inputs, weight),
        torch.lerp(targets[order], targets, weight),
    )


def _warp(images: Tensor, recipe: Recipe) -> Tensor:
    """Rotate, scale, shift, flip: grid_sample's map from output to input, both in -1..1."""
    count, _, height, width = images.shape
    angle, zoom, shift_x, shift_y = torch.empty(4, count).uniform_(-1, 1).unbind()
    angle = angle * math.radians(recipe.rotation_degrees)
    zoom = 1 + zoom * recipe.scale
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0) if recipe.flip else torch.ones(count)
    cosine, sine = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    aspect = height / width
    # A shift by a share of the size is twice that in coordinates that span -1..1.
    rows = (
        torch.stack([cosine * mirror, -sine * aspect, shift_x * 2 * recipe.shift], dim=1),
        torch.stack([sine / aspect * mirror, cosine, shift_y * 2 * recipe.shift], dim=1),
    )
    theta = torch.stack(rows, dim=1).to(images.device)  # (N, 2, 3)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)  # (N, H, W, 2)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


@lru_cache(maxsize=4)
def _jitter(strength: float) -> ColorJiggle:
    return ColorJiggle(strength, strength, strength, strength / 4, p=1.0)
