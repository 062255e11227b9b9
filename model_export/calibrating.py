"""Where the temperature of a checkpoint comes from: a fit at the end of training, or at export."""

from dataclasses import replace

import numpy as np
import torch

from desktop_app.core.predictions import log_of
from desktop_app.core.records import Preprocessing, Tensor
from model_export.calibration import Calibration, fit_temperature
from model_export.checkpoints import Checkpoint, load_network
from model_export.classified import Classified, classify_split
from model_export.classifiers import of_checkpoint
from model_export.datasets import DataSet, WrongDataSetError
from model_export.measuring import normalise
from model_export.prepared_images import LabelledPixels


def calibrate_on(classified: Classified) -> Calibration:
    """Fit on images that went through the program, which must not have been trained on."""
    return fit_temperature(log_of(classified.probabilities), classified.targets)


def calibrate_on_val(
    checkpoint: Checkpoint, data_set: DataSet | None, *, progress: bool = False
) -> Checkpoint:
    """The checkpoint with a temperature fitted on ``val``; never on ``test`` or training images.

    Args:
        checkpoint: Any temperature that it has is replaced.
        data_set: Whose ``val`` images the checkpoint was not trained on.
        progress: Whether to show a bar on standard error.

    Raises:
        WrongDataSetError: There are no ``val`` images, or their labels are others.
    """
    if data_set is None or not len(data_set.splits.get("val", ())):
        raise WrongDataSetError(
            "cannot calibrate the model",
            why="no data set was given" if data_set is None else f"{data_set.name} has no val/",
            remedy="Give a data set with val/, images that the model was not trained on.",
        )
    classifier, val = of_checkpoint(checkpoint), data_set.split("val")
    classified = classify_split(classifier, data_set, val, progress=progress)
    return with_calibration(checkpoint, calibrate_on(classified), on=classified.name)


def calibrate_checkpoint(
    checkpoint: Checkpoint, held_out: LabelledPixels, *, on: str, device: str = "cpu"
) -> Checkpoint:
    """The checkpoint with a temperature fitted on the images that its training watched.

    Args:
        checkpoint: Its weights for inference are measured.
        held_out: One image or more, prepared for the checkpoint's preprocessing.
        on: Name of the images, for people.
        device: Where to run the network.
    """
    network = load_network(checkpoint).to(device)
    logits = held_out_logits(network, held_out, checkpoint.preprocessing, device=device)
    return with_calibration(checkpoint, fit_temperature(logits, held_out.targets), on=on)


def with_calibration(checkpoint: Checkpoint, calibration: Calibration, *, on: str) -> Checkpoint:
    """The checkpoint with these facts in place of older ones."""
    facts = {**checkpoint.training, "calibration": calibration.facts(on)}
    return replace(checkpoint, training=facts)


@torch.inference_mode()
def held_out_logits(
    network: torch.nn.Module,
    images: LabelledPixels,
    preprocessing: Preprocessing,
    *,
    device: str = "cpu",
    batch_size: int = 64,
) -> Tensor:
    """What a network in evaluation mode gives: float32 (N, classes), on the CPU."""
    parts = []
    for start in range(0, len(images), batch_size):
        pixels = torch.tensor(images.pixels[start : start + batch_size], device=device).float()
        inputs = normalise(pixels, preprocessing).contiguous(memory_format=torch.channels_last)
        parts.append(network(inputs).float().cpu().numpy())
    return np.concatenate(parts)
