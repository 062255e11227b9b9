"""Weights that a run begins with: a checkpoint's or a model file's, with classes of its own.

Everything up to the dense layer is taken over as it is. Of the dense layer, the rows of labels
that both have; with the same labels in the same order, that is all of it, and the run begins with
the very network of the file. Rows of other labels begin at zero, as in "Big Transfer" (Kolesnikov
et al. 2020; ``zero_head`` in its code): a random row would send random gradients into features that
are worth keeping, before it has learnt anything itself.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from desktop_app.core.errors import LensError
from model_export.checkpoints import Checkpoint, licence_in, load_checkpoint
from model_export.exported_network import read_network
from model_export.presets import Preset
from model_export.resnet import ResNet

_HEAD = ("fc.weight", "fc.bias")


class UnfitWeightsError(LensError):
    """The file's weights are not those of the network that it describes."""

    code = "weights-unfit"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InitialWeights:
    """What a file gives to a run.

    Attributes:
        path: The file.
        sha256: Of the file.
        title: For people ("tiny-imagenet-200: 200 classes").
        licence: Of the weights, where the file says so; it binds what is made of them.
        checkpoint: Network, labels, preprocessing and weights, which fit the network.
    """

    path: Path
    sha256: str
    title: str
    licence: str
    checkpoint: Checkpoint

    def state(self, labels: tuple[str, ...]) -> dict[str, Tensor]:
        """The complete state of a network with these classes.

        Args:
            labels: One per class.

        Returns:
            Under the names of :class:`ResNet`'s state, sharing the file's tensors but for the
            dense layer's.
        """
        state = dict(self.checkpoint.weights)
        shared = self._shared_rows(labels)
        for name in _HEAD:
            source = state[name]
            rows = source.new_zeros((len(labels), *source.shape[1:]))
            rows[list(shared)] = source[list(shared.values())]
            state[name] = rows
        return state

    def facts(self, labels: tuple[str, ...]) -> dict[str, Any]:
        """What a checkpoint and a card say of where the run began.

        Args:
            labels: Of the run's classes.
        """
        return {
            "file": self.path.name,
            "title": self.title,
            "sha256": self.sha256,
            "licence": self.licence,
            "classes_taken_over": len(self._shared_rows(labels)),
        }

    def _shared_rows(self, labels: tuple[str, ...]) -> dict[int, int]:
        """Row of the new dense layer → row of the file's; a label that is there twice is none."""
        theirs = self.checkpoint.labels
        if labels == theirs:
            return {row: row for row in range(len(labels))}
        return {
            row: theirs.index(label) for row, label in enumerate(labels) if theirs.count(label) == 1
        }


def load_initial_weights(path: Path) -> InitialWeights:
    """Read a checkpoint (``best.pt``, ``last.pt``) or, where its name says so, an ``.onnx`` file.

    Raises:
        UnfitWeightsError: A tensor is missing, of another shape, one too many, or not finite.
        LensError: The file is missing, damaged or foreign.
    """
    if path.suffix.lower() == ".onnx":
        checkpoint, card = read_network(path)
        title, licence = card.title, card.licence
    else:
        checkpoint = load_checkpoint(path)
        data_set = checkpoint.training.get("data_set", checkpoint.preset.name)
        title, licence = (
            f"{data_set}: {len(checkpoint.labels)} classes",
            licence_in(checkpoint.training),
        )
    _check(checkpoint.weights, checkpoint.preset, path)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return InitialWeights(
        path=path, sha256=sha256, title=title, licence=licence, checkpoint=checkpoint
    )


def _check(weights: Mapping[str, Tensor], preset: Preset, path: Path) -> None:
    """Judge every tensor, in the order of computation, and name the first that does not fit."""
    with torch.device("meta"):
        network = ResNet(preset)
    keys = {id(module): key for key, module in network.named_modules()}
    left = set(weights)
    for name, module in network.named_layers().items():
        for attribute, wanted in module.state_dict().items():
            key = f"{keys[id(module)]}.{attribute}"
            found = weights.get(key)
            left.discard(key)
            why = _flaw(found, wanted)
            if why:
                raise _unfit(path, f"{name}.{attribute} {why}")
    if left:
        raise _unfit(path, f"{min(left)} has no place in a ResNet-{preset.depth}")


def _flaw(found: Tensor | None, wanted: Tensor) -> str:
    if found is None:
        return "is missing"
    if found.shape != wanted.shape:
        return f"has the shape {tuple(found.shape)}, not {tuple(wanted.shape)}"
    if not bool(torch.isfinite(found).all()):
        return "has values that are not finite"
    return ""


def _unfit(path: Path, why: str) -> UnfitWeightsError:
    return UnfitWeightsError(
        f"cannot start from {path}",
        why=f"its weights do not fit its own network: {why}",
        remedy="Export or train it again.",
    )
