"""The tests' own model is a real one: other tests may trust it."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from desktop_app.core.graph.taps import with_taps
from desktop_app.core.model_file import load_model
from tests.model_fixtures import TINY_CLASSES, TINY_SIZE, write_tiny_model


def scores(path: Path, batch: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"image": batch})[0]


def flat_pictures() -> np.ndarray:
    """Pure red, green and blue, with some noise: float32 (3, 3, size, size) in 0..1."""
    noise = np.random.default_rng(0).uniform(0, 0.2, (3, 3, TINY_SIZE, TINY_SIZE))
    return (0.8 * np.eye(3)[:, :, None, None] + noise).astype(np.float32)


def test_pure_hues_are_told_apart(tiny_model: Path) -> None:
    probabilities = scores(tiny_model, flat_pictures())
    assert probabilities.argmax(axis=1).tolist() == [0, 1, 2]
    assert probabilities.max(axis=1).min() > 0.9
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


def test_card_fits_the_graph(tiny_model: Path) -> None:
    model = load_model(tiny_model)
    assert model.labels == TINY_CLASSES
    assert len(model.layers) == 41
    shapes = {layer.name: layer.shape for layer in model.layers}
    assert shapes["pool1"] == (8, 7, 7)
    assert shapes["res3a_relu"] == (16, 4, 4)
    assert shapes["avg_pool"] == (16,)
    assert shapes["fc3"] == shapes["probabilities"] == (3,)


def test_layer_shapes_are_those_that_run(tiny_model: Path) -> None:
    model = load_model(tiny_model)
    names = [layer.name for layer in model.layers]
    content = with_taps(onnx.load(tiny_model), names).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for layer, value in zip(
        model.layers, session.run(names, {"image": flat_pictures()}), strict=True
    ):
        assert value.shape[1:] == layer.shape, layer.name
        assert np.ptp(value) > 0, layer.name


def test_plain_model_has_no_card(plain_model: Path) -> None:
    model = load_model(plain_model)
    assert model.card is None
    assert len(model.labels) == 3


@pytest.mark.parametrize("classes", [2, 7])
def test_any_number_of_classes(tmp_path: Path, classes: int) -> None:
    path = tmp_path / "hues.onnx"
    write_tiny_model(path, classes=[f"hue {n}" for n in range(classes)])
    assert load_model(path).labels[-1] == f"hue {classes - 1}"
    assert scores(path, flat_pictures()).shape == (3, classes)


def test_the_same_call_gives_the_same_bytes(tiny_model: Path, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == tiny_model.read_bytes()
