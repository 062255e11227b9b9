"""Figures of a split: what is counted, what is left out, and whose labels are whose."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from desktop_app.core.errors import ImageUnreadableError
from desktop_app.core.records import BytesSource, ImageSource, PixelsSource, Preprocessing, Tensor
from model_export.classified import Classifier, match_labels
from model_export.datasets import DataSet, DataSetError, Split
from model_export.evaluate import as_json, as_table
from model_export.evaluation import Evaluation, evaluate

CLASSES = 7
LABELS = tuple(f"class {n}" for n in range(CLASSES))


def picture(predicted: int, *, seed: int = 0, second: int | None = None) -> ImageSource:
    """Tells the classifier below, in its corners, what to predict first and second."""
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    pixels[0, 0] = 10 * predicted
    pixels[0, -1] = 10 * (predicted if second is None else second)
    return PixelsSource(f"{predicted}/{seed}", pixels)


def read_corners(batch: Tensor) -> Tensor:
    scores = np.full((len(batch), CLASSES), 0.01, np.float32)
    rows = np.arange(len(batch))
    scores[rows, np.rint(batch[:, 0, 0, -1] / 10).astype(int)] = 0.3
    scores[rows, np.rint(batch[:, 0, 0, 0] / 10).astype(int)] = 0.6
    return scores


CLASSIFIER = Classifier(
    labels=LABELS,
    preprocessing=Preprocessing(height=32, width=32, scale=1.0),
    run=read_corners,
)


def split(name: str, pairs: Sequence[tuple[int, ImageSource]]) -> Split:
    targets = np.array([target for target, _ in pairs], np.int64)
    return Split(name=name, targets=targets, sources=tuple(source for _, source in pairs))


def data_set(
    labels: tuple[str, ...] = LABELS, **pairs: Sequence[tuple[int, ImageSource]]
) -> DataSet:
    splits = {name: split(name, images) for name, images in pairs.items()}
    return DataSet(name="made", labels=labels, splits=splits)


# True class, predicted class: 0 and 1 are sometimes confused, 3 is never predicted.
SEEN = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 2), (3, 2)]


def evaluated(**changes: object) -> Evaluation:
    images = [(true, picture(seen, seed=n)) for n, (true, seen) in enumerate(SEEN)]
    return evaluate(CLASSIFIER, data_set(val=images), "val", batch_size=3, **changes)  # type: ignore[arg-type]


def test_accuracy_precision_and_recall() -> None:
    evaluation = evaluated()
    assert evaluation.accuracy.name == "made val"
    assert evaluation.accuracy.images == 7
    assert evaluation.accuracy.top1 == pytest.approx(4 / 7)
    scores = {s.label: (s.images, s.precision, s.recall) for s in evaluation.classes}
    assert scores["class 0"] == (3, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert scores["class 1"] == (2, pytest.approx(1 / 2), pytest.approx(1 / 2))
    assert scores["class 2"] == (1, pytest.approx(1 / 2), 1.0)
    assert scores["class 3"] == (1, None, 0.0)
    assert scores["class 6"] == (0, None, None)


def test_calibration_error_is_at_the_temperature_that_the_program_applies() -> None:
    # The classifier above is always 60 % sure, and here right in 4 of 7.
    plain = evaluated()
    assert (plain.temperature, plain.calibration_error) == (1.0, pytest.approx(0.6 - 4 / 7))
    warm = replace(CLASSIFIER, temperature=2.0)
    evaluation = evaluate(warm, data_set(val=[(0, picture(0))]), "val")
    assert evaluation.temperature == 2.0
    share = 0.6**0.5 / (0.6**0.5 + 6 * 0.01**0.5)
    assert evaluation.calibration_error == pytest.approx(1 - share, rel=1e-5)


def test_confusion_has_true_classes_in_rows() -> None:
    confusion = np.array(evaluated().confusion)
    assert confusion.shape == (CLASSES, CLASSES)
    assert confusion[0].tolist() == [2, 1, 0, 0, 0, 0, 0]
    assert confusion[3].tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert confusion.sum() == len(SEEN)


def test_top5_counts_the_first_five() -> None:
    # After the two it names, the classifier's scores tie: then the labels' order decides.
    images = [(target, picture(6, second=5, seed=target)) for target in range(7)]
    accuracy = evaluate(CLASSIFIER, data_set(val=images), "val").accuracy
    assert accuracy.top1 == pytest.approx(1 / 7)
    assert accuracy.top5 == pytest.approx(5 / 7)  # 6, 5, 0, 1, 2


def test_few_classes_have_no_top5() -> None:
    few = replace(CLASSIFIER, labels=LABELS[:5], run=lambda batch: read_corners(batch)[:, :5])
    accuracy = evaluate(few, data_set(LABELS[:5], val=[(0, picture(0))]), "val").accuracy
    assert accuracy.top5 is None


def test_copies_of_training_images_have_a_figure_of_their_own() -> None:
    copied = picture(0, seed=1)
    images = [(0, copied), (1, picture(1, seed=2)), (1, picture(0, seed=3))]
    both = data_set(train=[(0, copied), (0, picture(0, seed=9))], test=images)
    evaluation = evaluate(CLASSIFIER, both, "test")
    assert (evaluation.accuracy.images, evaluation.accuracy.top1) == (3, pytest.approx(2 / 3))
    assert evaluation.without_copies is not None
    assert evaluation.without_copies.name == "made test without copies of training images"
    assert (evaluation.without_copies.images, evaluation.without_copies.top1) == (2, 0.5)
    assert len(evaluation.accuracies()) == 2


def test_training_images_are_no_copies_of_themselves() -> None:
    evaluation = evaluate(CLASSIFIER, data_set(train=[(0, picture(0))]), "train")
    assert evaluation.without_copies is None
    assert evaluation.accuracies() == (evaluation.accuracy,)


def test_unreadable_images_are_named_and_not_counted() -> None:
    images = [(0, picture(0)), (0, BytesSource("broken.png", b"broken")), (1, picture(1, seed=1))]
    evaluation = evaluate(CLASSIFIER, data_set(val=images), "val")
    assert (evaluation.accuracy.images, evaluation.accuracy.top1) == (2, 1.0)
    assert [image.name for image in evaluation.unreadable] == ["broken.png"]
    assert isinstance(evaluation.unreadable[0].error, ImageUnreadableError)


def test_nothing_readable_is_an_error() -> None:
    with pytest.raises(DataSetError, match="none of its images"):
        evaluate(CLASSIFIER, data_set(val=[(0, BytesSource("x", b"broken"))]), "val")
    with pytest.raises(DataSetError, match="has only: val"):
        evaluate(CLASSIFIER, data_set(val=[(0, picture(0))]), "test")


def test_labels_are_matched_by_name() -> None:
    shuffled = data_set(("class 3", "class 1", "class 0"), val=[(0, picture(3))])
    assert match_labels(CLASSIFIER, shuffled).tolist() == [3, 1, 0]
    assert evaluate(CLASSIFIER, shuffled, "val").accuracy.top1 == 1.0


def test_foreign_labels_are_an_error_unless_classes_are_merely_numbered() -> None:
    foreign = data_set(("ant", "bee", "class 1"), val=[])
    with pytest.raises(DataSetError, match="no class 'ant', nor 1 others"):
        match_labels(CLASSIFIER, foreign)
    numbered = replace(CLASSIFIER, labels=("class 0", "class 1", "class 2"), labels_are_known=False)
    assert match_labels(numbered, foreign).tolist() == [0, 1, 2]


def test_table_shows_every_figure() -> None:
    table = as_table(evaluated())
    assert "made val: top-1 57.14 % (4 of 7), top-5 100.00 %" in table
    assert "calibration error" in table
    rows = [line.split() for line in table.splitlines()]
    assert ["class", "3", "1", "–", "0.00", "%"] in rows
    assert "true \\ predicted" in table
    assert "class 6" not in table.split("true \\ predicted")[0]  # neither seen nor predicted


def test_json_has_every_figure() -> None:
    import json

    content = json.loads(as_json(evaluated()))
    assert content["accuracy"]["images"] == 7
    assert content["without_copies"] is None
    assert content["confusion"][0][:2] == [2, 1]
    assert content["classes"][3] == {
        "label": "class 3", "images": 1, "precision": None, "recall": 0.0,
    }  # fmt: skip
    assert content["unreadable"] == []
