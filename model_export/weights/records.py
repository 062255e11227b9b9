"""What a source gives, as frozen values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from torch import Tensor

from desktop_app.core.records import Preprocessing
from model_export.presets import Preset

SourceName = Literal["keras", "torchvision", "timm", "huggingface"]
Subject = Literal["network", "preprocessing", "licence"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredTensor:
    """A tensor that still lies in its file, so that shapes are judged before anything is read.

    Attributes:
        shape: In the file's own order of axes.
        is_float: Whether it holds floating-point numbers.
        read: Gives it as float32, in the file's own order of axes.
    """

    shape: tuple[int, ...]
    is_float: bool
    read: Callable[[], Tensor] = field(repr=False)


Tensors = Mapping[str, StoredTensor]
"""By their names in the file, in the file's order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceWeights:
    """Weights with all that comes with them.

    Attributes:
        file: What was read.
        preset: Which network.
        state: Of :class:`model_export.resnet.ResNet`, float32.
        preprocessing: How an image becomes the input tensor.
        labels: One per class; None where the source leaves them to the reader.
        title: For people ("ResNet-50 of torchvision, IMAGENET1K_V2").
        licence: SPDX identifier, or as the source says it.
        source: Where the weights come from.
        assumptions: What the file does not say and was taken from its source's habits: about
            what → a phrase.
    """

    file: Path
    preset: Preset
    state: Mapping[str, Tensor] = field(repr=False)
    preprocessing: Preprocessing
    labels: tuple[str, ...] | None = None
    title: str
    licence: str
    source: str
    assumptions: Mapping[Subject, str] = field(default_factory=dict)
