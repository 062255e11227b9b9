"""torchvision's ``resnet50``, ``resnet101``, ``resnet152``: a pickled state of tensors.

torchvision puts the beginning of a file's SHA-256 into its name, so the file itself tells which of
the published weights it is, and with that its preprocessing.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from model_export.presets import find_preset
from model_export.weights.containers import TORCH_CONTAINERS, open_tensors
from model_export.weights.conventions import TORCHVISION
from model_export.weights.errors import WeightsError
from model_export.weights.fitting import fit
from model_export.weights.published import assumed_of_published, file_digest
from model_export.weights.records import SourceWeights


class _Published(NamedTuple):
    name: str
    shorter_side: int


_PUBLISHED: Final = {
    "0676ba61": _Published("IMAGENET1K_V1", 256),
    "63fe2227": _Published("IMAGENET1K_V1", 256),
    "394f9c45": _Published("IMAGENET1K_V1", 256),
    "11ad3fa6": _Published("IMAGENET1K_V2", 232),
    "cd907fc2": _Published("IMAGENET1K_V2", 232),
    "f82ba261": _Published("IMAGENET1K_V2", 232),
    # Uploads before 2021, since replaced.
    "19c8e357": _Published("first upload", 256),
    "5d3b4d8f": _Published("first upload", 256),
    "b121ed2d": _Published("first upload", 256),
}
"""By the first eight digits of the SHA-256 (torchvision/models/resnet.py: 50, 101, 152)."""
_NAME: Final = re.compile(r"^resnet\d+-([0-9a-f]{8})\b")
_LICENCE: Final = "BSD-3-Clause"
_SOURCE: Final = "https://github.com/pytorch/vision"


def read_torchvision(path: Path) -> SourceWeights:
    """Read what ``torch.save(network.state_dict(), FILE)`` wrote of a torchvision ResNet.

    Raises:
        WeightsError: It is damaged or something else, or not the published file that its name
            promises.
        MisfitError: It is another network's.
    """
    with open_tensors(path, TORCH_CONTAINERS) as tensors:
        fitted = fit(tensors, TORCHVISION, find_preset("torchvision"), file=path.name)
    digits = file_digest(path)[:8]
    promised = _NAME.match(path.name)
    if promised is not None and promised[1] in _PUBLISHED and promised[1] != digits:
        raise WeightsError(
            f"cannot import {path.name}",
            why=f"its SHA-256 begins with {digits} and not as its name says: it was changed",
            remedy="Download it again; rename it if these weights are your own.",
        )
    published = _PUBLISHED.get(digits)
    preset = fitted.preset
    preprocessing = preset.preprocessing()
    title = f"ResNet-{preset.depth} of torchvision"
    if published is not None:
        title = f"{title}, {published.name}"
        preprocessing = replace(preprocessing, shorter_side=published.shorter_side)
    return SourceWeights(
        file=path,
        preset=preset,
        state=fitted.state,
        preprocessing=preprocessing,
        title=title,
        licence=_LICENCE,
        source=_SOURCE,
        assumptions={}
        if published is not None
        else assumed_of_published(_LICENCE, "224 of 256, ImageNet's mean and standard deviation"),
    )
