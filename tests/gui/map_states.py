"""States with known maps, for the views that show pictures and maps."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from desktop_app.core.records import (
    Activations,
    FileSource,
    Image,
    Layer,
    Model,
    Pixels,
    Preprocessing,
    Tensor,
    read_only,
)
from desktop_app.state import ImageEntry, LensState, Shown, ViewOptions


def maps_of(*shape: int, seed: int = 1) -> Tensor:
    """Maps as after a ReLU: about half of the values are zero."""
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32).clip(min=0)
    return read_only(values)


def striped(width: int = 40, height: int = 30) -> Pixels:
    """A picture whose left half is red and whose right half is blue."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[:, : width // 2] = (255, 0, 0)
    pixels[:, width // 2 :] = (0, 0, 255)
    return read_only(pixels)


def model_of(
    values: Mapping[str, NDArray[np.float32]],
    *,
    spec: Preprocessing | None = None,
    labels: tuple[str, ...] = ("zero", "one", "two"),
) -> Model:
    layers = tuple(
        Layer(name=name, kind="other", stage=None, block=None, role="branch", shape=maps.shape)
        for name, maps in values.items()
    )
    return Model(
        name="signs",
        path=Path("signs.onnx"),
        title="Signs",
        labels=labels,
        preprocessing=spec or Preprocessing(height=30, width=30),
        layers=layers,
        input_name="image",
        output_name="probabilities",
        logits_name="fc3",
        output_is_probabilities=True,
    )


def state_of(
    values: Mapping[str, Tensor],
    *,
    layer: str,
    channel: int = 0,
    options: ViewOptions | None = None,
    pixels: "Pixels | None" = None,
    spec: Preprocessing | None = None,
) -> LensState:
    """A state with one picture on screen, whose activations are ``values``."""
    image = Image(striped() if pixels is None else pixels, "dog.jpg", (40, 30))
    return LensState(
        model=model_of(values, spec=spec),
        entries=(ImageEntry(1, FileSource(Path("dog.jpg")), "ready"),),
        shown=Shown(1, image, activations=Activations(values=dict(values), run_ms=1.0)),
        layer=layer,
        channel=channel,
        options=options or ViewOptions(),
        next_number=2,
    )


def without_activations(state: LensState) -> LensState:
    assert state.shown is not None
    return replace(state, shown=replace(state.shown, activations=None))


def painted(widget: QWidget) -> QImage:
    """What ``widget`` paints, one pixel per device-independent pixel on every screen."""
    image = widget.grab().toImage()
    image.setDevicePixelRatio(1)
    return image.scaled(widget.size())
