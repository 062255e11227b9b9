"""Everything that a training report tells, measured: run and data set → :class:`RunReport`.

Nothing here knows how a report looks. The images go through the program once; figures, confusion,
calibration and the pictures behind the mistakes all come from that pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from desktop_app.core.errors import LensError
from desktop_app.core.images import load_image
from desktop_app.core.predictions import temper
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import Tensor
from model_export.calibrating import calibrate_on
from model_export.calibration import temperature_in
from model_export.checkpoints import Checkpoint, load_checkpoint, load_network
from model_export.classified import Classified, classify_split, match_labels
from model_export.classifiers import of_checkpoint
from model_export.confusions import Confusion, worst_confusions
from model_export.curves import EpochRecord, read_history
from model_export.datasets import DataSet, Split, WrongDataSetError, hold_out
from model_export.evaluation import Evaluation, copies_of_training_images, score
from model_export.gradient_flow import Flow, WatchedNetwork
from model_export.reliability import Reliability, reliability

GRADIENT_IMAGES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReport:
    """Probabilities before and after the temperature.

    Attributes:
        temperature: That the program applies.
        before: At temperature 1.
        after: With a temperature from other images; None where there is none.
        fitted_on: Name of the images it was fitted on; the same as the measured ones means that
            ``after`` is cross-fitted. Empty where there is none.
        note: Why there is none; empty where there is one.
    """

    temperature: float
    before: Reliability
    after: Reliability | None
    fitted_on: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A training run, measured.

    Attributes:
        checkpoint: The run's best.
        parameters: That the network learns.
        history: One per epoch; empty where the run left none.
        evaluation: On the measured images.
        chosen_on_these: Whether the best epoch was chosen on the measured images.
        worst: The most frequent confusions, most frequent first.
        calibration: On the measured images.
        gradients: Of the checkpoint, one step, on ``gradient_images`` training images.
        gradient_images: How many.
    """

    checkpoint: Checkpoint
    parameters: int
    history: tuple[EpochRecord, ...]
    evaluation: Evaluation
    chosen_on_these: bool
    worst: tuple[Confusion, ...]
    calibration: CalibrationReport
    gradients: Flow
    gradient_images: int


def measure_run(
    run: Path, data_set: DataSet, *, split: str | None = None, progress: bool = False
) -> RunReport:
    """Measure the best checkpoint of a run.

    Args:
        run: The folder that ``train`` wrote.
        data_set: That it was trained on.
        split: To measure on; when None, the images held out of the training (``val``, or the
            recipe's share of ``train``), else ``test``.
        progress: Whether to show bars on standard error.

    Raises:
        CheckpointError: There is no readable ``best.pt``.
        WrongDataSetError: The data set lacks the split, or has other classes.
        DataSetError: No image can be read.
        HistoryError: The history is damaged.
    """
    checkpoint = load_checkpoint(run / "best.pt")
    classifier = of_checkpoint(checkpoint)
    data_set, held_out = _as_trained(data_set, checkpoint.training)
    measured = _measured(data_set, split, held_out)
    classified = classify_split(classifier, data_set, measured, progress=progress)
    on_held_out = held_out is not None and measured.name == held_out.name
    if on_held_out:
        calibration = _cross_fitted(classified, checkpoint.training)
    else:
        others = None
        if held_out is not None and temperature_in(checkpoint.training) == 1:
            others = classify_split(classifier, data_set, held_out, progress=progress)
        calibration = _carried_over(classified, checkpoint.training, others)
    copies = copies_of_training_images(measured, data_set)
    evaluation = score(classified, copies, temperature=calibration.temperature)
    targets = match_labels(classifier, data_set)
    gradients, gradient_images = _gradients(
        checkpoint, data_set.splits.get("train") or measured, targets
    )
    return RunReport(
        checkpoint=checkpoint,
        parameters=sum(each.numel() for each in load_network(checkpoint).parameters()),
        history=read_history(run / "history.jsonl"),
        evaluation=evaluation,
        chosen_on_these=on_held_out,
        worst=worst_confusions(classified, measured.sources, temperature=calibration.temperature),
        calibration=calibration,
        gradients=gradients,
        gradient_images=gradient_images,
    )


def _as_trained(data_set: DataSet, training: Mapping[str, Any]) -> tuple[DataSet, Split | None]:
    """The data set as the training saw it, and the images that it watched.

    Those are ``val``, or a share taken out of ``train``, as :mod:`model_export.train` chose: a
    ``val`` that was added since is none of theirs.
    """
    watched = int(training.get("held_out_images", 0))
    val = data_set.splits.get("val")
    if watched and val is not None:
        told = training.get("held_out")  # which earlier versions did not
        if told == "val" or (told is None and watched == len(val)):
            return data_set, val
    if not watched or "train" not in data_set.splits:
        return data_set, None
    share = float(training.get("recipe", {}).get("hold_out", 0.0))
    rest, held_out = hold_out(data_set.split("train"), share)
    if not len(held_out):
        return data_set, None
    return replace(data_set, splits={**data_set.splits, "train": rest}), held_out


def _measured(data_set: DataSet, name: str | None, held_out: Split | None) -> Split:
    if name is not None and not (held_out is not None and name == held_out.name):
        return data_set.split(name)
    if held_out is not None:
        return held_out
    if "test" in data_set.splits:
        return data_set.split("test")
    raise WrongDataSetError(
        f"cannot report on {data_set.name}",
        why="no image was held out of the training, and there is no test/",
        remedy="Give a data set with val/ or test/, or name a split with --split.",
    )


def _cross_fitted(classified: Classified, training: Mapping[str, Any]) -> CalibrationReport:
    """On the very images that the temperature is fitted on: each half judged by the other."""
    fitted = calibrate_on(classified)
    found = "calibration" in training
    return CalibrationReport(
        temperature=temperature_in(training) if found else fitted.temperature,
        before=fitted.before,
        after=None if fitted.note else fitted.after,
        fitted_on="" if fitted.note else classified.name,
        note=fitted.note,
    )


def _carried_over(
    classified: Classified, training: Mapping[str, Any], others: Classified | None
) -> CalibrationReport:
    """On images that no temperature was fitted on: the checkpoint's, or one from held-out ones."""
    facts = dict(training.get("calibration", {}))
    if others is not None:
        facts = calibrate_on(others).facts(others.name)
    temperature = temperature_in({"calibration": facts})
    before = reliability(classified.probabilities, classified.targets)
    if temperature == 1:
        note = str(facts.get("note") or "no image was held out of the training to fit one on")
        return CalibrationReport(
            temperature=1.0, before=before, after=None, fitted_on="", note=note
        )
    tempered = temper(classified.probabilities, temperature)
    return CalibrationReport(
        temperature=temperature,
        before=before,
        after=reliability(tempered, classified.targets),
        fitted_on=str(facts.get("on", "")),
        note="",
    )


def _gradients(
    checkpoint: Checkpoint, split: Split, indices: NDArray[np.int64]
) -> tuple[Flow, int]:
    """The loss gradient's norm in every layer on one batch of a split, and the batch's size.

    Args:
        checkpoint: The network.
        split: The images; the same ones are drawn every time.
        indices: The network's index of each of the split's classes.
    """
    tensors: list[Tensor] = []
    classes: list[int] = []
    for index in np.random.default_rng(0).permutation(len(split)):
        try:
            image = load_image(split.sources[index])
        except LensError:
            continue
        tensors.append(preprocess(image, checkpoint.preprocessing))
        classes.append(int(indices[split.targets[index]]))
        if len(tensors) == GRADIENT_IMAGES:
            break
    network = load_network(checkpoint).requires_grad_()
    watched = WatchedNetwork(network, network.named_layers(), rate=0.0)
    watched.take_step(torch.from_numpy(np.concatenate(tensors)), torch.tensor(classes))
    return watched.flow("residual", batch_norm=True), len(tensors)
