"""Every image of a split through a classifier, once: what figures, comparisons and reports ask of.

The images go through the program's own decoding and preprocessing. What comes back are the
probabilities of temperature 1: the temperature is fitted on them, and applied where one is wanted.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from desktop_app.core.batch import Run, classify_stream
from desktop_app.core.errors import LensError
from desktop_app.core.records import Preprocessing, Tensor, read_only
from model_export.datasets import DataSet, DataSetError, Split, WrongDataSetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """Something that can be evaluated.

    Attributes:
        labels: One per class.
        preprocessing: Its own.
        run: Input tensors (N, …) → probabilities (N, classes) of temperature 1.
        temperature: That the program applies to these.
        labels_are_known: False for a foreign file whose classes are only numbered.
    """

    labels: tuple[str, ...]
    preprocessing: Preprocessing
    run: Run
    temperature: float = 1.0
    labels_are_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An image that could not be classified; it counts in no figure."""

    name: str
    error: LensError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classified:
    """The answers on N readable images of a split.

    Attributes:
        name: Of data set and split, for people: "signs test".
        labels: The classifier's.
        probabilities: float32 (N, classes), of temperature 1, read-only.
        targets: int64 (N,), the true class, index into ``labels``.
        positions: int64 (N,), rising: which image of the split each is.
        unreadable: The split's other images.
    """

    name: str
    labels: tuple[str, ...]
    probabilities: Tensor = field(repr=False)
    targets: NDArray[np.int64] = field(repr=False)
    positions: NDArray[np.int64] = field(repr=False)
    unreadable: tuple[Unreadable, ...] = ()

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The likeliest class of each image; of equally likely ones the first, int64 (N,)."""
        likeliest: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return likeliest

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the likeliest class is the true one, bool (N,)."""
        same: NDArray[np.bool_] = self.predicted == self.targets
        return same


def classify_split(
    classifier: Classifier,
    data_set: DataSet,
    split: Split,
    *,
    batch_size: int = 16,
    progress: bool = False,
) -> Classified:
    """Classify every image of a split.

    Args:
        classifier: What to ask.
        data_set: The split's, for names and labels.
        split: The images.
        batch_size: Images per run.
        progress: Whether to show a bar on standard error.

    Raises:
        WrongDataSetError: The data set's labels are not the classifier's.
        DataSetError: No image can be read.
    """
    targets = match_labels(classifier, data_set)[split.targets]
    stream = classify_stream(
        split.sources,
        preprocessing=classifier.preprocessing,
        run=classifier.run,
        batch_size=batch_size,
    )
    rows: list[Tensor] = []
    positions: list[int] = []
    unreadable: list[Unreadable] = []
    for outcome in tqdm(stream, total=len(split), unit="image", disable=not progress, leave=False):
        if outcome.probabilities is None:
            assert outcome.error is not None  # noqa: S101 - an outcome has the one or the other
            unreadable.append(Unreadable(name=outcome.source.name, error=outcome.error))
        else:
            rows.append(outcome.probabilities)
            positions.append(outcome.position)
    if not rows:
        raise DataSetError(
            f"cannot evaluate on the split {split.name!r} of {data_set.name}",
            why="none of its images can be read",
            remedy="Name another split with --split.",
        )
    return Classified(
        name=f"{data_set.name} {split.name}",
        labels=classifier.labels,
        probabilities=read_only(np.stack(rows)),
        targets=read_only(targets[positions]),
        positions=read_only(np.array(positions, np.int64)),
        unreadable=tuple(unreadable),
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
