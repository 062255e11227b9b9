"""What can be evaluated: a checkpoint or a model file, each as the same kind of thing."""

from dataclasses import replace
from pathlib import Path

import torch

from desktop_app.core.errors import ProviderError
from desktop_app.core.model_file import load_model
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.core.records import Tensor
from desktop_app.core.sessions import ModelSessions
from model_export.calibration import temperature_in
from model_export.checkpoints import Checkpoint, load_checkpoint, load_network
from model_export.classified import Classifier
from model_export.presets import PresetError

_ZIP_MAGIC = b"PK"


def open_classifier(
    path: Path, provider: ProviderChoice = "auto", *, image_size: int | None = None
) -> Classifier:
    """Open a checkpoint or a model file, whichever it is.

    Args:
        path: The file.
        provider: For a model file.
        image_size: For a checkpoint: pixels a side, instead of its own.

    Raises:
        PresetError: The image size is impossible.
        ProviderError: CUDA was asked for and cannot run it.
        LensError: It is neither, or damaged.
    """
    try:
        with path.open("rb") as file:
            is_checkpoint = file.read(2) == _ZIP_MAGIC  # how torch.save packs
    except OSError:
        is_checkpoint = path.suffix != ".onnx"  # the reader of its kind says what is wrong
    if is_checkpoint:
        if provider == "cuda":
            # PyTorch's convolutions round to TF32 on a GPU: figures of another network.
            raise ProviderError(
                f"cannot evaluate {path} on CUDA",
                why="a checkpoint is measured on the CPU, in full float32",
                remedy="Leave --provider out, or export it and evaluate the model file.",
            )
        checkpoint = load_checkpoint(path)
        if image_size is not None:
            checkpoint = checkpoint.at_image_size(image_size)
        return of_checkpoint(checkpoint)
    if image_size is not None:
        raise PresetError(
            f"cannot evaluate {path} at another image size",
            why="a model file has the size that it was exported for",
            remedy="Evaluate the checkpoint, and export it with --image-size.",
        )
    return of_model_file(path, provider)


def of_checkpoint(checkpoint: Checkpoint) -> Classifier:
    """The network in PyTorch, on the CPU."""
    network = load_network(checkpoint)

    def run(batch: Tensor) -> Tensor:
        with torch.inference_mode():
            found: Tensor = network.probabilities(network(torch.from_numpy(batch))).numpy()
        return found

    return Classifier(
        labels=checkpoint.labels,
        preprocessing=checkpoint.preprocessing,
        run=run,
        temperature=temperature_in(checkpoint.training),
    )


def of_model_file(path: Path, provider: ProviderChoice = "auto") -> Classifier:
    """The file as the program runs it.

    Raises:
        ProviderError: CUDA was asked for and cannot run it.
    """
    model = load_model(path)
    sessions = ModelSessions(replace(model, temperature=1.0), provider, strict=True)
    return Classifier(
        labels=model.labels,
        preprocessing=model.preprocessing,
        run=sessions.probabilities,
        temperature=model.temperature,
        labels_are_known=not any(text.startswith("Labels") for text in model.assumptions),
    )
