"""Where the keys lead on the map of the network."""

from collections import deque
from typing import get_args

import pytest

from desktop_app.core.network import Network
from desktop_app.core.network_plan import NetworkPlan
from desktop_app.core.records import Model
from desktop_app.views.network_steps import Step, step_from
from tests.network_layers import RESNET_152, bottleneck_model, foreign_model

MODEL = bottleneck_model()


def go(layer: str | None, *steps: Step, model: Model = MODEL) -> str | None:
    for step in steps:
        layer = step_from(model.plan, model.network, layer, step) or layer
    return layer


def test_right_follows_the_flow_through_the_branch_to_the_next_block() -> None:
    walked = [go("res3a_branch2c", *["right"] * count) for count in range(5)]
    assert walked == [
        "res3a_branch2c",
        "bn3a_branch2c",
        "res3a",
        "res3a_relu",
        "res3b_branch2a",
    ]
    assert go("res3b_branch2a", *["left"] * 4) == "res3a_branch2c"


def test_stem_and_head_are_walked_through_too() -> None:
    assert go("conv1_relu", "right") == "pool1"
    assert go("pool1", "right") == "res2a_branch2a"
    assert go("res5c_relu", "right") == "avg_pool"
    assert go("avg_pool", "right", "right", "right") == "probabilities"
    assert go("res2a_branch2a", "left") == "pool1"


def test_down_and_up_change_between_branch_and_shortcut() -> None:
    assert go("res3a_branch2b", "down") == "res3a_branch1"
    assert go("res3a_branch1", "up") == "res3a_branch2b"
    assert go("res3a_branch1", "right") == "bn3a_branch1"
    assert go("bn3a_branch1", "right") == "res3a"
    assert go("res3a_branch1", "left") == "res2c_relu"


def test_down_goes_on_to_the_next_block_where_the_shortcut_is_a_bare_line() -> None:
    assert go("bn3b_branch2b", "down") == "bn3c_branch2b"
    assert go("bn3b_branch2b", "up") == "res3a_branch1"
    assert go("res3a_branch1", "down") == "res3b_branch2b"


def test_a_page_is_a_block() -> None:
    assert go("res3b_branch2b_relu", "page-down") == "res3c_branch2b_relu"
    assert go("res3b_branch2b_relu", "page-up", "page-up") == "res2c_branch2b_relu"
    assert go("bn3a_branch1", "page-down") == "res3b_branch2b_relu"


def test_home_and_end_are_the_first_and_the_last_layer() -> None:
    assert go("res4a", "home") == "conv1"
    assert go("res4a", "end") == "probabilities"
    assert go(None, "right") == "conv1"
    assert go("conv1", "left") == "conv1"
    assert go("probabilities", "right", "down", "page-down") == "probabilities"


def test_a_foreign_graph_is_walked_downwards_and_to_the_side() -> None:
    model = foreign_model(16, skip=3)
    assert go("/node/4", "down", model=model) == "/node/5"
    assert go("/node/5", "up", model=model) == "/node/4"
    assert go("/node/0", "page-down", model=model) == "/node/10"


def test_nothing_leads_anywhere_in_an_empty_drawing() -> None:
    assert step_from(NetworkPlan(), Network(), None, "right") is None


@pytest.mark.parametrize(
    "model",
    [MODEL, bottleneck_model(RESNET_152), foreign_model(60)],
    ids=["50", "152", "foreign"],
)
def test_the_keys_reach_every_layer(model: Model) -> None:
    reached, waiting = {model.layers[0].name}, deque([model.layers[0].name])
    while waiting:
        layer = waiting.popleft()
        for step in get_args(Step):
            found = step_from(model.plan, model.network, layer, step)
            if found is not None and found not in reached:
                reached.add(found)
                waiting.append(found)
    assert reached == {layer.name for layer in model.layers}
