"""What ships: the model of hand signs, its card, and the sample picture."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from desktop_app import paths
from desktop_app.__main__ import main
from desktop_app.core.images import load_image
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model, list_models
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import FileSource, Model
from desktop_app.core.sessions import ModelSessions

LARGEST_BYTES = 48_000_000


@pytest.fixture(scope="module")
def signs() -> Model:
    return load_model(find_model(None, (paths.bundled_models(),)))


def test_exactly_one_bundled_model_is_the_default() -> None:
    listed = list_models((paths.bundled_models(),))
    assert [model.name for model in listed if model.default] == ["signs"]
    for model in listed:
        assert model.path.stat().st_size <= LARGEST_BYTES


def test_the_card_tells_what_the_model_is(signs: Model) -> None:
    card = signs.card
    assert card is not None
    assert signs.labels == ("0", "1", "2", "3", "4", "5")
    assert (signs.preprocessing.height, signs.preprocessing.width) == (64, 64)
    assert {"preset", "seed", "commit", "date", "recipe", "images"} <= set(card.training)
    assert {(figure.images, round(figure.top1, 4)) for figure in card.accuracy} == {
        (120, 0.9917),
        (108, 0.9907),
    }
    assert card.licence
    assert len(card.weights_sha256) == 64


def test_every_layer_of_the_lesson_is_a_node_of_its_own(signs: Model) -> None:
    kinds = Counter(layer.kind for layer in signs.layers)
    assert (kinds["conv"], kinds["batch-norm"], kinds["relu"], kinds["add"]) == (53, 53, 49, 16)
    nodes = {node.name for node in read_onnx(signs.path).graph.node}
    assert {layer.name for layer in signs.layers} <= nodes


def test_all_activations_come_in_the_shapes_of_the_card(signs: Model) -> None:
    sessions = ModelSessions(signs, "cpu")
    activations = sessions.activations(np.zeros((1, 3, 64, 64), np.float32))
    shapes = {name: maps.shape for name, maps in activations.values.items()}
    assert len(shapes) == len(signs.layers) == 175
    for layer in signs.layers:
        assert shapes[layer.name][: len(layer.shape)] == layer.shape, layer.name


def test_the_sample_shows_two_fingers(signs: Model) -> None:
    sample = next((paths.resources() / "samples").glob("*.png"))
    tensor = preprocess(load_image(FileSource(sample)), signs.preprocessing)
    probabilities = ModelSessions(signs, "cpu").probabilities(tensor)[0]
    assert signs.labels[int(probabilities.argmax())] == "2"


def test_classify_needs_no_model_to_be_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sample = next((paths.resources() / "samples").glob("*.png"))
    output = tmp_path / "result.json"
    words = ["classify", str(sample), "--format", "json", "--output", str(output)]
    assert main(words) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(output.read_text())[0]["model"] == "signs"
