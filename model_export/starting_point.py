"""The network that a run begins with: a preset's, that of a file, or that of the run itself.

Weights only mean something to images prepared as they were in training. So what comes from a file
brings its network and its preprocessing along; the call may change what a global average pool and
a crop allow, the image size and how much of a photo is seen, and must not contradict the rest.
"""

from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, cast

import torch

from desktop_app.core.records import Preprocessing
from model_export.blocks import Place
from model_export.checkpoints import Checkpoint, load_checkpoint
from model_export.initial_weights import InitialWeights, load_initial_weights
from model_export.presets import Depth, Preset, PresetError, find_preset
from model_export.resnet import ResNet

_SETTINGS: Final = {
    "stride": "stride",
    "padding": "padding",
    "ceil_mode": "rounding up (ceil_mode)",
    "eps": "epsilon",
}
"""Of layers: what weights do not show, and its name for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkWish:
    """What a call says of the network; None for what it leaves open.

    Attributes:
        preset: Its name.
        depth: 50, 101 or 152.
        image_size: Side of the input, in pixels.
        crop_share: Of the shorter side, what the centre crop keeps.
    """

    preset: str | None = None
    depth: int | None = None
    image_size: int | None = None
    crop_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingPoint:
    """A network, how it sees, and the weights it begins with.

    Attributes:
        preset: Of the network to train.
        preprocessing: For its image size.
        initial: None for an initialisation by the seed, and for a run that goes on.
    """

    preset: Preset
    preprocessing: Preprocessing
    initial: InitialWeights | None = None

    def preprocessing_at(self, size: int) -> Preprocessing:
        """The same for another image size, in pixels a side."""
        return _prepared_alike(
            self.preprocessing, self.preset, replace(self.preset, image_size=size)
        )


def find_start(
    wish: NetworkWish, *, classes: int, init: Path | None, begun: Path | None
) -> StartingPoint:
    """Find out with what to begin.

    Args:
        wish: What the call says.
        classes: Of the data set.
        init: A checkpoint or model file to start from.
        begun: The last checkpoint of the run, if it is to be resumed.

    Raises:
        PresetError: The call names no network, an impossible one, or another than the file's.
        LensError: A file is unreadable.
    """
    initial = None if init is None else load_initial_weights(init)
    if initial is not None:
        source, path = initial.checkpoint, initial.path
    elif begun is not None:
        source, path = load_checkpoint(begun), begun
    else:
        preset = _wished(wish, classes)
        return StartingPoint(preset=preset, preprocessing=preset.preprocessing())
    _see_that_it_agrees(wish, source, path)
    changes: dict[str, Any] = {"image_size": wish.image_size, "crop_share": wish.crop_share}
    preset = replace(
        source.preset,
        classes=classes,
        **{name: value for name, value in changes.items() if value is not None},
    )
    preprocessing = _prepared_alike(source.preprocessing, source.preset, preset)
    return StartingPoint(preset=preset, preprocessing=preprocessing, initial=initial)


def first_difference(found: Preset, wanted: Preset) -> str:
    """The first place, in the order of computation, where two networks are not built alike.

    Args:
        found: Of a file.
        wanted: Asked for. The number of classes does not count.

    Returns:
        A clause that names the tensor; empty where they are.
    """
    with torch.device("meta"):
        places = [
            [place for _, _, place in ResNet(replace(preset, classes=2)).places()]
            for preset in (found, wanted)
        ]
    for theirs, ours in zip_longest(*places):
        clause = _difference(cast("Place", theirs), cast("Place", ours))
        if clause:
            return clause
    return ""


def _difference(theirs: Place, ours: Place) -> str:
    # Two depths differ in a name long before one of them ends.
    if theirs.name != ours.name:
        return f"the file has {theirs.name} where the network asked for has {ours.name}"
    found, wanted = (dict(place.module.named_parameters()) for place in (theirs, ours))
    for attribute in {**wanted, **found}:
        name = f"{ours.name}.{attribute}"
        if attribute not in found:
            return f"the file has no {name}, which the network asked for has"
        if attribute not in wanted:
            return f"the file has {name}, which the network asked for has not"
    for attribute, text in _SETTINGS.items():
        values = [getattr(place.module, attribute, None) for place in (theirs, ours)]
        if values[0] != values[1]:
            return f"the {text} of {ours.name} is {values[0]} in the file, not {values[1]}"
    return ""


def _wished(wish: NetworkWish, classes: int) -> Preset:
    if wish.preset is None:
        raise PresetError(
            "cannot start to train",
            why="the call names neither a preset nor a file to start from",
            remedy="Give --preset for a new network, or --init to start from a trained one.",
        )
    return find_preset(
        wish.preset,
        depth=wish.depth,
        classes=classes,
        image_size=wish.image_size,
        crop_share=wish.crop_share,
    )


def _see_that_it_agrees(wish: NetworkWish, source: Checkpoint, path: Path) -> None:
    """Compare the call with the file's network, and with its kind of preprocessing.

    Raises:
        PresetError: They contradict each other.
    """
    found = wanted = source.preset
    if wish.preset not in {None, found.name}:
        wanted = find_preset(str(wish.preset))
    wanted = replace(wanted, depth=cast("Depth", wish.depth or found.depth))
    clause = first_difference(found, wanted)
    if not clause and wanted.preprocessing_style != found.preprocessing_style:
        clause = (
            f"the file wants its images in the manner of {found.preprocessing_style!r}, not of "
            f"{wanted.preprocessing_style!r}"
        )
    if clause:
        raise PresetError(
            f"cannot start from {path} as {wanted.name!r} of depth {wanted.depth}",
            why=clause,
            remedy=f"Leave --preset and --depth out: the file's network is {found.name!r} of "
            f"depth {found.depth}.",
        )


def _prepared_alike(spec: Preprocessing, preset: Preset, wanted: Preset) -> Preprocessing:
    """``spec``, which goes with ``preset``, for the image size and the crop of ``wanted``."""
    if spec == preset.preprocessing():
        return wanted.preprocessing()
    size, shorter_side = wanted.image_size, spec.shorter_side
    if shorter_side is not None:
        same_crop = wanted.crop_share == preset.crop_share
        kept = spec.height / shorter_side if same_crop else wanted.crop_share
        shorter_side = round(size / kept)
    return replace(spec, height=size, width=size, shorter_side=shorter_side)
