"""How good a classifier is on labelled images, through the program's own eyes.

A checkpoint and a model file are measured alike: the program's decoding and preprocessing, then
PyTorch or ONNX Runtime. Images that are copies of training images flatter the figure, so a second
figure leaves them out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from desktop_app.core.predictions import temper
from desktop_app.core.records import Accuracy
from model_export.classified import Classified, Classifier, Unreadable, classify_split
from model_export.copies import find_copies
from model_export.datasets import DataSet, Split
from model_export.reliability import reliability


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """One class.

    Attributes:
        label: Of the class.
        images: That are of this class.
        precision: Of the images that were given this label, the share that are of the class;
            None when none was given it.
        recall: Of the images of the class, the share that was given its label; None without any.
    """

    label: str
    images: int
    precision: float | None
    recall: float | None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; 0 where none was given it, None without images."""
        if self.recall is None:
            return None
        if not self.precision or not self.recall:
            return 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The figures of one split.

    Attributes:
        accuracy: On all readable images of the split.
        without_copies: On those that are not copies of training images; None when there
            are no copies, or no training images to compare with.
        classes: One per label.
        confusion: Rows are the true classes, columns the predicted ones, in the labels' order.
        temperature: That the program applies to the probabilities.
        calibration_error: Of the probabilities at that temperature, 0..1: by how much the
            probability of the likeliest class misses the share that is right, on average
            (see :mod:`model_export.reliability`).
        unreadable: What was left out.
    """

    accuracy: Accuracy
    without_copies: Accuracy | None
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    temperature: float
    calibration_error: float
    unreadable: tuple[Unreadable, ...] = ()

    def accuracies(self) -> tuple[Accuracy, ...]:
        """What a card says."""
        return tuple(a for a in (self.accuracy, self.without_copies) if a is not None)


def evaluate(
    classifier: Classifier,
    data_set: DataSet,
    split_name: str,
    *,
    batch_size: int = 16,
    progress: bool = False,
) -> Evaluation:
    """Classify every image of a split and compare with its label.

    Args:
        classifier: What to measure.
        data_set: Whose images; its training images are those that copies are looked for in.
        split_name: Which of its splits.
        batch_size: Images per run.
        progress: Whether to show a bar on standard error.

    Raises:
        WrongDataSetError: There is no such split, or its labels are not the classifier's.
        DataSetError: It is empty or unreadable throughout.
    """
    split = data_set.split(split_name)
    classified = classify_split(
        classifier, data_set, split, batch_size=batch_size, progress=progress
    )
    copies = copies_of_training_images(split, data_set)
    return score(classified, copies, temperature=classifier.temperature)


def copies_of_training_images(split: Split, data_set: DataSet) -> NDArray[np.bool_]:
    """Which images of a split are also among the data set's training images, bool (N,)."""
    train = data_set.splits.get("train")
    if train is None or train is split:
        return np.zeros(len(split), np.bool_)
    return find_copies(split.sources, train.sources)


def score(
    classified: Classified, copies: NDArray[np.bool_], *, temperature: float = 1.0
) -> Evaluation:
    """The figures of what has been classified.

    Args:
        classified: The answers.
        copies: bool, one per image of the split: those that a second accuracy leaves out.
        temperature: At which the calibration error is measured; no other figure depends on it.
    """
    classes = len(classified.labels)
    # Ties count as the program shows them: in the order of the labels.
    order = np.argsort(-classified.probabilities, axis=1, kind="stable")
    ranks = np.argmax(order == classified.targets[:, None], axis=1)
    copied = copies[classified.positions]
    without_copies = None
    if copied.any() and not copied.all():
        title = f"{classified.name} without copies of training images"
        without_copies = _accuracy(title, ranks[~copied], classes)
    shown = temper(classified.probabilities, temperature)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (classified.targets, order[:, 0]), 1)
    return Evaluation(
        accuracy=_accuracy(classified.name, ranks, classes),
        without_copies=without_copies,
        classes=_class_scores(classified.labels, confusion),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
        temperature=temperature,
        calibration_error=reliability(shown, classified.targets).error,
        unreadable=classified.unreadable,
    )


def interval(share: float, images: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of images (Wilson 1927; Brown et al. 2001, section 3.1).

    Args:
        share: Measured, 0..1.
        images: On how many, 1 or more.
    """
    bounds = binomtest(round(share * images), images).proportion_ci(0.95, method="wilson")
    return float(bounds.low), float(bounds.high)


def _accuracy(name: str, ranks: NDArray[np.int64], classes: int) -> Accuracy:
    return Accuracy(
        name=name,
        images=len(ranks),
        top1=float(np.mean(ranks < 1)),
        top5=float(np.mean(ranks < 5)) if classes > 5 else None,
    )


def _class_scores(labels: Sequence[str], confusion: NDArray[np.int64]) -> tuple[ClassScore, ...]:
    right = confusion.diagonal()
    given, images = confusion.sum(axis=0), confusion.sum(axis=1)
    return tuple(
        ClassScore(
            label=label,
            images=int(images[index]),
            precision=float(right[index] / given[index]) if given[index] else None,
            recall=float(right[index] / images[index]) if images[index] else None,
        )
        for index, label in enumerate(labels)
    )
