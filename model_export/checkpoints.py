"""Checkpoints: what a training run leaves behind, for export and for resuming.

A checkpoint holds tensors and plain containers only and is read with ``weights_only=True``, so a
foreign file cannot run code. It is written beside its place and moved there in one step: a kill
at any moment leaves the old or the new file, never half of one.
"""

import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from desktop_app.core.atomic import replacing
from desktop_app.core.errors import LensError, OutputError
from desktop_app.core.records import Preprocessing
from model_export.presets import Preset, PresetError, preset_from_dict
from model_export.resnet import ResNet

FORMAT: Final = "residual-lens checkpoint"
VERSION: Final = 1


class CheckpointError(LensError):
    """The file is no checkpoint of this program, or a damaged one."""

    code = "checkpoint-unreadable"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """A network with everything needed to use it, and to train it on.

    Attributes:
        preset: Which network.
        labels: One per class.
        preprocessing: How an image becomes its input tensor.
        weights: State of the network for inference (averaged weights where the recipe says so).
        training: Facts for the model's card: data set, sizes, preset, recipe, seed, commit, date.
        run: State of the run, to resume it: absent in ``best.pt``.
    """

    preset: Preset
    labels: tuple[str, ...]
    preprocessing: Preprocessing
    weights: Mapping[str, Tensor] = field(repr=False)
    training: Mapping[str, Any]
    run: Mapping[str, Any] | None = field(default=None, repr=False)

    def at_image_size(self, image_size: int) -> "Checkpoint":
        """The same network for images of another size, in pixels a side.

        The global average pool takes any size. Random crops show things larger than whole images
        do, so a network trained on crops is often better at a size above its training's (Touvron
        et al. 2019, "Fixing the train-test resolution discrepancy"). A temperature that was fitted
        at the old size is left behind.

        Raises:
            PresetError: The size is too small.
        """
        seen = self.preprocessing
        if image_size == seen.height:
            return self
        kept = {name: value for name, value in self.training.items() if name != "calibration"}
        shorter_side = seen.shorter_side and round(image_size * seen.shorter_side / seen.height)
        return replace(
            self,
            preset=replace(self.preset, image_size=image_size),
            preprocessing=replace(
                seen, height=image_size, width=image_size, shorter_side=shorter_side
            ),
            training={**kept, "trained_at_size": seen.height},
            run=None,
        )


def licence_in(training: Mapping[str, Any]) -> str:
    """The licence of weights: as the training was told, else that of the weights it began with."""
    begun = training.get("initial_weights") or {}
    return str(training.get("licence") or begun.get("licence") or "")


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write atomically.

    Raises:
        OutputError: The folder is missing, full or not writable.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "preset": checkpoint.preset.as_dict(),
        "labels": list(checkpoint.labels),
        "preprocessing": asdict(checkpoint.preprocessing),
        "weights": dict(checkpoint.weights),
        "training": dict(checkpoint.training),
        "run": None if checkpoint.run is None else dict(checkpoint.run),
    }
    try:
        with replacing(path) as file:
            torch.save(content, file)
    except RuntimeError as error:  # how torch reports a full disk
        raise OutputError(
            f"cannot write {path}",
            why=str(error).splitlines()[0],
            remedy="Free some space or choose another folder with --output.",
        ) from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint onto the CPU.

    Raises:
        CheckpointError: The file is missing, truncated, foreign, or of another version.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise _unreadable(path, "there is no such file") from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise _unreadable(path, "it is damaged or no PyTorch file") from error
    except (pickle.UnpicklingError, zipfile.BadZipFile, AttributeError, TypeError) as error:
        raise _unreadable(path, "it holds more than tensors and plain values") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _unreadable(path, "it was not written by model-export train")
    if content.get("version") != VERSION:
        raise _unreadable(path, f"it is of version {content.get('version')}, not {VERSION}")
    try:
        return Checkpoint(
            preset=preset_from_dict(content["preset"]),
            labels=tuple(content["labels"]),
            preprocessing=Preprocessing(**content["preprocessing"]),
            weights=content["weights"],
            training=content["training"],
            run=content["run"],
        )
    except (KeyError, TypeError, PresetError) as error:
        raise _unreadable(path, f"a part is missing or foreign ({error})") from error


def load_network(checkpoint: Checkpoint) -> ResNet:
    """The network in evaluation mode, float32, on the CPU.

    Raises:
        CheckpointError: The weights do not fit the preset.
    """
    with torch.device("meta"):
        network = ResNet(checkpoint.preset)
    try:
        network.load_state_dict(dict(checkpoint.weights), strict=True, assign=True)
    except RuntimeError as error:
        raise CheckpointError(
            "cannot use the checkpoint",
            why=f"its weights do not fit the preset {checkpoint.preset.name!r}",
            remedy="Train it again, or use the version of the program that wrote it.",
        ) from error
    return network.requires_grad_(requires_grad=False).eval()


def _unreadable(path: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"cannot read the checkpoint {path}",
        why=why,
        remedy="Give the best.pt or last.pt of a training run.",
    )
