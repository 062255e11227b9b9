"""Keras's own ResNets, in the original authors' code, with random weights and what they answer.

Run as a script in a process of its own: Keras chooses its backend when it is imported, and reads
and writes a home. Writes, for ``applications`` (keras.applications.ResNet50 as it is) and
``chollet`` (the functional model of fchollet/deep-learning-models, an eighth as wide), the
published layout ``NAME.h5`` and the answers ``NAME.npz``, and of the second also
``chollet_model.h5`` (a whole model) and ``chollet.weights.h5`` (Keras 3's layout).
"""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import h5py
import keras
import numpy as np
import torch
from keras import layers

from tests.foreign_weights import CLASSES, EIGHTH, SIZE, Reference, pictures, save_reference, unlike

SCALE = 60.0
"""Of the pictures: bytes less their mean."""


def chollet() -> Any:
    """ResNet50 of deep-learning-models/resnet50.py, today's spelling of its layers."""
    image = keras.Input((SIZE, SIZE, 3))
    x = layers.ZeroPadding2D((3, 3))(image)
    x = layers.Conv2D(64, (7, 7), strides=(2, 2), name="conv1")(x)
    x = layers.BatchNormalization(axis=3, name="bn_conv1")(x)
    x = layers.Activation("relu")(x)
    x = layers.MaxPooling2D((3, 3), strides=(2, 2))(x)
    for stage, letters in ((2, "abc"), (3, "abcd"), (4, "abcdef"), (5, "abc")):
        for letter in letters:
            stride = 2 if letter == "a" and stage > 2 else 1
            x = chollet_block(x, stage, letter, stride, projects=letter == "a")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return keras.Model(image, layers.Dense(CLASSES, name="fc1000")(x))


def chollet_block(x: Any, stage: int, letter: str, stride: int, *, projects: bool) -> Any:
    """Its conv_block where it projects, else its identity_block."""
    f1, f2, f3 = EIGHTH[stage]
    conv, norm = f"res{stage}{letter}_branch", f"bn{stage}{letter}_branch"
    y = layers.Conv2D(f1, (1, 1), strides=stride, name=f"{conv}2a")(x)
    y = layers.BatchNormalization(axis=3, name=f"{norm}2a")(y)
    y = layers.Activation("relu")(y)
    y = layers.Conv2D(f2, 3, padding="same", name=f"{conv}2b")(y)
    y = layers.BatchNormalization(axis=3, name=f"{norm}2b")(y)
    y = layers.Activation("relu")(y)
    y = layers.Conv2D(f3, (1, 1), name=f"{conv}2c")(y)
    y = layers.BatchNormalization(axis=3, name=f"{norm}2c")(y)
    if projects:
        x = layers.Conv2D(f3, (1, 1), strides=stride, name=f"{conv}1")(x)
        x = layers.BatchNormalization(axis=3, name=f"{norm}1")(x)
    return layers.Activation("relu")(layers.Add()([y, x]))


def answer(model: Any) -> Reference:
    """Give biases and statistics values like those of training, then ask."""
    random = np.random.default_rng(0)
    images = pictures(scale=SCALE)
    last = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    norms = [la for la in model.layers if isinstance(la, layers.BatchNormalization)]
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D | layers.Dense):
            layer.bias.assign(random.normal(0, 0.1, layer.bias.shape))
    for norm in norms:
        norm.momentum = 0.0
    with torch.no_grad():
        model(last, training=True)
        for norm in norms:
            norm.set_weights(unlike(*norm.get_weights()[2:], random))
        logits = keras.ops.convert_to_numpy(model(last, training=False))
    return Reference(images=images, logits=logits)


def save_as_published(model: Any, path: Path) -> None:
    """Weights alone, a group per layer: the inside of what Keras writes for a whole model."""
    whole = path.with_name(f"{path.stem}_model.h5")
    model.save(whole)
    with h5py.File(whole) as source, h5py.File(path, "w") as target:
        weights = source["model_weights"]
        for name in weights:
            weights.copy(name, target)
        for name, value in weights.attrs.items():
            target.attrs[name] = value


def main(folder: Path) -> None:
    """Write everything into ``folder``."""
    keras.utils.set_random_seed(0)
    shape = (SIZE, SIZE, 3)
    applications = keras.applications.ResNet50(
        weights=None, input_shape=shape, classes=CLASSES, classifier_activation=None
    )
    save_reference(folder / "applications.npz", answer(applications))
    save_as_published(applications, folder / "applications.h5")
    original = chollet()
    save_reference(folder / "chollet.npz", answer(original))
    save_as_published(original, folder / "chollet.h5")
    original.save_weights(folder / "chollet.weights.h5")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
