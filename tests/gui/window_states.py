"""States for the window's frame: entries, a small residual model, a classification, notices."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from desktop_app.core.records import (
    Activations,
    Classification,
    FileSource,
    Image,
    Layer,
    Model,
    ModelListing,
    Prediction,
    Preprocessing,
    Provider,
    Timing,
    read_only,
)
from desktop_app.state import ImageEntry, LensState, Notice, Shown

CPU = Provider(name="cpu", reason="no NVIDIA driver found")
LABELS = ("golden retriever", "goldfish", "garbage truck", "tabby cat", "Persian cat")


def entries_of(count: int, *, first: int = 1) -> tuple[ImageEntry, ...]:
    """Waiting entries with ascending numbers."""
    return tuple(
        ImageEntry(number, FileSource(Path(f"/photos/IMG_{number:05}.jpg")))
        for number in range(first, first + count)
    )


def ready(entry: ImageEntry, label: str, probability: float) -> ImageEntry:
    return replace(entry, status="ready", top=Prediction(label, 0, probability))


def failed(entry: ImageEntry, sentence: str) -> ImageEntry:
    return replace(entry, status="failed", error=sentence)


def residual_layers(*, blocks: int = 2) -> tuple[Layer, ...]:
    """A stem, stage 2 with ``blocks`` blocks, and a head, in the contract's names."""
    layers = [layer_of("conv1", (4, 32, 32), stage=1, role="stem")]
    for letter in "abcdefghijklmnopqrstuvwxyz"[:blocks]:
        block = f"2{letter}"
        place: dict[str, Any] = {"stage": 2, "block": block}
        layers.append(layer_of(f"res{block}_branch2a", (4, 16, 16), **place))
        if letter == "a":
            layers.append(layer_of("res2a_branch1", (8, 16, 16), role="shortcut", **place))
        layers.append(layer_of(f"res{block}", (8, 16, 16), kind="add", role="sum", **place))
        layers.append(
            layer_of(f"res{block}_relu", (8, 16, 16), kind="relu", role="output", **place)
        )
    layers.append(layer_of("fc5", (5,), kind="dense", role="head"))
    return tuple(layers)


def foreign_layers(count: int) -> tuple[Layer, ...]:
    """Layers without a place, as of a file without a card."""
    return tuple(layer_of(f"/features/{i}/Conv_output_0", (16, 7, 7)) for i in range(count))


def layer_of(name: str, shape: tuple[int, ...], **rest: Any) -> Layer:
    """A convolution on a branch outside any block, but for what ``rest`` says."""
    usual = {"kind": "conv", "stage": None, "block": None, "role": "branch"}
    return Layer(name=name, shape=shape, **(usual | rest))


def model_of(
    layers: tuple[Layer, ...] | None = None, labels: tuple[str, ...] = LABELS, name: str = "pets"
) -> Model:
    return Model(
        name=name,
        path=Path(f"/models/{name}.onnx"),
        title=name.capitalize(),
        labels=labels,
        preprocessing=Preprocessing(height=64, width=64),
        layers=residual_layers() if layers is None else layers,
        input_name="image",
        output_name="probabilities",
        logits_name="fc5",
        output_is_probabilities=True,
    )


def listing(name: str) -> ModelListing:
    return ModelListing(
        name=name,
        path=Path(f"/models/{name}.onnx"),
        classes=5,
        image_size=64,
        default=False,
        source="",
        title=name.capitalize(),
    )


def classification_of(probabilities: Sequence[float]) -> Classification:
    return Classification(
        probabilities=read_only(np.array(probabilities, np.float32)),
        provider=CPU,
        timing=Timing(decode_ms=9.13, preprocess_ms=3.2, run_ms=41.75),
    )


def shown_state(
    probabilities: Sequence[float] = (0.712, 0.15, 0.1, 0.0376, 0.0004), *, count: int = 3
) -> LensState:
    """``count`` entries, the first of them on screen with its scores and all activations."""
    model = model_of()
    values = {
        layer.name: read_only(np.ones((*layer.shape, 1, 1)[:3], np.float32))
        for layer in model.layers
    }
    image = Image(read_only(np.full((30, 40, 3), 90, np.uint8)), "IMG_00001.jpg", (40, 30))
    shown = Shown(
        1,
        image,
        classification=classification_of(probabilities),
        activations=Activations(values=values, run_ms=57.4),
    )
    return LensState(
        models=(listing("pets"), listing("signs")),
        model=model,
        provider=CPU,
        entries=entries_of(count),
        shown=shown,
        layer="res2a_relu",
        next_number=count + 1,
    )


def notice(number: int, what: str = "Cannot open cat.jpg") -> Notice:
    return Notice(number, "error", what, "the file is empty", "Save it again.")
