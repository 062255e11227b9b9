"""How to train: every setting of a training run, as frozen values with names."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, get_args

from desktop_app.core.errors import LensError
from model_export.learning_rate import Schedule, rate_share

WeightsChoice = Literal["raw", "averaged"]
Precision = Literal["float32", "bfloat16", "float16"]
Frozen = Literal["none", "stem", "stage2", "stage3", "stage4", "trunk"]
"""From the image up to and including that part; ``trunk`` is all but the dense layer."""

LAST_STAGE: Final = 5

SMALLEST_SIZE: Final = 32
"""Smaller images leave nothing of the last stage's map."""


class RecipeError(LensError):
    """The training settings asked for are impossible."""

    code = "recipe-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Settings of a run; with data set, seed and initial weights they determine its result.

    A setting that is added has a default that changes nothing: runs begun before can be resumed.

    Attributes:
        epochs: Passes over the training images, 1 or more.
        batch_size: Images a step, at most, 2 or more; batches are made equally large.
        accumulation: Parts in which a batch goes through the network, one after the other, their
            gradients summed: less memory for the same step (but for batch norm, which sees parts).
        schedule: Shape of the learning rate over the run (see model_export/learning_rate.py).
        peak_rate: Learning rate at its top.
        warm_up: Share of the steps in which the rate rises, 0..1.
        cool_down: Share of the steps in which a trapezoid falls to 0, 0..1.
        momentum: Of SGD, with Nesterov's step.
        weight_decay: On convolution and dense weights only, never on biases and norms
            (Goyal et al. 2017, section 5.3).
        clip_norm: Gradients are shortened to this length (Pascanu et al. 2013, section 3.2); 0 for
            never. Without it a short warm-up on few images can throw the weights far off.
        label_smoothing: Share of the target spread over all classes (Szegedy et al. 2015, 7).
        zero_last_norm: Start the last batch norm of each branch at 0, so that every identity block
            begins as the identity (Goyal et al. 2017, section 5.1).
        average_decay: Of the exponential moving average of the weights, per step; 0 for none. The
            first steps count for more, so that the start is soon forgotten.
        weights: Which weights the checkpoint offers for inference.
        stage_rate_decay: Learning rate of each part of the network over that of the part after it,
            from the dense layer (1) through stages 5 to 2 to the stem: what early layers have
            learnt is the more general (Howard and Ruder 2018, section 3.2, where it is 1/2.6).
        frozen: Part that keeps the weights and batch-norm statistics it starts from, from the image
            up to there; no gradient is computed for it.
        frozen_share: Share of the epochs for which it does, above 0 and up to 1; with less, the
            dense layer learns first and the rest follows (Kumar et al. 2022, "Fine-tuning can
            distort pretrained features").
        first_size: Side of the training images in the first epoch, in pixels; 0 for no growing.
        last_size: Side of the training images at the end; 0 for the network's image size. A
            little less than that suits random crops, in which things look larger than in whole
            images (Touvron et al. 2019, "Fixing the train-test resolution discrepancy").
        growing: Share of the epochs in which the images grow, 0..1.
        crop_area: Smallest share of an image's area that a random crop may show (Szegedy et al.
            2015, "Going deeper with convolutions", section 6); 1 for no cropping.
        rotation_degrees: Images turn by up to this much either way.
        scale: Images grow or shrink by up to this share.
        shift: Images move by up to this share of their size.
        flip: Mirror half of the images left to right.
        colour: Strength of the jitter of brightness, contrast and saturation; hue gets a quarter.
        mixup_alpha: Of the Beta distribution in mixup (Zhang et al. 2018); 0 for none.
        cutmix_alpha: Of the Beta distribution in CutMix (Yun et al. 2019); 0 for none. With both,
            half of the batches get the one and half the other.
        hold_out: Share of the training images held out when the data set has no ``val``.
        patience: Stop when this many epochs brought nothing better on the held-out images; 0 for
            never.
        precision: Of convolutions and products (autocast); weights stay float32.
        channels_last: Keep the channels of a pixel side by side in memory; faster nearly anywhere.
    """

    epochs: int = 60
    batch_size: int = 32
    accumulation: int = 1
    schedule: Schedule = "one-cycle"
    peak_rate: float = 0.05
    warm_up: float = 0.25
    cool_down: float = 0.4
    momentum: float = 0.9
    weight_decay: float = 5e-4
    clip_norm: float = 1.0
    label_smoothing: float = 0.1
    zero_last_norm: bool = True
    average_decay: float = 0.0
    weights: WeightsChoice = "raw"
    stage_rate_decay: float = 1.0
    frozen: Frozen = "none"
    frozen_share: float = 1.0
    first_size: int = 0
    last_size: int = 0
    growing: float = 0.5
    crop_area: float = 1.0
    rotation_degrees: float = 15.0
    scale: float = 0.15
    shift: float = 0.1
    flip: bool = True
    colour: float = 0.2
    mixup_alpha: float = 0.0
    cutmix_alpha: float = 0.0
    hold_out: float = 0.15
    patience: int = 0
    precision: Precision = "bfloat16"
    channels_last: bool = True

    def __post_init__(self) -> None:
        problems = {
            "epochs": self.epochs >= 1,
            "batch_size": self.batch_size >= 2,
            "accumulation": 1 <= self.accumulation <= self.batch_size // 2,
            "schedule": self.schedule in get_args(Schedule),
            "peak_rate": self.peak_rate > 0,
            "warm_up": 0 < self.warm_up < 1,
            "cool_down": 0 < self.cool_down < 1
            and (self.schedule != "trapezoid" or self.cool_down <= 1 - self.warm_up),
            "momentum": 0 < self.momentum < 1,
            "weight_decay": self.weight_decay >= 0,
            "clip_norm": self.clip_norm >= 0,
            "label_smoothing": 0 <= self.label_smoothing < 1,
            "average_decay": 0 <= self.average_decay < 1,
            "weights": self.weights in get_args(WeightsChoice)
            and (self.weights == "raw" or self.average_decay > 0),
            "stage_rate_decay": 0 < self.stage_rate_decay <= 1,
            "frozen": self.frozen in get_args(Frozen),
            "frozen_share": 0 < self.frozen_share <= 1,
            "first_size": self.first_size == 0
            or SMALLEST_SIZE <= self.first_size <= (self.last_size or math.inf),
            "last_size": self.last_size == 0 or self.last_size >= SMALLEST_SIZE,
            "growing": 0 <= self.growing <= 1,
            "crop_area": 0 < self.crop_area <= 1,
            "rotation_degrees": 0 <= self.rotation_degrees <= 180,
            "scale": 0 <= self.scale < 1,
            "shift": 0 <= self.shift < 1,
            "colour": 0 <= self.colour < 1,
            "mixup_alpha": self.mixup_alpha >= 0,
            "cutmix_alpha": self.cutmix_alpha >= 0,
            "hold_out": 0 <= self.hold_out < 1,
            "patience": self.patience >= 0,
            "precision": self.precision in get_args(Precision),
        }
        for name, valid in problems.items():
            if not valid:
                raise RecipeError(
                    "cannot train with these settings",
                    why=f"{name.replace('_', ' ')} cannot be {getattr(self, name)!r} here",
                    remedy="See `model-export train --help` for the ranges.",
                )

    def rate(self, progress: float) -> float:
        """The learning rate at ``progress``, steps taken over steps in all, 0..1."""
        share = rate_share(self.schedule, progress, warm_up=self.warm_up, cool_down=self.cool_down)
        return self.peak_rate * share

    def stage_rate_share(self, stage: int | None) -> float:
        """The learning rate of a stage's weights over that of the dense layer (stage None)."""
        return self.stage_rate_decay ** (0 if stage is None else LAST_STAGE + 1 - stage)

    def frozen_stage(self, epoch: int) -> int:
        """The last stage that is frozen in ``epoch`` (from 0); 1 is the stem, 0 means none is."""
        if epoch >= self.epochs * self.frozen_share:
            return 0
        return get_args(Frozen).index(self.frozen)

    def size_at(self, epoch: int, image_size: int) -> int:
        """Side of the training images in ``epoch`` (from 0), in pixels, a multiple of 8 on the way.

        Args:
            epoch: Epochs done.
            image_size: The network's.
        """
        last = self.last_size or image_size
        done = epoch / (self.epochs * self.growing) if self.growing else 1.0
        if not self.first_size or done >= 1:
            return last
        return 8 * round((self.first_size + (last - self.first_size) * done) / 8)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint or a card."""
        return asdict(self)


RECIPES: Final[dict[str, Recipe]] = {
    # Any folder of photos per class.
    "default": Recipe(),
    # A few hundred photos, with --init (docs/fine-tuning.md): what comes early in the network stays
    # nearly as it was.
    "fine-tune": Recipe(
        epochs=20,
        peak_rate=0.02,
        warm_up=0.2,
        stage_rate_decay=0.5,
        zero_last_norm=False,
        rotation_degrees=0.0,
        scale=0.0,
        shift=0.0,
        crop_area=0.4,
    ),
    # The lesson's 1080 hand signs; chosen on held-out training images (docs/training-signs.md),
    # then trained on all of them.
    "signs": Recipe(
        epochs=80,
        clip_norm=0.0,
        mixup_alpha=0.2,
        average_decay=0.99,
        weights="averaged",
        hold_out=0.0,
    ),
    # Tiny ImageNet on one large GPU in half an hour, with --image-size 128 --crop-share 1. Not run
    # at full length yet; docs/training-everyday.md says what is known.
    "everyday": Recipe(
        epochs=80,
        batch_size=512,
        schedule="cosine",
        peak_rate=0.8,
        warm_up=0.06,
        weight_decay=1e-4,
        clip_norm=0.0,
        average_decay=0.999,
        weights="averaged",
        first_size=64,
        last_size=112,
        growing=0.6,
        crop_area=0.25,
        rotation_degrees=0.0,
        scale=0.0,
        shift=0.0,
        colour=0.2,
        mixup_alpha=0.2,
        cutmix_alpha=1.0,
        hold_out=0.02,
    ),
    # Tiny ImageNet on two cores in a couple of hours (docs/training-everyday.md). Its 64×64 images
    # are crops already: use with --image-size 64 --crop-share 1.
    "everyday-small": Recipe(
        epochs=12,
        batch_size=192,
        schedule="trapezoid",
        peak_rate=0.3,
        warm_up=0.08,
        weight_decay=1e-4,
        clip_norm=0.0,
        average_decay=0.998,
        weights="averaged",
        first_size=40,
        last_size=64,
        growing=0.55,
        crop_area=0.35,
        rotation_degrees=0.0,
        scale=0.0,
        shift=0.0,
        colour=0.0,
        hold_out=0.02,
    ),
}


def find_recipe(name: str, changes: dict[str, Any]) -> Recipe:
    """The recipe of that name with the settings in ``changes`` replaced.

    Raises:
        RecipeError: There is none of that name, or a setting is impossible.
    """
    if name not in RECIPES:
        raise RecipeError(
            f"cannot train with the recipe {name!r}",
            why="there is no recipe of that name",
            remedy=f"Choose one of: {', '.join(RECIPES)}.",
        )
    return recipe_from_dict(RECIPES[name].as_dict() | changes)


def recipe_from_dict(values: dict[str, Any]) -> Recipe:
    """Read back :meth:`Recipe.as_dict`.

    Raises:
        RecipeError: A setting is unknown or impossible.
    """
    unknown = values.keys() - {field.name for field in fields(Recipe)}
    if unknown:
        raise RecipeError(
            "cannot read the training settings",
            why=f"unknown settings: {', '.join(sorted(unknown))}",
            remedy="The file was written by another version; start the training anew.",
        )
    return Recipe(**values)
