"""What ships: the models with their cards, the hand signs first of all."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from desktop_app import paths
from desktop_app.__main__ import main
from desktop_app.core.bundled import DEFAULT_MODEL
from desktop_app.core.derived_activations import DerivedActivations
from desktop_app.core.doubt import judge
from desktop_app.core.images import load_image
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model, list_models
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import FileSource, Image, Model
from desktop_app.core.sessions import ModelSessions

FOLDERS = (paths.bundled_models(),)
BUNDLED = sorted(path.stem for path in paths.bundled_models().glob("*.onnx"))
LARGEST_BYTES = 48_000_000
TWO_FINGERS = paths.samples() / "two-fingers.png"


@pytest.fixture(scope="module", params=BUNDLED)
def model(request: pytest.FixtureRequest) -> Model:
    return load_model(find_model(request.param, FOLDERS))


@pytest.fixture(scope="module")
def signs() -> Model:
    return load_model(find_model("signs", FOLDERS))


def test_the_default_is_bundled_and_the_hand_signs_are() -> None:
    assert {DEFAULT_MODEL, "signs"} <= set(BUNDLED)
    listed = list_models(FOLDERS)
    assert [each.name for each in listed] == BUNDLED
    assert [each.name for each in listed if each.default] == [DEFAULT_MODEL]


# --- every bundled model -------------------------------------------------------------------------


def test_the_file_is_small_enough_to_ship(model: Model) -> None:
    assert model.path.stat().st_size <= LARGEST_BYTES


def test_the_card_tells_what_the_model_knows(model: Model) -> None:
    assert model.card is not None
    known = model.card.doubt
    assert known is not None
    assert len(known.quantiles) == 99
    assert list(known.quantiles) == sorted(known.quantiles)
    chosen = [each.auroc for each in known.separation if each.score == known.score]
    others = [each.auroc for each in known.separation if each.score != known.score]
    assert len(chosen) == len(others) >= 2
    assert sum(chosen) > sum(others)
    assert all(auroc > 0.7 for auroc in chosen)


def test_noise_is_unlike_what_any_bundled_model_knows(model: Model) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    image = Image(pixels, "noise", (64, 64))
    activations = ModelSessions(model, "cpu").activations(preprocess(image, model.preprocessing))
    doubt = judge(model, activations)
    assert doubt is not None
    assert doubt.sentence.startswith("Unlike anything")


def test_the_card_tells_what_the_model_is(model: Model) -> None:
    card = model.card
    assert card is not None
    assert card.title
    assert card.licence
    assert card.source
    assert {"preset", "seed", "commit", "date", "recipe", "images"} <= set(card.training)
    assert card.accuracy
    assert all(figure.images >= 100 and 0.4 < figure.top1 <= 1 for figure in card.accuracy)
    assert len(card.weights_sha256) == 64
    assert len(set(model.labels)) == len(model.labels)


def test_every_layer_of_the_lesson_is_a_node_of_its_own(model: Model) -> None:
    kinds = Counter(layer.kind for layer in model.layers)
    assert (kinds["conv"], kinds["batch-norm"], kinds["relu"], kinds["add"]) == (53, 53, 49, 16)
    nodes = {node.name for node in read_onnx(model.path).graph.node}
    assert {layer.name for layer in model.layers} <= nodes


def test_all_activations_come_in_the_shapes_of_the_card(model: Model) -> None:
    spec = model.preprocessing
    nothing = np.zeros((1, 3, spec.height, spec.width), np.float32)
    activations = ModelSessions(model, "cpu").activations(nothing)
    shapes = {name: maps.shape for name, maps in activations.values.items()}
    assert len(shapes) == len(model.layers) == 175
    for layer in model.layers:
        assert shapes[layer.name][: len(layer.shape)] == layer.shape, layer.name


def test_what_is_derived_is_what_the_graph_computes(model: Model) -> None:
    tensor = preprocess(load_image(FileSource(TWO_FINGERS)), model.preprocessing)
    sessions = ModelSessions(model, "cpu")
    derived = sessions.activations(tensor).values
    exact = sessions.activations(tensor, exact=True).values
    assert isinstance(derived, DerivedActivations)
    assert derived.held_bytes < 0.25 * sum(maps.nbytes for maps in exact.values())
    for name, maps in exact.items():
        largest = float(np.abs(maps).max())
        np.testing.assert_allclose(derived[name], maps, rtol=0, atol=1e-5 * largest, err_msg=name)


# --- the hand signs ------------------------------------------------------------------------------


def test_the_hand_signs_are_the_lessons(signs: Model) -> None:
    assert signs.labels == ("0", "1", "2", "3", "4", "5")
    assert (signs.preprocessing.height, signs.preprocessing.width) == (64, 64)
    assert signs.card is not None
    assert {(figure.images, round(figure.top1, 4)) for figure in signs.card.accuracy} == {
        (120, 0.9917),
        (108, 0.9907),
    }


def test_the_sample_of_a_hand_shows_two_fingers(signs: Model) -> None:
    tensor = preprocess(load_image(FileSource(TWO_FINGERS)), signs.preprocessing)
    probabilities = ModelSessions(signs, "cpu").probabilities(tensor)[0]
    assert signs.labels[int(probabilities.argmax())] == "2"


# --- named or not --------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "used"), [([], DEFAULT_MODEL), (["--model", "signs"], "signs")])
def test_classify_uses_the_default_where_no_model_is_named(
    words: list[str], used: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    output = tmp_path / "result.json"
    call = ["classify", str(TWO_FINGERS), *words, "--format", "json", "--output", str(output)]
    assert main(call) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(output.read_text())[0]["model"] == used
