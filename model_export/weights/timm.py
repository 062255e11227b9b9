"""timm's ``resnet50``, ``resnet101``, ``resnet152``, as they lie on the Hugging Face hub.

Their tensors bear torchvision's names. Relatives whose weights look just the same (resnetaa50,
resnetblur50: their anti-aliasing has none) are told apart by the config.json beside the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from model_export.presets import Preset, find_preset
from model_export.weights.containers import TORCH_CONTAINERS, open_tensors
from model_export.weights.conventions import TORCHVISION
from model_export.weights.errors import misfit
from model_export.weights.fitting import fit
from model_export.weights.hub_folder import (
    CONFIG,
    licence_beside,
    read_beside,
    unusable,
    weights_file,
)
from model_export.weights.hub_preprocessing import timm_preprocessing
from model_export.weights.records import SourceWeights, Subject

_HARMLESS_ARGUMENTS: Final = {
    "num_classes", "in_chans", "drop_rate", "drop_path_rate", "drop_block_rate", "zero_init_last",
}  # fmt: skip
"""Arguments of timm's ResNet that leave alone what a trained network computes, or that the
shapes show."""
_LICENCE: Final = "Apache-2.0"
_SOURCE: Final = "https://github.com/huggingface/pytorch-image-models"


def read_timm(path: Path) -> SourceWeights:
    """Read a timm ResNet, with the config.json and README.md beside it where they are.

    Args:
        path: The file of weights, or the folder with all of them.

    Raises:
        WeightsError: A file is damaged, or says what cannot be used.
        MisfitError: It is another network's.
    """
    path = weights_file(path)
    config = read_beside(path, CONFIG)
    with open_tensors(path, TORCH_CONTAINERS) as tensors:
        fitted = fit(tensors, TORCHVISION, find_preset("torchvision"), file=path.name)
    preset = fitted.preset
    name = f"ResNet-{preset.depth} of timm"
    declared = licence_beside(path)
    assumptions: dict[Subject, str] = {}
    if config is None:
        settings: Mapping[str, Any] = {}
        preprocessing = preset.preprocessing()
        assumptions = {
            "network": f"a plain resnet{preset.depth}: there is no {CONFIG} beside the file",
            "preprocessing": "224 of 256, bilinear, timm's usual: there is no "
            f"{CONFIG} beside the file",
        }
    else:
        _check(config, preset, path)
        settings = _settings(config)
        preprocessing = timm_preprocessing(settings, path.with_name(CONFIG))
        tag = settings.get("tag")
        name = f"{name}, {tag}" if tag else name
    licence = declared or settings.get("license")
    if not licence:
        assumptions["licence"] = f"{_LICENCE}, timm's: the weights come with none"
    return SourceWeights(
        file=path,
        preset=preset,
        state=fitted.state,
        preprocessing=preprocessing,
        labels=None if config is None else _labels(config, preset, path),
        title=name,
        licence=str(licence or _LICENCE),
        source=str(settings.get("origin_url") or _SOURCE),
        assumptions=assumptions,
    )


def _settings(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the preprocessing stands; in the oldest files beside the architecture."""
    settings = config.get("pretrained_cfg")
    return settings if isinstance(settings, Mapping) else config


def _check(config: Mapping[str, Any], preset: Preset, path: Path) -> None:
    """Refuse what the tensors do not show.

    Raises:
        MisfitError: The network is not the plain one.
        WeightsError: The description is malformed.
    """
    architecture = config.get("architecture")
    if architecture != f"resnet{preset.depth}":
        why = f"its {CONFIG} says that it is a {architecture}, not a plain resnet{preset.depth}"
        raise misfit(path.name, "", why)
    arguments = config.get("model_args") or {}
    if not isinstance(arguments, Mapping):
        raise unusable(path.with_name(CONFIG), "model_args is no object")
    unknown = sorted(arguments.keys() - _HARMLESS_ARGUMENTS)
    if unknown:
        why = f"its {CONFIG} changes the network: model_args has {unknown[0]}"
        raise misfit(path.name, "", why)
    if config.get("global_pool", "avg") != "avg":
        why = f"its {CONFIG} says that it pools with {config['global_pool']!r}, not the average"
        raise misfit(path.name, "", why)


def _labels(config: Mapping[str, Any], preset: Preset, path: Path) -> tuple[str, ...] | None:
    """Of fine-tuned networks that were pushed with them; ImageNet's are not among the files."""
    names = config.get("label_names", _settings(config).get("label_names"))
    if names is None:
        return None
    if not isinstance(names, list) or len(names) != preset.classes:
        raise unusable(path.with_name(CONFIG), f"label_names are not {preset.classes} names")
    described = config.get("label_descriptions") or {}
    described = described if isinstance(described, Mapping) else {}
    return tuple(str(described.get(str(name), name)) for name in names)
