"""The training run: data set → network → checkpoints, history, curves.

Everything random in a step is drawn from (seed, epoch, step), and the order of an epoch from
(seed, epoch). So a run that was stopped, or killed, and resumed from its last checkpoint ends
with the same bits as one that was not (on the CPU, with the same number of threads).
"""

import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from desktop_app.core.errors import LensError
from model_export.checkpoints import load_checkpoint
from model_export.curves import EpochRecord
from model_export.measuring import measure
from model_export.prepared_images import LabelledPixels
from model_export.ranks import Ranks
from model_export.recipes import RecipeError
from model_export.run_conditions import RunConditions
from model_export.run_files import RunFiles
from model_export.run_settings import Settings
from model_export.run_state import RunState, not_this_run
from model_export.stepping import Stepper


class DivergedError(LensError):
    """The loss is no number any more."""

    code = "training-diverged"


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
        initial = settings.initial
        self.state = RunState(
            settings.preset,
            settings.recipe,
            seed=settings.seed,
            images=len(images),
            device=ranks.device,
            initial=None if initial is None else initial.state(settings.labels),
        )
        self._see_that_the_images_suffice()
        self.conditions = RunConditions.here(images, self.held_out, ranks)
        self.files = RunFiles(
            settings=settings,
            state=self.state,
            conditions=self.conditions,
            preprocessing=self.preprocessing,
            facts={
                **settings.facts,
                "images": len(images),
                "held_out_images": 0 if self.held_out is None else len(self.held_out),
            },
            writes=ranks.first,
        )
        if initial is not None:
            self.files.facts["initial_weights"] = initial.facts(settings.labels)
        self.stepper = Stepper(self.state, images, self.preprocessing, ranks)

    def _see_that_the_images_suffice(self) -> None:
        """Compare the recipe with what there is.

        Raises:
            RecipeError: A process would get batches of one image, or patience has nothing to watch.
        """
        smallest, processes = len(self.images) // self.state.steps_per_epoch, self.ranks.world_size
        why, remedy = "", ""
        if smallest < 2 * processes:
            why = f"a batch of {smallest} is not 2 images for each of {processes} processes"
            remedy = "Use a larger --batch-size or fewer processes."
        if self.settings.recipe.patience and self.held_out is None:
            why = "patience is measured on held-out images, and there are none"
            remedy = "Give the data set a val/ folder, or add --hold-out 0.1."
        if why:
            raise RecipeError("cannot train with these settings", why=why, remedy=remedy)

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
            self.files.facts["initial_weights"] = dict(begun)

    def run(self, *, stop: Callable[[], bool], progress: bool = True) -> bool:
        """Train to the end, or until ``stop`` says so; leaves a checkpoint either way.

        Returns:
            True when the run is complete.

        Raises:
            DivergedError: The loss is no number any more.
            OutputError: A file cannot be written.
            PeersDifferError: The processes are not about to do the same.
        """
        state, epochs = self.state, self.settings.recipe.epochs
        self._agree()
        if not self.settings.last_path.exists():
            self.files.save_last()
        if state.history:  # a kill may have come between the checkpoint and these
            self.files.write_record()
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
                    self.files.save_last()
                    return False
                self._finish_epoch(bar)
            if state.epoch < epochs and self.ranks.first:
                what = f"stopped early: nothing better in {self.settings.recipe.patience} epochs"
                bar.write(what, file=sys.stderr)
        return True

    def _agree(self) -> None:
        """See that all processes are about to do the same."""
        told, state, conditions = self.settings, self.state, self.conditions
        network = (told.preset, told.labels, self.preprocessing)
        self.ranks.agree("settings", (*network, told.recipe, told.seed))
        self.ranks.agree("images", (conditions.images, conditions.held_out))
        start = self.files.facts.get("initial_weights")
        self.ranks.agree("state to start from", (state.epoch, state.step, start))

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
                self.files.save_last()
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
        if state.latest_is_best:
            self.files.save_best()
        self.files.save_last()
        self.files.write_record()
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
        self.ranks.spread(network)
        return measure(
            network,
            self.held_out,
            self.preprocessing,
            ranks=self.ranks,
            precision=self.settings.recipe.precision,
        )
