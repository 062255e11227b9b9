"""Random changes to a batch of training images, drawn from torch's global generator.

The training loop seeds that generator before each batch from (seed, epoch, step), so the same
step always sees the same pictures. Crop, rotation, scale, shift and flip are one affine map and one
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


def augment(images: Tensor, recipe: Recipe, size: int) -> Tensor:
    """Crop, warp and recolour each image by its own random amounts.

    Args:
        images: float32 (N, 3, S, S), RGB, 0..1.
        recipe: Says how much.
        size: Height and width of the result, in pixels.

    Returns:
        float32 (N, 3, size, size), 0..1.
    """
    factor = images.shape[-1] // size
    if factor > 1:  # the warp looks at 2×2 pixels for each of its own and would miss the others
        images = functional.avg_pool2d(images, factor)
    still = not (recipe.rotation_degrees or recipe.scale or recipe.shift or recipe.flip)
    if not still or recipe.crop_area < 1 or images.shape[2:] != (size, size):
        images = _warp(images, recipe, size)
    if recipe.colour:
        images = _jitter(recipe.colour)(images).clamp(0, 1)
    return images


def mix(inputs: Tensor, targets: Tensor, recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Mixup or CutMix, as the recipe says; one weight a batch.

    Args:
        inputs: float32 (N, C, H, W).
        targets: float32 (N, classes), rows sum to 1.
        recipe: Its ``mixup_alpha`` and ``cutmix_alpha`` count.

    Returns:
        Inputs and targets, each mixed with the batch in another order.
    """
    alphas = (recipe.mixup_alpha, recipe.cutmix_alpha)
    if not any(alphas):
        return inputs, targets
    cut = bool(torch.rand(()) < 0.5) if all(alphas) else bool(recipe.cutmix_alpha)
    alpha = alphas[cut]
    weight = float(torch.distributions.Beta(alpha, alpha).sample())
    order = torch.randperm(len(inputs)).to(inputs.device)
    if cut:
        inputs, weight = _paste(inputs, inputs[order], weight)
    else:
        inputs = torch.lerp(inputs[order], inputs, weight)
    return inputs, torch.lerp(targets[order], targets, weight)


def _paste(inputs: Tensor, others: Tensor, weight: float) -> tuple[Tensor, float]:
    """CutMix (Yun et al. 2019, section 3.1): a box of ``others`` in ``inputs``.

    Returns:
        The pictures, and the share of them that is still their own.
    """
    height, width = inputs.shape[2:]
    side = math.sqrt(1 - weight)
    centre_y, centre_x = (torch.rand(2) * torch.tensor([height, width])).tolist()
    top, bottom = (_within(centre_y + sign * side * height / 2, height) for sign in (-1, 1))
    left, right = (_within(centre_x + sign * side * width / 2, width) for sign in (-1, 1))
    pasted = inputs.clone()
    pasted[:, :, top:bottom, left:right] = others[:, :, top:bottom, left:right]
    return pasted, 1 - (bottom - top) * (right - left) / (height * width)


def _within(position: float, length: int) -> int:
    return max(0, min(length, round(position)))


def _warp(images: Tensor, recipe: Recipe, size: int) -> Tensor:
    """Crop, rotate, scale, shift, flip: grid_sample's map from output to input, both in -1..1."""
    count = len(images)
    angle, zoom, shift_x, shift_y = torch.empty(4, count).uniform_(-1, 1).unbind()
    angle = angle * math.radians(recipe.rotation_degrees)
    zoom = 1 + zoom * recipe.scale
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0) if recipe.flip else torch.ones(count)
    crop_x, crop_y, centre_x, centre_y = _crops(count, recipe.crop_area)
    cosine, sine = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    # A shift by a share of the size is twice that in coordinates that span -1..1.
    shift_x = centre_x + shift_x * 2 * recipe.shift
    shift_y = centre_y + shift_y * 2 * recipe.shift
    rows = (
        torch.stack([cosine * mirror * crop_x, -sine * crop_y, shift_x], dim=1),
        torch.stack([sine * mirror * crop_x, cosine * crop_y, shift_y], dim=1),
    )
    theta = torch.stack(rows, dim=1).to(images.device)  # (N, 2, 3)
    grid = functional.affine_grid(theta, [count, 3, size, size], align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _crops(count: int, smallest_area: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Random crops: width and height as shares of the image, and their centres in -1..1.

    Areas are uniform, aspect ratios log-uniform in 3/4..4/3, or nearer to 1 where a side would be
    longer than the image's.
    """
    if smallest_area == 1:
        whole, middle = torch.ones(count), torch.zeros(count)
        return whole, whole, middle, middle
    side = torch.empty(count).uniform_(smallest_area, 1).sqrt()
    stretch = torch.exp(torch.empty(count).uniform_(-1, 1) * math.log(4 / 3) / 2)
    stretch = stretch.clamp(side, 1 / side)
    crop_x, crop_y = side * stretch, side / stretch
    centre_x, centre_y = torch.empty(2, count).uniform_(-1, 1).unbind()
    return crop_x, crop_y, centre_x * (1 - crop_x), centre_y * (1 - crop_y)


@lru_cache(maxsize=4)
def _jitter(strength: float) -> ColorJiggle:
    return ColorJiggle(strength, strength, strength, strength / 4, p=1.0)
