"""Runs of a narrow network on made images, short enough to train dozens of them in tests."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import numpy as np
import torch

from model_export.prepared_images import LabelledPixels
from model_export.presets import find_preset
from model_export.ranks import Ranks
from model_export.recipes import Recipe
from model_export.run_settings import Settings
from model_export.training import TrainingRun
from tests.small_training import narrow_network

RECIPE = Recipe(
    epochs=3,
    batch_size=6,
    peak_rate=0.05,
    mixup_alpha=0.3,
    average_decay=0.5,
    weights="averaged",
)


@contextmanager
def narrow_on_one_thread() -> Iterator[None]:
    """Every network is narrow, and PyTorch computes with one thread, as bits depend on that."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with narrow_network():
        yield
    torch.set_num_threads(threads)


def shades(images: int = 16, seed: int = 0) -> LabelledPixels:
    """Dark and bright noise: easy to tell apart."""
    generator = np.random.default_rng(seed)
    targets = np.arange(images) % 2
    pixels = generator.integers(0, 100, (images, 3, 32, 32)) + 150 * targets[:, None, None, None]
    return LabelledPixels(pixels=pixels.astype(np.uint8), targets=targets)


def settings(output: Path, recipe: Recipe = RECIPE, *, seed: int = 0) -> Settings:
    output.mkdir(exist_ok=True)
    return Settings(
        preset=find_preset("lesson", classes=2, image_size=32),
        recipe=recipe,
        seed=seed,
        labels=("dark", "bright"),
        output=output,
        facts={"data_set": "shades"},
    )


def after(steps: int) -> Callable[[], bool]:
    """Stop when asked for the time after ``steps`` steps."""
    asked = count()
    return lambda: next(asked) >= steps


def never() -> bool:
    return False


def new_run(
    run_settings: Settings, images: LabelledPixels, held_out: LabelledPixels | None = None
) -> TrainingRun:
    return TrainingRun(run_settings, images, held_out, ranks=Ranks())


def train(output: Path, recipe: Recipe = RECIPE, *, seed: int = 0) -> TrainingRun:
    run = new_run(settings(output, recipe, seed=seed), shades(), shades(8, seed=1))
    assert run.run(stop=never, progress=False)
    return run


def tensors(path: Path) -> dict[str, "torch.Tensor"]:
    """Everything in a checkpoint that is a number in a tensor, by where it stands."""
    found: dict[str, torch.Tensor] = {}

    def walk(value: object, place: str) -> None:
        if isinstance(value, torch.Tensor):
            found[place] = value
        elif isinstance(value, dict):
            for key, part in value.items():
                walk(part, f"{place}/{key}")
        elif isinstance(value, list | tuple):
            for key, part in enumerate(value):
                walk(part, f"{place}/{key}")

    walk(torch.load(path, weights_only=True), "")
    return found


def history(output: Path) -> list[dict[str, object]]:
    lines = (output / "history.jsonl").read_text().splitlines()
    return [{**json.loads(line), "seconds": None} for line in lines]
