"""How to train: every setting of a training run, as frozen values with names."""

import inspect
import textwrap
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, get_args

from desktop_app.core.errors import LensError

WeightsChoice = Literal["raw", "averaged"]


class RecipeError(LensError):
    """The training settings asked for are impossible."""

    code = "recipe-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Settings of a run; with the data set and the seed they determine its result.

    Attributes:
        epochs: Passes over the training images, 1 or more.
        batch_size: Images a step, at most, 2 or more; batches are made equally large.
        peak_rate: Learning rate at the top of the one cycle (Smith and Topin 2018).
        warm_up: Share of the steps in which the rate rises, 0..1.
        momentum: Of SGD, with Nesterov's step.
        weight_decay: On convolution and dense weights only, never on biases and norms
            (Goyal et al. 2017, section 5.3).
        clip_norm: Gradients are shortened to this length (Pascanu et al. 2013, section 3.2); 0 for
            never. Without it a short warm-up on few images can throw the weights far off.
        label_smoothing: Share of the target spread over all classes (Szegedy et al. 2015, 7).
        zero_last_norm: Start the last batch norm of each branch at 0, so that every identity block
            begins as the identity (Goyal et al. 2017, section 5.1).
        average_decay: Of the exponential moving average of the weights, per step; 0 for none.
        weights: Which weights the checkpoint offers for inference.
        rotation_degrees: Images turn by up to this much either way.
        scale: Images grow or shrink by up to this share.
        shift: Images move by up to this share of their size.
        flip: Mirror half of the images left to right.
        colour: Strength of the jitter of brightness, contrast and saturation; hue gets a quarter.
        mixup_alpha: Of the Beta distribution in mixup (Zhang et al. 2018); 0 for none.
        hold_out: Share of the training images held out when the data set has no ``val``.
        half: bfloat16 for convolutions and products (autocast); weights stay float32.
    """

    epochs: int = 60
    batch_size: int = 32
    peak_rate: float = 0.05
    warm_up: float = 0.25
    momentum: float = 0.9
    weight_decay: float = 5e-4
    clip_norm: float = 1.0
    label_smoothing: float = 0.1
    zero_last_norm: bool = True
    average_decay: float = 0.0
    weights: WeightsChoice = "raw"
    rotation_degrees: float = 15.0
    scale: float = 0.15
    shift: float = 0.1
    flip: bool = True
    colour: float = 0.2
    mixup_alpha: float = 0.0
    hold_out: float = 0.15
    half: bool = True

    def __post_init__(self) -> None:
        problems = {
            "epochs": self.epochs >= 1,
            "batch_size": self.batch_size >= 2,
            "peak_rate": self.peak_rate > 0,
            "warm_up": 0 < self.warm_up < 1,
            "momentum": 0 < self.momentum < 1,
            "weight_decay": self.weight_decay >= 0,
            "clip_norm": self.clip_norm >= 0,
            "label_smoothing": 0 <= self.label_smoothing < 1,
            "average_decay": 0 <= self.average_decay < 1,
            "weights": self.weights in get_args(WeightsChoice)
            and (self.weights == "raw" or self.average_decay > 0),
            "rotation_degrees": 0 <= self.rotation_degrees <= 180,
            "scale": 0 <= self.scale < 1,
            "shift": 0 <= self.shift < 1,
            "colour": 0 <= self.colour < 1,
            "mixup_alpha": self.mixup_alpha >= 0,
            "hold_out": 0 <= self.hold_out < 1,
        }
        for name, valid in problems.items():
            if not valid:
                raise RecipeError(
                    "cannot train with these settings",
                    why=f"{name.replace('_', ' ')} cannot be {getattr(self, name)!r} here",
                    remedy="See `model-export train --help` for the ranges.",
                )

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint or a card."""
        return asdict(self)


def setting_texts() -> dict[str, str]:
    """What each setting of :class:`Recipe` is, from its docstring: name → text on one line."""
    _, attributes = (inspect.getdoc(Recipe) or "").split("Attributes:\n")
    texts: dict[str, str] = {}
    for line in textwrap.dedent(attributes).splitlines():
        if not line.startswith(" "):
            name, _, text = line.partition(": ")
            texts[name] = text
        else:
            texts[name] += f" {line.strip()}"
    return texts


RECIPES: Final[dict[str, Recipe]] = {
    # Any folder of photos per class.
    "default": Recipe(),
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
