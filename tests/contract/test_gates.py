"""Gates that nobody sets: what the bundled models answer stays what it was."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from desktop_app import paths
from desktop_app.core.block_effects import block_effects
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.images import load_image
from desktop_app.core.interventions import Intervention
from desktop_app.core.model_file import load_model
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import Model, PixelsSource, Tensor
from desktop_app.core.sessions import ModelSessions

MODELS = tuple(sorted(paths.bundled_models().glob("*.onnx")))
CHANNELS = ("conv1_relu", "res2a_branch2b", "bn3b_branch2a", "res4c_branch2b_relu", "res5c_relu")


@pytest.fixture(scope="module", params=MODELS, ids=lambda path: path.stem)
def model(request: pytest.FixtureRequest) -> Model:
    path: Path = request.param
    return load_model(path)


@pytest.fixture(scope="module")
def tensor(model: Model) -> Tensor:
    image = load_image(PixelsSource("astronaut", data.astronaut()))
    return preprocess(image, model.preprocessing)


@pytest.fixture(scope="module")
def plain(model: Model, tensor: Tensor) -> Tensor:
    return ModelSessions(model, "cpu").probabilities(tensor)[0]


def test_channel_gates_of_relus_are_invisible_bit_for_bit(
    model: Model, tensor: Tensor, plain: Tensor
) -> None:
    sessions = ModelSessions(model, "cpu")
    gated = GatedSessions(model, sessions.provider, sessions.runtime)
    at = Intervention("channel", "res3b_branch2b_relu", 44, 1.0)
    np.testing.assert_array_equal(gated.run(tensor, [], also=[at]).probabilities, plain)


def test_gates_anywhere_stay_within_a_hundred_thousandth(
    model: Model, tensor: Tensor, plain: Tensor
) -> None:
    sessions = ModelSessions(model, "cpu")
    gated = GatedSessions(model, sessions.provider, sessions.runtime)
    places = [Intervention("channel", layer, 0, 1.0) for layer in CHANNELS]
    places += [Intervention("branch", block.name, None, 1.0) for block in model.blocks]
    outcome = gated.run(tensor, [], also=places)
    difference = np.abs(outcome.probabilities - plain).max()
    print(f"\n{model.name}, {len(places)} gates at 1: {difference:.1e}")
    assert difference < 1e-5


def test_each_block_s_effect_is_that_of_its_branch_alone(model: Model, tensor: Tensor) -> None:
    sessions = ModelSessions(model, "cpu")
    gated = GatedSessions(model, sessions.provider, sessions.runtime)
    effects = list(block_effects(gated, tensor, 0))
    assert [effect.block for effect in effects] == [block.name for block in model.blocks]
    for effect in effects[::5]:
        off = Intervention("branch", effect.block, None, 0.0)
        outcome = gated.run(tensor, [off])
        assert effect.logit_change == outcome.logit_changes[0] != 0
        assert effect.probability_change == outcome.probability_changes[0]
        assert effect.top_index == outcome.probabilities.argmax()


def test_blocks_are_those_that_the_card_names(model: Model) -> None:
    assert [block.name for block in model.blocks] == sorted(
        {layer.block for layer in model.layers if layer.block}
    )
    for block in model.blocks:
        shortcut = model.layer(block.shortcut)
        assert block.branch == f"bn{block.name}_branch2c"
        assert shortcut is not None
        assert block.name.endswith("a") == (shortcut.role == "shortcut")
