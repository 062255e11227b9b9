"""The training run: data set → network → checkpoints, history, curves.

Everything random in a step is drawn from (seed, epoch, step), and the order of an epoch from
(seed, epoch). So a run that was stopped, or killed, and resumed from its last checkpoint ends
with the same bits as one that was not (on the CPU, with the same number of threads).
"""

import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from desktop_app.core.errors import LensError
from desktop_app.core.records import Preprocessing
from model_export.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from model_export.curves import EpochRecord, draw_curves, write_history
from model_export.initial_weights import InitialWeights
from model_export.measuring import measure
from model_export.prepared_images import LabelledPixels
from model_export.presets import Preset
from model_export.ranks import Ranks
from model_export.recipes import Recipe
from model_export.run_conditions import RunConditions
from model_export.run_state import RunState, not_this_run
from model_export.stepping import Stepper

CHECKPOINT_EVERY_S: Final = 600.0
"""Within an epoch; every epoch's end writes one anyway."""


class DivergedError(LensError):
    """The loss is no number any more."""

    code = "training-diverged"


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


class TrainingRun:
    """A run from its start, or from its last checkpoint, to its end or interruption."""

    def __init__(
        self,
        settings: Settings,
        images: LabelledPixels,
        held_out: LabelledPixels | None = None,
        *,
        ranks: Ranks,
    ) -> None:
        self.settings = settings
        self.ranks = ranks
        self.images = images
        self.held_out = held_out or None  # no images, nothing to watch
        self.preprocessing = settings.preprocessing or settings.preset.preprocessing()
        self.facts = dict(settings.facts)
        initial = settings.initial
        if initial is not None:
            self.facts["initial_weights"] = initial.facts(settings.labels)
        self.state = RunState(
            settings.preset,
            settings.recipe,
            seed=settings.seed,
            images=len(images),
            device=ranks.device,
            initial=None if initial is None else initial.state(settings.labels),
        )
        self.conditions = RunConditions.here(images, self.held_out, ranks)
        self.stepper = Stepper(self.state, images, self.preprocessing, ranks)

    def resume(self) -> None:
        """Continue where ``last.pt`` was written; warn on standard error where not exactly.

        Raises:
            CheckpointError: It is unreadable, or of a run with other settings, images or initial
                weights.
        """
        path = self.settings.last_path
        checkpoint = load_checkpoint(path)
        if checkpoint.run is None:
            raise not_this_run(path, "it holds no state of a run")
        if (checkpoint.preset, checkpoint.labels) != (self.settings.preset, self.settings.labels):
            raise not_this_run(path, "it is of another network or other classes")
        if checkpoint.preprocessing != self.preprocessing:
            raise not_this_run(path, "its images are preprocessed in another way")
        self._go_on_from(checkpoint.training.get("initial_weights"), path=path)
        self.state.restore(dict(checkpoint.run), path=path)
        warning = self.conditions.compare(checkpoint.run.get("conditions"), path=path)
        if warning and self.ranks.first:
            print(f"warning: {warning}", file=sys.stderr)

    def _go_on_from(self, begun: Mapping[str, Any] | None, *, path: Path) -> None:
        """Keep what is known of the run's initial weights, which need not be there any more."""
        named = self.settings.initial
        if named is not None and (begun is None or begun["sha256"] != named.sha256):
            title = "an initialisation by its seed" if begun is None else repr(begun["title"])
            raise not_this_run(path, f"it began with {title}, not with {named.path}")
        if begun is not None:
            self.facts["initial_weights"] = dict(begun)

    def run(self, *, stop: Callable[[], bool], progress: bool = True) -> bool:
        """Train to the end, or until ``stop`` says so; leaves a checkpoint either way.

        Returns:
            True when the run is complete.

        Raises:
            DivergedError: The loss is no number any more.
            OutputError: A file cannot be written.
        """
        state, epochs = self.state, self.settings.recipe.epochs
        if not self.settings.last_path.exists():
            self._save_last()
        if state.history:  # a kill may have come between the checkpoint and these
            self._write_record()
        in_epoch = sum(len(batch) for batch in self._batches()[: state.step])
        with tqdm(
            total=epochs * len(self.images),
            initial=state.epoch * len(self.images) + in_epoch,
            unit=" images",
            disable=not (progress and self.ranks.first),
            smoothing=0.05,
            mininterval=0.5,
        ) as bar:
            while state.epoch < epochs and not state.out_of_patience:
                if not self._run_epoch(stop, bar):
                    self._save_last()
                    return False
                self._finish_epoch(bar)
        return True

    def _batches(self) -> list[NDArray[np.int64]]:
        """The epoch's order, cut into batches of sizes that differ by one at most."""
        order = np.random.default_rng((self.settings.seed, self.state.epoch))
        return np.array_split(order.permutation(len(self.images)), self.state.steps_per_epoch)

    def _run_epoch(self, stop: Callable[[], bool], bar: "tqdm[Any]") -> bool:
        """Take the rest of the epoch's steps; False when stopped before the last."""
        state = self.state
        batches = self._batches()
        seen = sum(len(batch) for batch in batches[: state.step])
        started, saved, before = time.monotonic(), time.monotonic(), state.seconds
        self.stepper.begin_epoch()
        for batch in batches[state.step :]:
            if any(self.ranks.sum(stop())):
                return False
            result = self.stepper.take(batch)
            if not math.isfinite(result.loss):
                raise DivergedError(
                    f"training diverged in epoch {state.epoch + 1}",
                    why="the loss is no number any more",
                    remedy="Start again with a smaller --peak-rate.",
                )
            state.loss_sum += result.loss
            state.correct += result.correct
            seen += len(batch)
            bar.update(len(batch))
            bar.set_postfix_str(
                f"epoch {state.epoch + 1}, loss {state.loss_sum / seen:.3f}, "
                f"accuracy {state.correct / seen:.1%}",
                refresh=False,
            )
            now = time.monotonic()
            state.seconds = before + now - started
            if now - saved > self.settings.checkpoint_every_s:
                self._save_last()
                saved = now
        return True

    def _finish_epoch(self, bar: "tqdm[Any]") -> None:
        """Measure, record, save, draw."""
        state, started = self.state, time.monotonic()
        val_loss, val_accuracy = self._measure(state.network)
        averaged = None if state.average is None else self._measure(state.average.module)[1]
        record = EpochRecord(
            epoch=state.epoch + 1,
            loss=state.loss_sum / len(self.images),
            accuracy=state.correct / len(self.images),
            rate=state.rate,
            seconds=round(state.seconds + time.monotonic() - started, 2),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            val_accuracy_averaged=averaged,
        )
        state.history.append(record)
        state.finish_epoch()
        score = averaged if self.settings.recipe.weights == "averaged" else val_accuracy
        # Ties go to the later epoch, whose rate is lower; without held-out images, the latest.
        if score is None or score >= state.best:
            state.best, state.best_epoch = -1.0 if score is None else score, state.epoch
            if self.ranks.first:
                save_checkpoint(self._checkpoint(run=None), self.settings.best_path)
        self._save_last()
        self._write_record()
        held = "" if val_accuracy is None else f", held out {val_accuracy:.1%}"
        held += "" if averaged is None else f" (averaged {averaged:.1%})"
        if self.ranks.first:
            bar.write(
                f"epoch {record.epoch}: loss {record.loss:.3f}, accuracy {record.accuracy:.1%}"
                f"{held}, {record.seconds:.0f} s",
                file=sys.stderr,
            )

    def _measure(self, network: torch.nn.Module) -> tuple[float | None, float | None]:
        """Loss and accuracy on the held-out images, if there are any."""
        if self.held_out is None:
            return None, None
        return measure(
            network,
            self.held_out,
            self.preprocessing,
            ranks=self.ranks,
            precision=self.settings.recipe.precision,
        )

    def _save_last(self) -> None:
        if not self.ranks.first:
            return
        run = {**self.state.as_dict(), "conditions": self.conditions.as_dict()}
        save_checkpoint(self._checkpoint(run=run), self.settings.last_path)

    def _write_record(self) -> None:
        """History and curves, anew from the state."""
        if not self.ranks.first:
            return
        history, output = self.state.history, self.settings.output
        write_history(history, output / "history.jsonl")
        title = f"{self.settings.preset.name}, seed {self.settings.seed}"
        draw_curves(history, output / "curves.png", title=title)

    def _checkpoint(self, *, run: dict[str, Any] | None) -> Checkpoint:
        history = self.state.history
        return Checkpoint(
            preset=self.settings.preset,
            labels=self.settings.labels,
            preprocessing=self.preprocessing,
            weights=self.state.chosen.state_dict(),
            training={
                **self.facts,
                "preset": self.settings.preset.name,
                "recipe": self.settings.recipe.as_dict(),
                "seed": self.settings.seed,
                "images": len(self.images),
                "held_out_images": 0 if self.held_out is None else len(self.held_out),
                "epoch": self.state.epoch,
                "last_epoch": history[-1].as_dict() if history else None,
            },
            run=run,
        )
