"""Where a training run stands: everything that a checkpoint must hold to go on exactly."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from model_export.averaging import moving_average
from model_export.checkpoints import CheckpointError
from model_export.curves import EpochRecord
from model_export.learning_rate import on_top
from model_export.parameter_groups import parameter_groups
from model_export.presets import Preset
from model_export.recipes import Recipe
from model_export.resnet import ResNet


class RunState:
    """Network, optimiser, schedule and averages of one run, and how far it has come.

    Args:
        preset: Which network.
        recipe: How it is trained.
        seed: Of the initialisation.
        images: How many there are to train on.
        device: Where to compute.
        initial: The network's complete state to begin with, instead of an initialisation.

    Attributes:
        network: float32 weights.
        average: The moving average of the weights, where the recipe wants one.
        epoch: Epochs done.
        step: Steps done of the epoch in progress.
        loss_sum: Over the images seen in the epoch in progress.
        correct: Of these.
        seconds: Spent on these.
        history: Of the epochs done.
    """

    def __init__(
        self,
        preset: Preset,
        recipe: Recipe,
        *,
        seed: int,
        images: int,
        device: str,
        initial: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.recipe = recipe
        self.seed = seed
        self.images = images
        # A batch of one has no variance to normalise by where the last maps are 1×1.
        self.steps_per_epoch = max(1, min(math.ceil(images / recipe.batch_size), images // 2))
        layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        network = ResNet(preset, seed=seed, zero_last_norm=recipe.zero_last_norm)
        if initial is not None:
            network.load_state_dict(dict(initial))
        self.network: ResNet = network.to(device, memory_format=layout)  # type: ignore[call-overload]
        groups = parameter_groups(self.network, recipe)
        self._rate_shares = [share for share, _ in groups]
        self.optimiser = torch.optim.SGD(
            [group for _, group in groups],
            lr=recipe.peak_rate,
            momentum=recipe.momentum,
            nesterov=True,
            fused=True,
        )
        # Fused steps leave memory as they find it where a momentum's first gradient overflowed
        # (float16), and take no momentum that is missing (a part that was frozen until now).
        for parameter in self.network.parameters():
            self.optimiser.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        self.average: AveragedModel | None = None
        if recipe.average_decay:
            average = moving_average(recipe.average_decay)
            self.average = AveragedModel(self.network, multi_avg_fn=average, use_buffers=True)
        self.scaler = torch.amp.GradScaler(
            torch.device(device).type, enabled=recipe.precision == "float16"
        )
        self.epoch = 0
        self.step = 0
        self.loss_sum = 0.0
        self.correct = 0
        self.seconds = 0.0
        self.history: list[EpochRecord] = []

    @property
    def progress(self) -> float:
        """Steps taken over steps in all, 0..1."""
        steps = self.epoch * self.steps_per_epoch + self.step
        return steps / (self.recipe.epochs * self.steps_per_epoch)

    def begin_epoch(self) -> int:
        """Put what the recipe trains in this epoch into training mode, and let the rest stand.

        What is frozen gets no gradients, and its batch norms use their statistics as they are.

        Returns:
            How many of the network's tensors are trained.
        """
        self.network.train()
        frozen_stage = self.recipe.frozen_stage(self.epoch)
        for stage, _, place in self.network.places():
            frozen = stage is not None and stage <= frozen_stage
            place.module.requires_grad_(not frozen).train(not frozen)
        return sum(parameter.requires_grad for parameter in self.network.parameters())

    def take_step(self) -> None:
        """Move the weights along the gradients that lie ready, and forget these."""
        rate = self.recipe.rate(self.progress)
        for group, share in zip(self.optimiser.param_groups, self._rate_shares, strict=True):
            group["lr"] = rate * share
        if self.recipe.clip_norm:
            self.scaler.unscale_(self.optimiser)
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.optimiser.zero_grad()
        if self.average is not None:
            self.average.update_parameters(self.network)
        self.step += 1

    @property
    def latest_is_best(self) -> bool:
        """Whether no epoch did better on the held-out images; so without such images.

        Ties go to the later epoch, whose learning rate is lower.
        """
        scores = self._scores()
        return scores[-1] == max(scores)

    @property
    def out_of_patience(self) -> bool:
        """Whether so many epochs have brought nothing better that the recipe wants no more."""
        scores, patience = self._scores(), self.recipe.patience
        return 0 < patience < len(scores) and max(scores[-patience:]) <= max(scores[:-patience])

    def _scores(self) -> list[float]:
        """Accuracy of the offered weights on the held-out images after each epoch, or zeros."""
        averaged = self.recipe.weights == "averaged"
        values = [r.val_accuracy_averaged if averaged else r.val_accuracy for r in self.history]
        return [value or 0.0 for value in values]

    @property
    def rate(self) -> float:
        """The learning rate of the last step, for the dense layer, whose group comes last."""
        return float(self.optimiser.param_groups[-1]["lr"])

    @property
    def chosen(self) -> ResNet:
        """The network whose weights the recipe offers for inference."""
        if self.recipe.weights == "averaged" and self.average is not None:
            return cast("ResNet", self.average.module)
        return self.network

    def finish_epoch(self) -> None:
        """Count the epoch in progress as done."""
        self.epoch += 1
        self.step, self.loss_sum, self.correct, self.seconds = 0, 0.0, 0, 0.0

    def as_dict(self) -> dict[str, Any]:
        """Tensors and plain values, for a checkpoint; shares the tensors."""
        return {
            "seed": self.seed,
            "recipe": self.recipe.as_dict(),
            "images": self.images,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "totals": [self.loss_sum, self.correct, self.seconds],
            "history": [record.as_dict() for record in self.history],
        }

    def restore(self, values: dict[str, Any], *, path: Path) -> None:
        """Go on from what :meth:`as_dict` gave.

        Args:
            values: Of a run with the same preset and labels.
            path: The checkpoint's, for messages.

        Raises:
            CheckpointError: The run had another seed, other settings or other images, or its
                state does not fit.
        """
        wanted = {"seed": self.seed, "number of images": self.images} | self.recipe.as_dict()
        try:
            found = {"seed": values["seed"], "number of images": values["images"]}
            foreign = values["recipe"].keys() - wanted.keys()
            if foreign:
                raise not_this_run(path, f"it has settings of an earlier version: {min(foreign)}")
            found |= Recipe().as_dict() | values["recipe"]  # which may be older than a setting
            self.epoch, self.step = values["epoch"], values["step"]
            for name, value in wanted.items():
                if found.get(name) == value:
                    continue
                why = f"its {name.replace('_', ' ')} is {found.get(name)}, not {value}"
                if name == "epochs":
                    obstacle = self._length_obstacle(found["epochs"])
                    if not obstacle:
                        continue
                    why = f"{why}; {obstacle}"
                raise not_this_run(path, why)
            self.network.load_state_dict(values["network"])
            self.optimiser.load_state_dict(values["optimiser"])
            self.scaler.load_state_dict(values["scaler"])
            if self.average is not None:
                self.average.load_state_dict(values["average"])
            self.loss_sum, self.correct, self.seconds = values["totals"]
            self.history = [EpochRecord(**record) for record in values["history"]]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise not_this_run(path, f"its state is incomplete ({error})") from error

    def _length_obstacle(self, epochs: int) -> str:
        """Why a run of so many epochs cannot become as long as the recipe says; empty if it can.

        It can while the learning rate is at its peak for both lengths, and the same part is
        frozen. Growing images take the size that the new length gives them.
        """
        recipe = self.recipe
        if recipe.schedule != "trapezoid":
            return f"the rate of {recipe.schedule} depends on that from the first step on"
        done = self.epoch + self.step / self.steps_per_epoch
        for length in (epochs, recipe.epochs):
            share = done / length
            if not on_top(share, warm_up=recipe.warm_up, cool_down=recipe.cool_down):
                way = "still rises" if share < recipe.warm_up else "already falls"
                return f"after {done:.1f} epochs of {length} the rate {way}"
        if recipe.frozen_stage(self.epoch) != replace(recipe, epochs=epochs).frozen_stage(
            self.epoch
        ):
            return "another part of the network would be frozen"
        return ""


def not_this_run(path: Path, why: str) -> CheckpointError:
    """The error for a checkpoint that is fine but of another run."""
    return CheckpointError(
        f"cannot resume from {path}",
        why=why,
        remedy="Repeat the command that started the run, or choose another folder with --output.",
    )
