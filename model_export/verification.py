"""The proof that a model file computes what its checkpoint does.

Names, then dynamic axes, then shapes, then weights, then values: each step presupposes those
before it, and each failure is an error of its own that names the first layer that is wrong. Values
are compared image by image and layer by layer: PyTorch on one side, the program's own decoding,
preprocessing and sessions on the other, without the card's temperature, which belongs to the
program and not to the graph. PyTorch computes with the file's rounded weights, or else a fault as
small as the rounding would pass; what the rounding itself costs is judged last, against the
checkpoint's own weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from desktop_app.core.model_file import describe_model
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import Image, Layer, LayerKind, Tensor
from desktop_app.core.sessions import ModelSessions
from model_export.checkpoints import Checkpoint, load_network
from model_export.graph_checks import (
    check_axes,
    check_card,
    check_names,
    check_shapes,
    check_weights,
)
from model_export.mismatches import RoundingError, ValuesDifferError, mismatch
from model_export.proof_images import MADE
from model_export.resnet import ResNet
from model_export.storage import Storage, Weight

LAYER_TOLERANCE: Final = 1e-4
"""Of a layer's largest value. Float32 sums in another order differ by some 1e-6."""
PROBABILITY_TOLERANCE: Final = 1e-4
DRIFT_LIMITS: Final[Mapping[Storage, float]] = {"float32": 1e-4, "float16": 1e-3, "int8": 0.03}
"""How far storage may move a probability from the checkpoint's own: for float32, which rounds
nothing, the tolerance above; for the others two to three times the largest drift of five trained
SIGNS networks (float16: 0.00031, int8: 0.0136; ADR 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The worst of all layers of one kind.

    Attributes:
        kind: Of the layers.
        layers: How many there are.
        worst: The layer that differs most.
        relative: Largest difference over the layer's largest value (of probabilities: over 1),
            of all images.
    """

    kind: LayerKind
    layers: int
    worst: str
    relative: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was proved, and by how much.

    Attributes:
        images: On how many.
        origin: Of the images: ``data set/split``, empty for made pictures.
        layers: How many named tensors were compared.
        stored_as: How the file stores its kernels.
        differences: One per kind of layer, in the order of first appearance.
        probability: Largest difference of a probability.
        drift: Largest difference of a probability from the checkpoint before its weights were
            rounded for storage; what rounding costs.
        turned: Images whose likeliest class rounding changed. The checkpoint holds the two classes
            within twice ``drift`` of each other, or it could not have.
    """

    images: int
    origin: str
    layers: int
    stored_as: Storage
    differences: tuple[Difference, ...]
    probability: float
    drift: float
    turned: int


def verify(
    checkpoint: Checkpoint, path: Path, images: Sequence[Image], *, origin: str = MADE
) -> Verification:
    """Prove that the file at ``path`` computes what ``checkpoint`` does.

    Args:
        checkpoint: The network in PyTorch.
        path: The model file.
        images: What to compare on, one or more.
        origin: Where they are from, for the record.

    Raises:
        VerificationError: One of its kinds, for the first thing that is wrong; of these
            ``RoundingError`` when a probability is further from the one that the checkpoint's own
            weights give than ``DRIFT_LIMITS`` allows.
        LensError: The file cannot be read or run at all.
    """
    proto = read_onnx(path)
    spec = checkpoint.preprocessing
    network = load_network(checkpoint)
    layers = network.layer_records(spec.height)
    check_names(proto, layers)
    model = describe_model(proto, path)
    check_card(model, layers, checkpoint)
    check_axes(proto)
    check_shapes(proto, layers, (3, spec.height, spec.width))
    storage, weights = check_weights(proto, model, network)
    del proto
    tensors = [preprocess(image, spec) for image in images]
    batch = np.concatenate(tensors)
    unrounded = _probabilities(network, batch)
    _put_weights(network, weights)
    sessions = ModelSessions(replace(model, temperature=1.0), "cpu")
    worst = _compare_layers(network, sessions, tensors, layers)
    found = sessions.probabilities(batch)
    difference = _compare_probabilities(found, _probabilities(network, batch))
    drift = _judge_rounding(found, unrounded, storage)
    return Verification(
        images=len(images),
        origin=origin,
        layers=len(layers),
        stored_as=storage,
        differences=_by_kind(layers, worst),
        probability=difference,
        drift=drift,
        turned=int((found.argmax(axis=1) != unrounded.argmax(axis=1)).sum()),
    )


def _probabilities(network: ResNet, batch: Tensor) -> Tensor:
    with torch.inference_mode():
        found: Tensor = network.probabilities(network(torch.from_numpy(batch))).numpy()
    return found


def _put_weights(network: ResNet, weights: Mapping[str, Weight]) -> None:
    """Give the network the file's rounded weights; the checkpoint's tensors stay as they are."""
    for name, module in network.named_layers().items():
        for attribute, parameter in module.named_parameters():
            parameter.data = torch.from_numpy(weights[f"{name}.{attribute}"])


def _compare_layers(
    network: ResNet, sessions: ModelSessions, tensors: Sequence[Tensor], layers: Sequence[Layer]
) -> dict[str, float]:
    """Every layer's worst relative difference; image by image, to keep memory small."""
    worst = dict.fromkeys((layer.name for layer in layers), 0.0)
    for number, tensor in enumerate(tensors, start=1):
        with torch.inference_mode():
            expected = network.forward_named(torch.from_numpy(tensor))
        found = sessions.activations(tensor, exact=True).values
        for layer in layers:
            ours = expected[layer.name].numpy().reshape(found[layer.name].shape)
            # A probability is a share of 1, also where no class is likely.
            scale = 1.0 if layer.kind == "softmax" else float(np.abs(ours).max())
            relative = _relative(float(np.abs(found[layer.name] - ours).max()), scale)
            if not relative <= LAYER_TOLERANCE:  # also of not-a-number
                why = f"on image {number} it differs by {relative:.3g} of its largest value"
                raise mismatch(ValuesDifferError, layer.name, why)
            worst[layer.name] = max(worst[layer.name], relative)
    return worst


def _relative(difference: float, scale: float) -> float:
    """The quotient; 0 where a layer is all zero on both sides."""
    if scale == 0:
        return float("inf") if difference > 0 else 0.0
    return difference / scale


def _compare_probabilities(found: Tensor, expected: Tensor) -> float:
    """Of the fully optimised session on the whole batch, as the program classifies."""
    difference = float(np.abs(found - expected).max())
    if not difference <= PROBABILITY_TOLERANCE:
        why = f"those of the optimised session differ by {difference:.3g}"
        raise mismatch(ValuesDifferError, "probabilities", why)
    if (found.argmax(axis=1) != expected.argmax(axis=1)).any():
        raise mismatch(ValuesDifferError, "probabilities", "an image's likeliest class differs")
    return difference


def _judge_rounding(found: Tensor, unrounded: Tensor, storage: Storage) -> float:
    """The largest change of a probability, where it is bearable.

    That bounds changed answers too: only classes closer than twice the drift can change places.
    """
    drift = float(np.abs(found - unrounded).max())
    if not drift <= DRIFT_LIMITS[storage]:
        raise RoundingError(
            f"stored as {storage}, they move a probability by {drift:.2g}, "
            f"more than {DRIFT_LIMITS[storage]:g}"
        )
    return drift


def _by_kind(layers: Sequence[Layer], worst: Mapping[str, float]) -> tuple[Difference, ...]:
    differences: list[Difference] = []
    for kind in dict.fromkeys(layer.kind for layer in layers):
        names = [layer.name for layer in layers if layer.kind == kind]
        name = max(names, key=lambda name: worst[name])
        differences.append(
            Difference(kind=kind, layers=len(names), worst=name, relative=worst[name])
        )
    return tuple(differences)
