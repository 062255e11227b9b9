"""What a training run is told before it begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from desktop_app.core.records import Preprocessing
from model_export.initial_weights import InitialWeights
from model_export.presets import Preset
from model_export.recipes import Recipe

CHECKPOINT_EVERY_S: Final = 600.0
"""Within an epoch; every epoch's end writes one anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run.

    Attributes:
        preset: Which network.
        recipe: How to train it.
        seed: Of initialisation, order, augmentation and mixup.
        labels: One per class.
        output: Existing folder for checkpoints, history and curves.
        facts: For the checkpoint's ``training``: data set, commit, date.
        initial: Weights to begin with, instead of an initialisation.
        preprocessing: How images become input tensors; None for the preset's.
        checkpoint_every_s: Wall-clock seconds between checkpoints within an epoch.
    """

    preset: Preset
    recipe: Recipe
    seed: int
    labels: tuple[str, ...]
    output: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    initial: InitialWeights | None = None
    preprocessing: Preprocessing | None = None
    checkpoint_every_s: float = CHECKPOINT_EVERY_S

    @property
    def last_path(self) -> Path:
        """The latest state, to resume from."""
        return self.output / "last.pt"

    @property
    def best_path(self) -> Path:
        """The weights that did best on the held-out images; without such, the latest ones."""
        return self.output / "best.pt"
