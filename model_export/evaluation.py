"""How good a classifier is on labelled images, through the program's own eyes.

A checkpoint and a model file are measured alike: the program's decoding and preprocessing, then
PyTorch or ONNX Runtime. Images that are copies of training images flatter the figure, so a second
figure leaves them out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from desktop_app.core.batch import Outcome, Run, classify_stream
from desktop_app.core.errors import LensError
from desktop_app.core.records import Accuracy, Preprocessing
from model_export.copies import find_copies
from model_export.datasets import DataSet, DataSetError, WrongDataSetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """Something that can be evaluated.

    Attributes:
        labels: One per class.
        preprocessing: Its own.
        run: Input tensors (N, …) → probabilities (N, classes).
        labels_are_known: False for a foreign file whose classes are only numbered.
    """

    labels: tuple[str, ...]
    preprocessing: Preprocessing
    run: Run
    labels_are_known: bool = True


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An image that could not be classified; it counts in no figure."""

    name: str
    error: LensError


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The figures of one split.

    Attributes:
        accuracy: On all readable images of the split.
        without_copies: On those that are not copies of training images; None when there
            are no copies, or no training images to compare with.
        classes: One per label.
        confusion: Rows are the true classes, columns the predicted ones, in the labels' order.
        unreadable: What was left out.
    """

    accuracy: Accuracy
    without_copies: Accuracy | None
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
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
    targets = match_labels(classifier, data_set)[split.targets]
    stream = classify_stream(
        split.sources,
        preprocessing=classifier.preprocessing,
        run=classifier.run,
        batch_size=batch_size,
    )
    shown = tqdm(stream, total=len(split), unit="image", disable=not progress, leave=False)
    ranks, predicted, unreadable = _collect(shown, targets)
    read = predicted >= 0
    if not read.any():
        raise DataSetError(
            f"cannot evaluate on the split {split_name!r} of {data_set.name}",
            why="none of its images can be read",
            remedy="Name another split with --split.",
        )
    name = f"{data_set.name} {split_name}"
    classes = len(classifier.labels)
    train = data_set.splits.get("train")
    copies = np.zeros(len(split), np.bool_)
    if train is not None and train is not split:
        copies = find_copies(split.sources, train.sources)
    own = read & ~copies
    without_copies = None
    if own.any() and (read & copies).any():
        title = f"{name} without copies of training images"
        without_copies = _accuracy(title, ranks[own], classes)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (targets[read], predicted[read]), 1)
    return Evaluation(
        accuracy=_accuracy(name, ranks[read], classes),
        without_copies=without_copies,
        classes=_class_scores(classifier.labels, confusion),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
        unreadable=unreadable,
    )


def match_labels(classifier: Classifier, data_set: DataSet) -> NDArray[np.int64]:
    """The classifier's index of each of the data set's labels.

    By name; by position only for a foreign file whose classes are merely numbered.

    Raises:
        WrongDataSetError: A label of the data set is none of the classifier's.
    """
    if not classifier.labels_are_known and len(classifier.labels) == len(data_set.labels):
        return np.arange(len(data_set.labels), dtype=np.int64)
    positions = {label: index for index, label in enumerate(classifier.labels)}
    foreign = [label for label in data_set.labels if label not in positions]
    if foreign:
        raise WrongDataSetError(
            f"cannot evaluate on {data_set.name}",
            why=f"the model has no class {foreign[0]!r}"
            + (f", nor {len(foreign) - 1} others of its classes" if len(foreign) > 1 else ""),
            remedy="Name the folders like the model's labels.",
        )
    return np.array([positions[label] for label in data_set.labels], np.int64)


def _collect(
    outcomes: Iterable[Outcome], targets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[Unreadable, ...]]:
    """Rank of the true class (0 is best) and predicted class of each image, -1 if unreadable."""
    ranks = np.full(len(targets), -1, np.int64)
    predicted = np.full(len(targets), -1, np.int64)
    unreadable: list[Unreadable] = []
    for outcome in outcomes:
        scores, index = outcome.probabilities, outcome.position
        if scores is None:
            assert outcome.error is not None  # noqa: S101 - an outcome has the one or the other
            unreadable.append(Unreadable(name=outcome.source.name, error=outcome.error))
            continue
        # Ties count as the program shows them: in the order of the labels.
        order = np.argsort(-scores, kind="stable")
        predicted[index] = order[0]
        ranks[index] = np.flatnonzero(order == targets[index])[0]
    return ranks, predicted, tuple(unreadable)


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
