"""The temperature: found where there is one, left alone where there is none to be told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.core.predictions import log_of, softmax, temper
from model_export.reliability import BINS, reliability

pytestmark = pytest.mark.torch
IMAGES, CLASSES = 4000, 8


def honest(images: int = IMAGES, *, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits, and targets drawn with just the probabilities that these give."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 2, (images, CLASSES))
    shares = softmax(logits).astype(np.float64).cumsum(axis=1)
    drawn = generator.random((images, 1)) * shares[:, -1:]
    return logits, (shares < drawn).sum(axis=1).astype(np.int64)


@pytest.mark.parametrize("exaggeration", [0.4, 1.6, 4.0])
def test_exaggerated_logits_are_found_out(exaggeration: float) -> None:
    from model_export.calibration import fit_temperature

    logits, targets = honest()
    calibration = fit_temperature((exaggeration * logits).astype(np.float32), targets)
    assert calibration.temperature == pytest.approx(exaggeration, rel=0.05)
    assert calibration.note == ""
    assert calibration.before.error > 0.08
    assert calibration.after.error < 0.03
    assert calibration.after.likelihood_loss < calibration.before.likelihood_loss


def test_no_other_temperature_is_better() -> None:
    from model_export.calibration import fit_temperature

    logits, targets = honest(500)
    found = fit_temperature(3 * logits, targets).temperature

    def loss(temperature: float) -> float:
        return reliability(softmax(3 * logits / temperature), targets).likelihood_loss

    assert loss(found) < min(loss(found * 1.01), loss(found / 1.01))


def test_logarithms_of_probabilities_do_as_logits() -> None:
    from model_export.calibration import fit_temperature

    logits, targets = honest()
    from_logits = fit_temperature(2 * logits, targets)
    from_probabilities = fit_temperature(log_of(softmax(2 * logits)), targets)
    assert from_probabilities.temperature == pytest.approx(from_logits.temperature, rel=1e-4)


def test_the_figures_after_come_from_images_that_were_not_fitted_on() -> None:
    from model_export.calibration import fit_temperature

    # So few images that a fit on all of them must look better than it is.
    logits, targets = honest(60, seed=3)
    calibration = fit_temperature(3 * logits, targets)
    flattered = reliability(temper(softmax(3 * logits), calibration.temperature), targets)
    assert calibration.after.likelihood_loss > flattered.likelihood_loss
    assert calibration.after.images == 60


def test_honest_logits_are_left_alone() -> None:
    from model_export.calibration import fit_temperature

    calibration = fit_temperature(*honest(100, seed=2))
    assert calibration.temperature == 1.0
    assert "does not help" in calibration.note
    assert calibration.after == calibration.before


@pytest.mark.parametrize(
    ("wrong", "note"), [(0, "all images are right"), (1, "all images but one are right")]
)
def test_without_mistakes_nothing_is_claimed(wrong: int, note: str) -> None:
    from model_export.calibration import fit_temperature

    logits, _ = honest(200)
    targets = logits.argmax(axis=1)
    targets[:wrong] = (targets[:wrong] + 1) % CLASSES
    calibration = fit_temperature(logits, targets)
    assert (calibration.temperature, calibration.note) == (1.0, note)


def test_few_images_or_one_class_tell_nothing() -> None:
    from model_export.calibration import FEWEST_IMAGES, fit_temperature

    logits, targets = honest(FEWEST_IMAGES - 1)
    assert "too few" in fit_temperature(3 * logits, targets).note
    logits, targets = honest()
    calibration = fit_temperature(3 * logits, np.zeros_like(targets))
    assert (calibration.temperature, calibration.note) == (1.0, "all images are of one class")


def test_a_network_that_knows_nothing_gets_the_highest_temperature() -> None:
    from model_export.calibration import HIGHEST, fit_temperature

    generator = np.random.default_rng(4)
    logits = generator.normal(0, 50, (IMAGES, CLASSES))
    targets = generator.integers(0, CLASSES, IMAGES)
    assert fit_temperature(logits, targets).temperature == pytest.approx(HIGHEST, rel=1e-3)


@pytest.mark.parametrize("logit", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite_are_refused(logit: float) -> None:
    from model_export.calibration import fit_temperature

    logits, targets = honest(60)
    logits[7, 2] = logit
    with pytest.raises(ValueError, match="not finite"):
        fit_temperature(logits, targets)
    with pytest.raises(ValueError, match="59 targets"):
        fit_temperature(np.zeros((60, 3)), targets[1:])


def test_facts_are_plain_and_hold_the_temperature() -> None:
    import json

    from model_export.calibration import fit_temperature, temperature_in

    logits, targets = honest(500)
    calibration = fit_temperature(2 * logits, targets)
    facts = json.loads(json.dumps(calibration.facts("made val")))
    assert temperature_in({"calibration": facts}) == calibration.temperature
    assert (facts["on"], facts["images"]) == ("made val", 500)
    assert facts["error_after"] < facts["error_before"]
    assert temperature_in({"seed": 1}) == 1.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 300), st.floats(0.1, 5))
def test_calibration_error_is_that_of_torchmetrics(seed: int, images: int, scale: float) -> None:
    import torch
    from torchmetrics.functional.classification import multiclass_calibration_error

    generator = np.random.default_rng(seed)
    probabilities = softmax(scale * generator.normal(size=(images, CLASSES)))
    targets = generator.integers(0, CLASSES, images)
    expected = multiclass_calibration_error(
        torch.from_numpy(probabilities),
        torch.from_numpy(targets),
        num_classes=CLASSES,
        n_bins=BINS,
        norm="l1",
    )
    assert reliability(probabilities, targets).error == pytest.approx(float(expected), abs=1e-5)


def test_bins_count_every_image_once() -> None:
    # Certain, at a bin's upper end, just above it.
    probabilities = np.array([[1.0, 0.0], [1 - 6 / 15, 6 / 15], [0.61, 0.39]])
    found = reliability(probabilities, np.array([0, 1, 0]))
    counts = [each.images for each in found.bins]
    assert sum(counts) == found.images == 3
    assert (counts[14], counts[9], counts[8]) == (1, 1, 1)
    assert (found.bins[9].confidence, found.bins[9].accuracy) == (pytest.approx(0.61), 1.0)
    assert found.bins[8].accuracy == 0.0
    assert found.bins[0].images == 0
    assert found.error == pytest.approx((0 + 0.6 + 0.39) / 3)
    assert found.likelihood_loss == pytest.approx(-np.log([1.0, 0.4, 0.61]).mean())


def test_a_checkpoint_is_calibrated_on_the_images_its_training_watched() -> None:
    from model_export.calibrating import calibrate_checkpoint, held_out_logits
    from model_export.calibration import fit_temperature, temperature_in
    from model_export.checkpoints import Checkpoint, load_network
    from model_export.prepared_images import LabelledPixels
    from model_export.presets import find_preset
    from model_export.resnet import ResNet
    from tests.small_training import narrow_network

    with narrow_network():
        preset = find_preset("lesson", classes=2, image_size=32)
        checkpoint = Checkpoint(
            preset=preset,
            labels=("a", "b"),
            preprocessing=preset.preprocessing(),
            weights=ResNet(preset, seed=1).state_dict(),
            training={"seed": 1, "calibration": {"temperature": 9.0}},
        )
        generator = np.random.default_rng(0)
        held_out = LabelledPixels(
            pixels=generator.integers(0, 256, (70, 3, 32, 32), np.uint8),
            targets=generator.integers(0, 2, 70),
        )
        calibrated = calibrate_checkpoint(checkpoint, held_out, on="made val")
        logits = held_out_logits(
            load_network(checkpoint), held_out, checkpoint.preprocessing, batch_size=32
        )
    assert logits.shape == (70, 2)
    expected = fit_temperature(logits, held_out.targets)
    assert calibrated.training["calibration"] == expected.facts("made val")
    assert temperature_in(calibrated.training) != 9.0
    assert calibrated.training["seed"] == 1
    assert temperature_in(checkpoint.training) == 9.0
