"""The training run: data set → network → checkpoints, history, curves.

Everything random in a step is drawn from (seed, epoch, step), and the order of an epoch from
(seed, epoch). So a run that was stopped, or killed, and resumed from its last checkpoint ends
with the same bits as one that was not (on the CPU, with the same number of threads).
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from desktop_app.core.errors import LensError
from desktop_app.core.records import Pixels, Preprocessing
from model_export.augmentation import augment, mix
from model_export.checkpoints import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from model_export.curves import EpochRecord, draw_curves, write_history
from model_export.presets import Preset
from model_export.recipes import Recipe
from model_export.resnet import ResNet

CHECKPOINT_EVERY_S: Final = 600.0
"""Within an epoch; every epoch's end writes one anyway."""


class DivergedError(LensError):
    """The loss is no number any more."""

    code = "training-diverged"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledPixels:
    """Prepared images in memory: uint8 (N, 3, H, W) RGB and int64 (N,) targets."""

    pixels: Pixels = field(repr=False)
    targets: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.targets)


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
        device: ``cpu`` or ``cuda``.
        checkpoint_every_s: Wall-clock seconds between checkpoints within an epoch.
    """

    preset: Preset
    recipe: Recipe
    seed: int
    labels: tuple[str, ...]
    output: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    checkpoint_every_s: float = CHECKPOINT_EVERY_S

    @property
    def last_path(self) -> Path:
        """The latest state, to resume from."""
        return self.output / "last.pt"

    @property
    def best_path(self) -> Path:
        """The weights that did best on the held-out images; without such, the latest ones."""
        return self.output / "best.pt"


class TrainingRun:
    """Network, optimiser, schedule and averages of one run, and where in it we are."""

    def __init__(
        self, settings: Settings, images: LabelledPixels, held_out: LabelledPixels | None
    ) -> None:
        recipe = settings.recipe
        self.settings = settings
        self.images = images
        self.held_out = held_out
        self.preprocessing = settings.preset.preprocessing()
        self.steps_per_epoch = math.ceil(len(images) / recipe.batch_size)
        self.network = ResNet(
            settings.preset, seed=settings.seed, zero_last_norm=recipe.zero_last_norm
        ).to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.SGD(
            _parameter_groups(self.network, recipe.weight_decay),
            lr=recipe.peak_rate,
            momentum=recipe.momentum,
            nesterov=True,
            fused=True,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            max_lr=recipe.peak_rate,
            total_steps=recipe.epochs * self.steps_per_epoch,
            pct_start=recipe.warm_up,
            cycle_momentum=False,
        )
        self.average = (
            AveragedModel(
                self.network,
                multi_avg_fn=get_ema_multi_avg_fn(recipe.average_decay),  # type: ignore[no-untyped-call]
                use_buffers=True,
            )
            if recipe.average_decay
            else None
        )
        self.epoch = 0  # epochs done
        self.step = 0  # steps done of the epoch in progress
        self.totals = [0.0, 0.0, 0.0]  # of the epoch in progress: loss, correct, seconds
        self.best = -1.0
        self.history: list[EpochRecord] = []

    # --- the loop -----------------------------------------------------------------------------

    def run(self, *, stop: Callable[[], bool], progress: bool = True) -> bool:
        """Train to the end, or until ``stop`` says so; leaves a checkpoint either way.

        Returns:
            True when the run is complete.

        Raises:
            DivergedError: The loss is no number any more.
            OutputError: A file cannot be written.
        """
        recipe = self.settings.recipe
        if not self.settings.last_path.exists():
            self._save_last()
        done = self.epoch * len(self.images) + self.step * recipe.batch_size
        with tqdm(
            total=recipe.epochs * len(self.images),
            initial=min(done, recipe.epochs * len(self.images)),
            unit=" images",
            disable=not progress,
            smoothing=0.05,
            mininterval=0.5,
        ) as bar:
            while self.epoch < recipe.epochs:
                if not self._run_epoch(stop, bar):
                    self._save_last()
                    return False
        return True

    def _run_epoch(self, stop: Callable[[], bool], bar: "tqdm[Any]") -> bool:
        """The rest of the epoch in progress; False when stopped before its end."""
        order = self._random(self.epoch).permutation(len(self.images))
        batches = np.array_split(order, self.steps_per_epoch)
        started = saved = time.monotonic()
        before = self.totals[2]
        self.network.train()
        for batch in batches[self.step :]:
            if stop():
                return False
            self._take_step(batch)
            seen = sum(len(done) for done in batches[: self.step])
            bar.update(len(batch))
            bar.set_postfix_str(
                f"epoch {self.epoch + 1}, loss {self.totals[0] / seen:.3f}, "
                f"accuracy {self.totals[1] / seen:.1%}",
                refresh=False,
            )
            now = time.monotonic()
            self.totals[2] = before + now - started
            if now - saved > self.settings.checkpoint_every_s:
                self._save_last()
                saved = now
        self._finish_epoch(bar)
        return True

    def _take_step(self, batch: NDArray[np.int64]) -> None:
        recipe, device = self.settings.recipe, self.settings.device
        torch.manual_seed(_stream(self.settings.seed, self.epoch, self.step))
        pixels = torch.from_numpy(self.images.pixels[batch]).to(device).float().div_(255)
        inputs = normalise(augment(pixels, recipe) * 255, self.preprocessing)
        classes = torch.from_numpy(self.images.targets[batch]).to(device)
        targets = functional.one_hot(classes, len(self.settings.labels)).float()
        if recipe.mixup_alpha:
            inputs, targets = mix(inputs, targets, alpha=recipe.mixup_alpha)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device, torch.bfloat16, enabled=recipe.half):
            logits = self.network(inputs)
        loss = functional.cross_entropy(
            logits.float(), targets, label_smoothing=recipe.label_smoothing
        )
        value = float(loss.detach())
        if not math.isfinite(value):
            raise DivergedError(
                f"training diverged in epoch {self.epoch + 1}",
                why="the loss is no number any more",
                remedy="Start again with a smaller --peak-rate.",
            )
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        self.totals[0] += value * len(batch)
        self.totals[1] += int((logits.argmax(1) == targets.argmax(1)).sum())
        self.step += 1

    def _finish_epoch(self, bar: "tqdm[Any]") -> None:
        started = time.monotonic()
        val_loss = val_accuracy = averaged = None
        if self.held_out is not None:
            val_loss, val_accuracy = measure(
                self.network, self.held_out, self.preprocessing, device=self.settings.device
            )
            if self.average is not None:
                _, averaged = measure(
                    self.average.module,
                    self.held_out,
                    self.preprocessing,
                    device=self.settings.device,
                )
        record = EpochRecord(
            epoch=self.epoch + 1,
            loss=self.totals[0] / len(self.images),
            accuracy=self.totals[1] / len(self.images),
            rate=float(self.schedule.get_last_lr()[0]),
            seconds=round(self.totals[2] + time.monotonic() - started, 2),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            val_accuracy_averaged=averaged,
        )
        self.history.append(record)
        self.epoch, self.step, self.totals = self.epoch + 1, 0, [0.0, 0.0, 0.0]
        score = averaged if self.settings.recipe.weights == "averaged" else val_accuracy
        # Ties go to the later epoch, whose rate is lower; without held-out images, the latest.
        if score is None or score >= self.best:
            self.best = -1.0 if score is None else score
            save_checkpoint(self._checkpoint(run=None), self.settings.best_path)
        self._save_last()
        write_history(self.history, self.settings.output / "history.jsonl")
        title = f"{self.settings.preset.name}, seed {self.settings.seed}"
        draw_curves(self.history, self.settings.output / "curves.png", title=title)
        held = "" if val_accuracy is None else f", held out {val_accuracy:.1%}"
        held += "" if averaged is None else f" (averaged {averaged:.1%})"
        bar.write(
            f"epoch {record.epoch}: loss {record.loss:.3f}, accuracy {record.accuracy:.1%}"
            f"{held}, {record.seconds:.0f} s"
        )

    def _random(self, *numbers: int) -> np.random.Generator:
        return np.random.default_rng((self.settings.seed, *numbers))

    # --- checkpoints --------------------------------------------------------------------------

    def _save_last(self) -> None:
        run = {
            "seed": self.settings.seed,
            "recipe": self.settings.recipe.as_dict(),
            "images": len(self.images),
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "totals": list(self.totals),
            "best": self.best,
            "history": [record.as_dict() for record in self.history],
        }
        save_checkpoint(self._checkpoint(run=run), self.settings.last_path)

    def _checkpoint(self, *, run: dict[str, Any] | None) -> Checkpoint:
        averaged = self.settings.recipe.weights == "averaged" and self.average is not None
        network = self.average.module if averaged and self.average else self.network
        held_out = 0 if self.held_out is None else len(self.held_out)
        return Checkpoint(
            preset=self.settings.preset,
            labels=self.settings.labels,
            preprocessing=self.preprocessing,
            weights=network.state_dict(),
            training={
                **self.settings.facts,
                "preset": self.settings.preset.name,
                "recipe": self.settings.recipe.as_dict(),
                "seed": self.settings.seed,
                "images": len(self.images),
                "held_out_images": held_out,
                "epoch": self.epoch,
                "held_out_accuracy": self.history[-1].as_dict() if self.history else None,
            },
            run=run,
        )

    def resume(self) -> None:
        """Continue where ``last.pt`` was written.

        Raises:
            CheckpointError: It is unreadable, or of a run with other settings or images.
        """
        path = self.settings.last_path
        checkpoint = load_checkpoint(path)
        run = checkpoint.run
        if run is None:
            raise _not_this_run(path, "it holds no state of a run")
        expected = {
            "preset": (checkpoint.preset, self.settings.preset),
            "labels": (checkpoint.labels, self.settings.labels),
            "seed": (run["seed"], self.settings.seed),
            "number of images": (run["images"], len(self.images)),
        }
        for name, (found, wanted) in expected.items():
            if found != wanted:
                raise _not_this_run(path, f"its {name} is {found}, not {wanted}")
        for name, wanted in self.settings.recipe.as_dict().items():
            if run["recipe"].get(name) != wanted:
                found = run["recipe"].get(name)
                raise _not_this_run(path, f"its {name.replace('_', ' ')} is {found}, not {wanted}")
        self.network.load_state_dict(run["network"])
        self.optimiser.load_state_dict(run["optimiser"])
        self.schedule.load_state_dict(run["schedule"])
        if self.average is not None:
            self.average.load_state_dict(run["average"])
        self.epoch, self.step = run["epoch"], run["step"]
        self.totals, self.best = list(run["totals"]), run["best"]
        self.history = [EpochRecord(**record) for record in run["history"]]


def normalise(pixels: Tensor, preprocessing: Preprocessing) -> Tensor:
    """The numbers of the card, on a batch whose geometry is already right.

    Args:
        pixels: float32 (N, 3, H, W), RGB, 0..255.
        preprocessing: Its channel order, scale, mean and std are applied.
    """
    if preprocessing.channel_order == "BGR":
        pixels = pixels.flip(1)
    mean = pixels.new_tensor(preprocessing.mean).view(1, -1, 1, 1)
    std = pixels.new_tensor(preprocessing.std).view(1, -1, 1, 1)
    return (pixels * preprocessing.scale - mean) / std


@torch.inference_mode()
def measure(
    network: torch.nn.Module,
    images: LabelledPixels,
    preprocessing: Preprocessing,
    *,
    device: str = "cpu",
    batch_size: int = 64,
) -> tuple[float, float]:
    """(cross entropy, top-1 accuracy in 0..1), in float32 and evaluation mode."""
    was_training = network.training
    network.eval()
    loss, correct = 0.0, 0
    for start in range(0, len(images), batch_size):
        part = slice(start, start + batch_size)
        pixels = torch.from_numpy(images.pixels[part]).to(device).float()
        inputs = normalise(pixels, preprocessing).contiguous(memory_format=torch.channels_last)
        targets = torch.tensor(images.targets[part]).to(device)
        logits = network(inputs)
        loss += float(functional.cross_entropy(logits, targets, reduction="sum"))
        correct += int((logits.argmax(1) == targets).sum())
    network.train(was_training)
    return loss / len(images), correct / len(images)


def _parameter_groups(network: ResNet, weight_decay: float) -> list[dict[str, Any]]:
    """Decay for the weights of convolutions and the dense layer; none for norms and biases."""
    decayed = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim == 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def _stream(*numbers: int) -> int:
    """One 64-bit seed from several numbers, well mixed (numpy's SeedSequence)."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _not_this_run(path: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"cannot resume from {path}",
        why=why,
        remedy="Repeat the command that started the run, or choose another folder with --output.",
    )
