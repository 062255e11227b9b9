"""Loss and accuracy of a network on prepared images, as training watches them."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from desktop_app.core.records import Preprocessing
from model_export.prepared_images import LabelledPixels
from model_export.ranks import Ranks
from model_export.recipes import Precision


def normalise(pixels: Tensor, preprocessing: Preprocessing) -> Tensor:
    """The numbers of the card, on a batch whose geometry is already right.

    Args:
        pixels: float32 (N, 3, H, W), RGB, 0..255.
        preprocessing: Its channel order, scale, mean and std are applied.
    """
    if preprocessing.channel_order == "BGR":
        pixels = pixels.flip(1)
    mean = pixels.new_tensor(preprocessing.mean).view(1, -1, 1, 1)
    std = pixels.new_tensor(preprocessing.std).view(1, -1, 1, 1)
    return (pixels * preprocessing.scale - mean) / std


def autocast(device: str, precision: Precision) -> torch.autocast:
    """A context in which convolutions and products compute in ``precision``."""
    dtype: torch.dtype = getattr(torch, precision)
    return torch.autocast(torch.device(device).type, dtype, enabled=precision != "float32")


@torch.inference_mode()
def measure(
    network: torch.nn.Module,
    images: LabelledPixels,
    preprocessing: Preprocessing,
    *,
    ranks: Ranks,
    precision: Precision = "float32",
    batch_size: int = 64,
) -> tuple[float, float]:
    """(cross entropy, top-1 accuracy in 0..1), in evaluation mode; each process takes a share."""
    was_training = network.training
    network.eval()
    loss, correct = 0.0, 0
    own = np.asarray(ranks.share(range(len(images))))
    for start in range(0, len(own), batch_size):
        part = own[start : start + batch_size]
        pixels = torch.tensor(images.pixels[part], device=ranks.device).float()
        inputs = normalise(pixels, preprocessing).contiguous(memory_format=torch.channels_last)
        targets = torch.tensor(images.targets[part], device=ranks.device)
        with autocast(ranks.device, precision):
            logits = network(inputs).float()
        loss += float(functional.cross_entropy(logits, targets, reduction="sum"))
        correct += int((logits.argmax(1) == targets).sum())
    network.train(was_training)
    loss, right = ranks.sum(loss, correct)
    return loss / len(images), right / len(images)
