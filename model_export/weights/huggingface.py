"""Hugging Face's ``ResNetForImageClassification``: weights, config.json, preprocessor_config.json.

config.json is needed: where a branch halves the map (``downsample_in_bottleneck``) leaves no trace
in the tensors.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from model_export.presets import BLOCKS_PER_STAGE, find_preset
from model_export.weights.containers import TORCH_CONTAINERS, open_tensors
from model_export.weights.conventions import HUGGING_FACE
from model_export.weights.errors import WeightsError, misfit
from model_export.weights.fitting import fit
from model_export.weights.hub_folder import (
    CONFIG,
    licence_beside,
    read_beside,
    unusable,
    weights_file,
)
from model_export.weights.hub_preprocessing import hugging_face_preprocessing
from model_export.weights.records import SourceWeights, Subject

_PREPROCESSOR: Final = "preprocessor_config.json"
_NEEDED: Final[Mapping[str, Any]] = {
    "model_type": "resnet",
    "layer_type": "bottleneck",
    "hidden_act": "relu",
    "downsample_in_first_stage": False,
}
_DEFAULTS: Final[Mapping[str, Any]] = {
    "layer_type": "bottleneck",
    "hidden_act": "relu",
    "downsample_in_first_stage": False,
    "depths": [3, 4, 6, 3],
}
"""transformers' ResNetConfig leaves out of the file what is default."""
_LICENCE: Final = "Apache-2.0"
_SOURCE: Final = "https://huggingface.co"


def read_hugging_face(path: Path) -> SourceWeights:
    """Read a transformers ResNet from its downloaded files.

    Args:
        path: The file of weights, or the folder with all of them.

    Raises:
        WeightsError: A file is missing or damaged, or says what cannot be used.
        MisfitError: It is another network's.
    """
    path = weights_file(path)
    with open_tensors(path, TORCH_CONTAINERS) as tensors:
        config = _read_config(path)
        strides_early = bool(config.get("downsample_in_bottleneck", False))
        preset = find_preset("huggingface-v1" if strides_early else "torchvision")
        fitted = fit(tensors, HUGGING_FACE, preset, file=path.name)
    settings = read_beside(path, _PREPROCESSOR)
    licence = licence_beside(path)
    assumptions: dict[Subject, str] = {}
    if settings is None:
        assumptions["preprocessing"] = (
            f"224 of 256, torchvision's: there is no {_PREPROCESSOR} beside the file"
        )
    if licence is None:
        assumptions["licence"] = (
            f"{_LICENCE}, that of microsoft/resnet-50: the weights come with none"
        )
    name = _hub_name(config)
    return SourceWeights(
        file=path,
        preset=fitted.preset,
        state=fitted.state,
        preprocessing=fitted.preset.preprocessing()
        if settings is None
        else hugging_face_preprocessing(settings, path.with_name(_PREPROCESSOR)),
        labels=_labels(config, fitted.preset.classes, path),
        title=f"ResNet-{fitted.preset.depth} of Hugging Face" + (f", {name}" if name else ""),
        licence=licence or _LICENCE,
        source=f"{_SOURCE}/{name}" if name else _SOURCE,
        assumptions=assumptions,
    )


def _read_config(path: Path) -> Mapping[str, Any]:
    """The config, once it is clear that the network is a plain one.

    Raises:
        WeightsError: It is missing or damaged.
        MisfitError: The network is not a plain bottleneck ResNet.
    """
    config = read_beside(path, CONFIG)
    if config is None:
        raise WeightsError(
            f"cannot import {path.name}",
            why=f"there is no {CONFIG} beside it, which says where the network halves its maps",
            remedy="Download the whole model into one folder.",
        )
    for name, needed in _NEEDED.items():
        found = config.get(name, _DEFAULTS.get(name))
        if found != needed:
            why = f"its {CONFIG} says {name} {found!r}, and a plain ResNet has {needed!r}"
            raise misfit(path.name, "", why)
    if config.get("problem_type") == "multi_label_classification":
        why = f"its {CONFIG} says that an image may have several classes, and a softmax picks one"
        raise misfit(path.name, "", why)
    depths = config.get("depths", _DEFAULTS["depths"])
    if depths not in [list(blocks) for blocks in BLOCKS_PER_STAGE.values()]:
        why = f"its {CONFIG} says depths {depths}, those of no ResNet-50, -101 or -152"
        raise misfit(path.name, "", why)
    return config


def _hub_name(config: Mapping[str, Any]) -> str:
    """``owner/name`` where the config keeps it; a path on its author's machine is not for us."""
    name = str(config.get("_name_or_path", ""))
    return name if re.fullmatch(r"[\w.-]+/[\w.-]+", name) else ""


def _labels(config: Mapping[str, Any], classes: int, path: Path) -> tuple[str, ...] | None:
    """The config's, unless they are the placeholders that transformers fills in."""
    names = config.get("id2label")
    if not names:
        return None
    if not isinstance(names, Mapping) or set(names) != {str(index) for index in range(classes)}:
        raise unusable(path.with_name(CONFIG), f"id2label does not number {classes} classes")
    labels = tuple(str(names[str(index)]) for index in range(classes))
    return None if labels == tuple(f"LABEL_{index}" for index in range(classes)) else labels
