"""Checkpoint and measurements → the card that travels in the model file."""

import hashlib
from collections.abc import Mapping, Sequence

from desktop_app.core.records import CARD_SCHEMA, Accuracy, Card
from model_export.calibration import temperature_in
from model_export.checkpoints import Checkpoint, licence_in
from model_export.onnx_graph import network_weights
from model_export.resnet import ResNet
from model_export.storage import Storage, Weight, round_trip


def make_card(
    checkpoint: Checkpoint,
    network: ResNet,
    *,
    title: str = "",
    licence: str = "",
    source: str = "",
    accuracy: Sequence[Accuracy] = (),
    weights: Storage = "float32",
) -> Card:
    """Say what a model file is, from what made it.

    Args:
        checkpoint: What is exported.
        network: Its network.
        title: For people; data set and number of classes where empty.
        licence: Of the weights; what the training says where empty.
        source: Where the weights come from; the data set and date of the training where empty.
        accuracy: Measured through the program's own preprocessing.
        weights: How kernels are stored; the hash is over what they unfold to.
    """
    training = checkpoint.training
    data_set = str(training.get("data_set", ""))
    classes = len(checkpoint.labels)
    computed = {
        name: round_trip(value, weights) for name, value in network_weights(network).items()
    }
    return Card(
        schema=CARD_SCHEMA,
        title=title or f"{data_set or checkpoint.preset.name}: {classes} classes",
        labels=checkpoint.labels,
        preprocessing=checkpoint.preprocessing,
        layers=network.layer_records(checkpoint.preprocessing.height),
        training={**training, "weights_stored_as": weights},
        accuracy=tuple(accuracy),
        licence=licence or licence_in(training),
        source=source or f"trained on {data_set}, {training.get('date', 'date unknown')}",
        weights_sha256=weights_sha256(computed),
        temperature=temperature_in(training),
    )


def weights_sha256(weights: Mapping[str, Weight]) -> str:
    """Hash names, shapes and values, in the order of the names.

    Args:
        weights: Name → float32 values as computed; little-endian bytes are hashed, so that the
            figure is the same everywhere.
    """
    digest = hashlib.sha256()
    for name in sorted(weights):
        value = weights[name]
        digest.update(f"{name}{value.shape}".encode())
        digest.update(value.astype("<f4").tobytes())
    return digest.hexdigest()
