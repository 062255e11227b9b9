"""What a report measures: on which images, how sure, and whose mistakes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.core.errors import LensError
from desktop_app.core.records import BytesSource, ImageSource, PixelsSource
from tests.small_training import narrow_network, write_folders

pytestmark = pytest.mark.torch
LABELS = ("ant", "bee", "cat")


def pictures(count: int) -> tuple[ImageSource, ...]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 20, 30, 3), np.uint8)
    return tuple(PixelsSource(f"picture {n}", each) for n, each in enumerate(pixels))


def answers(rows: Sequence[tuple[int, int, float]]) -> Any:
    """One image per (true class, predicted class, its probability)."""
    from model_export.classified import Classified

    probabilities = np.zeros((len(rows), len(LABELS)), np.float32)
    for row, (_, predicted, share) in zip(probabilities, rows, strict=True):
        row[:] = (1 - share) / 2
        row[predicted] = share
    return Classified(
        name="made val",
        labels=LABELS,
        probabilities=probabilities,
        targets=np.array([true for true, _, _ in rows], np.int64),
        positions=np.arange(len(rows)),
    )


# --- confusions ----------------------------------------------------------------------------------

SEEN = [
    (0, 1, 0.5), (0, 1, 0.9), (0, 1, 0.7), (0, 0, 0.8),
    (1, 2, 0.6), (1, 1, 0.8),
    (2, 0, 0.6), (2, 2, 0.8), (2, 2, 0.9),
]  # fmt: skip


def test_the_most_frequent_confusion_comes_first_then_the_larger_share() -> None:
    from model_export.confusions import worst_confusions

    worst = worst_confusions(answers(SEEN), pictures(len(SEEN)))
    found = [(cell.true, cell.predicted, cell.images) for cell in worst]
    assert found == [("ant", "bee", 3), ("bee", "cat", 1), ("cat", "ant", 1)]
    assert [cell.share for cell in worst] == pytest.approx([3 / 4, 1 / 2, 1 / 3])


def test_the_surest_mistakes_are_shown_as_the_program_would() -> None:
    from model_export.confusions import THUMBNAIL_PX, worst_confusions

    cell = worst_confusions(answers(SEEN), pictures(len(SEEN)))[0]
    assert [mistake.name for mistake in cell.mistakes] == ["picture 1", "picture 2", "picture 0"]
    assert [mistake.probability for mistake in cell.mistakes] == pytest.approx([0.9, 0.7, 0.5])
    assert max(cell.mistakes[0].thumbnail.shape) <= THUMBNAIL_PX
    warm = worst_confusions(answers(SEEN), pictures(len(SEEN)), temperature=2.0)[0]
    share = 0.9**0.5 / (0.9**0.5 + 2 * 0.05**0.5)
    assert warm.mistakes[0].probability == pytest.approx(share, rel=1e-5)


def test_an_image_that_is_gone_is_counted_and_not_shown() -> None:
    from model_export.confusions import worst_confusions

    sources = list(pictures(len(SEEN)))
    sources[1] = BytesSource("gone", b"")
    cell = worst_confusions(answers(SEEN), sources)[0]
    assert cell.images == 3
    assert [mistake.name for mistake in cell.mistakes] == ["picture 2", "picture 0"]


def test_few_images_of_a_crowded_cell_are_shown() -> None:
    from model_export.confusions import IMAGES_PER_CELL, worst_confusions

    (cell,) = worst_confusions(answers([(0, 1, 0.9)] * 40), pictures(40))
    assert (cell.images, len(cell.mistakes)) == (40, IMAGES_PER_CELL)
    assert worst_confusions(answers([(0, 0, 0.9)]), pictures(1)) == ()


# --- which images, which temperature -------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint() -> Any:
    from model_export.checkpoints import Checkpoint
    from model_export.presets import find_preset
    from model_export.resnet import ResNet

    with narrow_network():
        preset = find_preset("lesson", classes=2, image_size=32)
        return Checkpoint(
            preset=preset,
            labels=("bright", "dark"),
            preprocessing=preset.preprocessing(),
            weights=ResNet(preset, seed=1).state_dict(),
            training={"recipe": {"hold_out": 0.5}, "held_out_images": 6},
        )


@pytest.fixture
def measure(checkpoint: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Measure a run on folders with these splits and so many images per class."""
    from model_export.checkpoints import save_checkpoint
    from model_export.datasets import read_data_set
    from model_export.report_measuring import measure_run

    def call(*splits: str, count: int = 6, split: str | None = None, **training: Any) -> Any:
        data = write_folders(tmp_path / "-".join(splits), splits=splits, count=count)
        watched = {"held_out": "val" if "val" in splits else "held-out training images"}
        changed = replace(checkpoint, training={**checkpoint.training, **watched, **training})
        save_checkpoint(changed, tmp_path / "best.pt")
        return measure_run(tmp_path, read_data_set(data), split=split)

    with narrow_network():
        yield call


def test_held_out_images_are_measured_rather_than_test(
    measure: Callable[..., Any], checkpoint: Any
) -> None:
    report = measure("train", "val", "test")
    assert report.evaluation.accuracy.name == "train-val-test val"
    assert report.chosen_on_these
    learnt = (v for name, v in checkpoint.weights.items() if name.endswith(("weight", "bias")))
    assert report.parameters == sum(value.numel() for value in learnt)


def test_a_split_can_be_named(measure: Callable[..., Any]) -> None:
    report = measure("train", "val", "test", split="test")
    assert report.evaluation.accuracy.name == "train-val-test test"
    assert not report.chosen_on_these


def test_the_share_that_the_recipe_held_out_is_found_again(measure: Callable[..., Any]) -> None:
    report = measure("train", "test")
    assert (report.evaluation.accuracy.name, report.evaluation.accuracy.images) == (
        "train-test held-out training images",
        6,
    )
    assert report.chosen_on_these


def test_without_held_out_images_test_is_measured(measure: Callable[..., Any]) -> None:
    from model_export.datasets import WrongDataSetError

    report = measure("train", "test", held_out_images=0)
    assert report.evaluation.accuracy.name == "train-test test"
    assert not report.chosen_on_these
    assert report.calibration.note == "no image was held out of the training to fit one on"
    with pytest.raises(WrongDataSetError, match="there is no test/"):
        measure("train", held_out_images=0)


def test_a_temperature_from_other_images_is_judged_on_these(measure: Callable[..., Any]) -> None:
    facts = {"temperature": 3.0, "note": "", "on": "elsewhere val"}
    calibration = measure("train", "test", held_out_images=0, calibration=facts).calibration
    assert (calibration.temperature, calibration.fitted_on) == (3.0, "elsewhere val")
    assert calibration.after.likelihood_loss != calibration.before.likelihood_loss


def test_a_checkpoint_without_temperature_gets_one_from_the_held_out_images(
    measure: Callable[..., Any],
) -> None:
    calibration = measure("train", "val", "test", count=40, split="test").calibration
    assert calibration.fitted_on == "train-val-test val"
    assert calibration.temperature != 1
    assert calibration.after.images == 80


def test_on_the_held_out_images_themselves_the_figures_are_cross_fitted(
    measure: Callable[..., Any],
) -> None:
    calibration = measure("train", "val", count=40).calibration
    assert calibration.fitted_on == "train-val val"
    assert calibration.after.likelihood_loss < calibration.before.likelihood_loss


def test_every_layer_with_a_kernel_has_its_gradient(measure: Callable[..., Any]) -> None:
    report = measure("train", "val")
    assert len(report.gradients.layers) == 54
    assert report.gradients.gradient_norms.shape == (1, 54)
    assert (report.gradients.gradient_norms > 0).all()
    assert report.gradient_images == 12


def test_a_folder_without_checkpoint_is_an_error(tmp_path: Path) -> None:
    from model_export.datasets import read_data_set
    from model_export.report_measuring import measure_run

    data_set = read_data_set(write_folders(tmp_path / "data", count=1))
    with pytest.raises(LensError, match=r"best\.pt: there is no such file"):
        measure_run(tmp_path, data_set)


# --- intervals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "images", "low", "high"),
    # From the formula in Brown, Cai and DasGupta 2001, section 3.1, with z = 1.959964.
    [(0, 10, 0.0, 0.27753), (119, 120, 0.95430, 0.99853), (50, 100, 0.40383, 0.59617)],
)
def test_intervals_are_wilsons(right: int, images: int, low: float, high: float) -> None:
    from model_export.evaluation import interval

    assert interval(right / images, images) == (
        pytest.approx(low, abs=1e-5),
        pytest.approx(high, abs=1e-5),
    )


@pytest.mark.parametrize("told", ["held-out training images", None])
def test_images_that_became_val_later_are_not_those_that_were_watched(
    measure: Callable[..., Any], told: str | None
) -> None:
    report = measure("train", "val", count=10, split="val", held_out=told)
    assert report.evaluation.accuracy.images == 20
    assert not report.chosen_on_these
