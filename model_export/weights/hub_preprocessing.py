"""Preprocessing as hubs write it down → the card's.

What the card cannot say is refused: weights behind another preprocessing err without a sign.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from desktop_app.core.records import Interpolation, Preprocessing
from model_export.weights.hub_folder import unusable

_PILLOW_FILTERS: Final[Mapping[int, Interpolation]] = {
    0: "nearest",
    1: "lanczos",
    2: "bilinear",
    3: "bicubic",
    4: "box",
}
"""PIL.Image.Resampling's numbers."""
_LARGEST_INPUT: Final = 4096
_WARPED_FROM: Final = 384
"""From this size on ConvNextImageProcessor stretches instead of cropping."""


def timm_preprocessing(settings: Mapping[str, Any], place: Path) -> Preprocessing:
    """From timm's ``pretrained_cfg`` (timm.data.create_transform, evaluation).

    ``input_size`` (channels, height, width), ``crop_pct``, ``crop_mode``, ``interpolation``,
    ``mean``, ``std``; what is absent is timm's default.

    Args:
        settings: The object.
        place: Its file, for errors.

    Raises:
        WeightsError: A setting is missing, malformed, or not one that the card can express.
    """

    def read() -> Preprocessing:
        _, height, width = settings["input_size"]
        crop_share = float(settings.get("crop_pct", 0.875))
        mode = settings.get("crop_mode", "center")
        if mode not in ("center", "squash") or (mode == "squash" and crop_share != 1):
            raise ValueError(f"crop_mode {mode!r} with crop_pct {crop_share}")
        return _checked(
            height,
            width,
            shorter_side=math.floor(height / crop_share) if mode == "center" else None,
            interpolation=settings.get("interpolation", "bilinear"),
            scale=1 / 255,
            mean=settings["mean"],
            std=settings["std"],
        )

    return _translated(read, place)


def hugging_face_preprocessing(settings: Mapping[str, Any], place: Path) -> Preprocessing:
    """From transformers' ``preprocessor_config.json``.

    ConvNextImageProcessor, which ResNets come with (``size`` is the crop, its shorter side before
    it ``size / crop_pct``, stretched from 384 on); processors with ``do_center_crop`` and
    ``crop_size``; processors with a ``size`` of height and width, which stretch.

    Args:
        settings: The object.
        place: Its file, for errors.

    Raises:
        WeightsError: A setting is missing, malformed, or not one that the card can express.
    """

    def read() -> Preprocessing:
        if not settings.get("do_resize", True):
            raise ValueError("do_resize is false")
        height, width, shorter_side = _size(settings)
        normalises = settings.get("do_normalize", True)
        rescales = settings.get("do_rescale", True)
        return _checked(
            height,
            width,
            shorter_side=shorter_side,
            interpolation=_PILLOW_FILTERS[settings.get("resample", 2)],
            scale=float(settings.get("rescale_factor", 1 / 255)) if rescales else 1.0,
            mean=settings["image_mean"] if normalises else (0.0,) * 3,
            std=settings["image_std"] if normalises else (1.0,) * 3,
        )

    return _translated(read, place)


def _size(settings: Mapping[str, Any]) -> tuple[int, int, int | None]:
    """(height, width) of the input, and the shorter side before the crop; None to stretch."""
    size = settings["size"]
    if isinstance(size, Mapping) and "shortest_edge" not in size:
        return size["height"], size["width"], None
    edge = size["shortest_edge"] if isinstance(size, Mapping) else size
    if settings.get("do_center_crop", False):
        crop = settings["crop_size"]
        height, width = (
            (crop["height"], crop["width"]) if isinstance(crop, Mapping) else (crop,) * 2
        )
        return height, width, edge
    if edge >= _WARPED_FROM:
        return edge, edge, None
    return edge, edge, int(edge / float(settings.get("crop_pct") or 0.875))


def _checked(
    height: int,
    width: int,
    *,
    shorter_side: int | None,
    interpolation: Interpolation,
    scale: float,
    mean: Sequence[float],
    std: Sequence[float],
) -> Preprocessing:
    means, deviations = (tuple(float(value) for value in values) for values in (mean, std))
    if height != width or not 32 <= int(height) <= _LARGEST_INPUT:
        raise ValueError(f"an input of {height}×{width} pixels")
    if interpolation not in get_args(Interpolation):
        raise ValueError(f"interpolation {interpolation!r}")
    if len(means) != 3 or len(deviations) != 3:
        raise ValueError("mean and standard deviation of other than three channels")
    if not all(map(math.isfinite, (scale, *means, *deviations))) or min(scale, *deviations) <= 0:
        raise ValueError(f"scale {scale}, mean {means}, standard deviation {deviations}")
    return Preprocessing(
        height=int(height),
        width=int(width),
        resize_rule="stretch" if shorter_side is None else "shorter-side",
        shorter_side=shorter_side,
        interpolation=interpolation,
        scale=scale,
        mean=means,
        std=deviations,
    )


def _translated(read: Callable[[], Preprocessing], place: Path) -> Preprocessing:
    try:
        return read()
    except KeyError as error:
        raise unusable(place, f"{error} is missing or unknown in its preprocessing") from error
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise unusable(
            place, f"its preprocessing is not one that a card can tell: {error}"
        ) from error
