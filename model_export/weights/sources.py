"""Any public source → what a training run would have left behind: a checkpoint.

From here on imported weights go the way of our own: export, proof, card.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from desktop_app.core.records import Preprocessing
from model_export.checkpoints import Checkpoint
from model_export.weights.huggingface import read_hugging_face
from model_export.weights.keras import read_keras
from model_export.weights.published import file_digest
from model_export.weights.records import SourceName, SourceWeights
from model_export.weights.timm import read_timm
from model_export.weights.torchvision import read_torchvision

READERS: Final[Mapping[SourceName, Callable[[Path], SourceWeights]]] = {
    "keras": read_keras,
    "torchvision": read_torchvision,
    "timm": read_timm,
    "huggingface": read_hugging_face,
}


def as_checkpoint(
    weights: SourceWeights,
    *,
    origin: SourceName,
    labels: tuple[str, ...],
    preprocessing: Preprocessing,
) -> Checkpoint:
    """Weights of others, as if one of our runs had left them.

    The card's ``training`` tells the file, its SHA-256, and what had to be assumed.

    Args:
        weights: As read.
        origin: Their source.
        labels: One per class.
        preprocessing: The source's, or what the caller chose instead.

    Raises:
        WeightsError: The file cannot be read any more.
    """
    facts: dict[str, object] = {
        "preset": weights.preset.name,
        "imported_from": origin,
        "weights_file": weights.file.name,
        "weights_file_sha256": file_digest(weights.file),
    }
    if weights.assumptions:
        facts["assumptions"] = dict(weights.assumptions)
    return Checkpoint(
        preset=replace(weights.preset, image_size=preprocessing.height),
        labels=labels,
        preprocessing=preprocessing,
        weights=weights.state,
        training=facts,
    )
