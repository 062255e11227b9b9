"""One step of training: a batch's images → gradients → weights moved."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from desktop_app.core.records import Preprocessing
from model_export.augmentation import augment, mix
from model_export.measuring import autocast, normalise
from model_export.prepared_images import LabelledPixels
from model_export.ranks import Ranks
from model_export.run_state import RunState


class StepResult(NamedTuple):
    """What the images of one step came to, over all processes.

    Attributes:
        loss: Summed over the images, as the recipe smooths and mixes it.
        correct: Of these, while the weights moved.
    """

    loss: float
    correct: int


class Stepper:
    """Takes the steps of a run.

    Args:
        state: Whose weights move.
        images: Of which each step takes a batch.
        preprocessing: Its numbers are applied; the geometry is the augmentation's.
        ranks: This process among the others.
    """

    def __init__(
        self,
        state: RunState,
        images: LabelledPixels,
        preprocessing: Preprocessing,
        ranks: Ranks,
    ) -> None:
        self._state = state
        self._images = images
        self._preprocessing = preprocessing
        self._ranks = ranks
        self._network: nn.Module = state.network
        self._trained = 0

    def begin_epoch(self) -> None:
        """Train what the recipe trains in this epoch; to be called before its first step."""
        trained = self._state.begin_epoch()
        if trained != self._trained:  # DistributedDataParallel asks only once what is trained
            self._network = self._ranks.parallel(self._state.network)
            self._trained = trained

    def take(self, batch: NDArray[np.int64]) -> StepResult:
        """Move the weights by one step.

        Args:
            batch: Which images, of all processes together; everything random is drawn from (seed,
                epoch, step, rank).
        """
        recipe, state, ranks = self._state.recipe, self._state, self._ranks
        torch.manual_seed(_mixed(state.seed, state.epoch, state.step, ranks.rank))
        own = np.array_split(batch, ranks.world_size)[ranks.rank]
        inputs, targets = self._inputs(own)
        parts = min(recipe.accumulation, len(own) // 2)
        loss, correct = torch.zeros(2, dtype=torch.float64, device=ranks.device).unbind()
        for part, (images, wanted) in enumerate(
            zip(inputs.tensor_split(parts), targets.tensor_split(parts), strict=True), start=1
        ):
            with self._synchronised(last=part == parts):
                with autocast(ranks.device, recipe.precision):
                    logits = self._network(images).float()
                part_loss = functional.cross_entropy(
                    logits, wanted, label_smoothing=recipe.label_smoothing
                )
                # Processes' gradients are averaged, and a batch's images shall count alike.
                share = len(images) * ranks.world_size / len(batch)
                state.scaler.scale(part_loss * share).backward()  # type: ignore[no-untyped-call]
            loss += part_loss.detach() * len(images)
            correct += (logits.argmax(1) == wanted.argmax(1)).sum()
        state.take_step()
        # Asked for last: until somebody wants a number, a GPU need not be waited for.
        total_loss, total_correct = ranks.sum(float(loss), float(correct))
        return StepResult(total_loss, int(total_correct))

    def _inputs(self, batch: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Augmented, normalised and mixed (N, 3, S, S), and (N, classes) to match."""
        recipe, preset = self._state.recipe, self._state.network.preset
        size = recipe.size_at(self._state.epoch, preset.image_size)
        pixels = torch.from_numpy(self._images.pixels[batch]).to(self._ranks.device)
        inputs = augment(pixels.float().div_(255), recipe, size)
        inputs = normalise(inputs * 255, self._preprocessing)
        classes = torch.from_numpy(self._images.targets[batch]).to(self._ranks.device)
        targets = functional.one_hot(classes, preset.classes).float()
        inputs, targets = mix(inputs, targets, recipe)
        if recipe.channels_last:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        return inputs, targets

    def _synchronised(self, *, last: bool) -> AbstractContextManager[Any]:
        """Gradients of a batch's parts are averaged over the processes once, with the last."""
        if not last and isinstance(self._network, DistributedDataParallel):
            return self._network.no_sync()
        return nullcontext()


def _mixed(*numbers: int) -> int:
    """One 63-bit seed from several numbers, well mixed (numpy's SeedSequence)."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
