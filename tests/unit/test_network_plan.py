"""The drawing of a network: everything has a place of its own, every line is a true one."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from desktop_app.core.foreign_plan import plan_foreign
from desktop_app.core.model_file import load_model
from desktop_app.core.network import Network, NetworkNode
from desktop_app.core.network_layout import plan_network
from desktop_app.core.network_plan import Area, NetworkPlan
from desktop_app.core.records import Layer, LayerKind, Model
from desktop_app.core.residual_plan import plan_residual
from tests.network_layers import RESNET_152, bottleneck_model, foreign_model


def overlap(one: Area, other: Area) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def edges(model: Model) -> set[tuple[str, str]]:
    return {(i, name) for name, node in model.network.nodes.items() for i in node.inputs}


def drawn(plan: NetworkPlan) -> set[tuple[str, str]]:
    lines = {(line.source, line.target) for line in plan.lines}
    inside = {(one.layer, other.layer) for box in plan.boxes for one, other in pairwise(box.spots)}
    return lines | inside


@pytest.mark.parametrize(
    "model",
    [bottleneck_model(), bottleneck_model(RESNET_152), foreign_model()],
    ids=["50", "152", "foreign"],
)
def test_every_layer_has_a_place_of_its_own(model: Model) -> None:
    plan = model.plan
    assert set(plan.places) == {layer.name for layer in model.layers}
    boxes = plan.boxes
    assert not [1 for a, b in pairwise(boxes) if overlap(a.area, b.area)]
    rows = [row for row in plan.rows if len(row) > 1]
    assert not [1 for row in rows for a in row for b in row if a != b and overlap(a.area, b.area)]
    for box, spot in plan.places.values():
        assert box.layer_at(*spot.area.middle) == spot.layer
        assert plan.box_at(*spot.area.middle) == box
        assert box.area.x >= 0
        assert box.area.x + box.area.width <= plan.width
        assert box.area.y + box.area.height <= plan.height


@pytest.mark.parametrize("make", [bottleneck_model, foreign_model])
def test_what_is_drawn_is_what_the_graph_says(make: object) -> None:
    model: Model = make()  # type: ignore[operator]
    assert drawn(model.plan) == edges(model)


def test_a_real_file_is_drawn_as_its_graph_says(tiny_model: Path, plain_model: Path) -> None:
    for path in (tiny_model, plain_model):
        model = load_model(path)
        assert drawn(plan_network(model)) == edges(model)


def test_a_box_is_a_convolution_with_its_norm_and_relu() -> None:
    plan = bottleneck_model().plan
    box, _ = plan.places["res3b_branch2b"]
    assert [spot.layer for spot in box.spots] == [
        "res3b_branch2b",
        "bn3b_branch2b",
        "res3b_branch2b_relu",
    ]
    assert box.label == "2b"
    # The label stands for what leaves the box.
    assert box.layer_at(box.area.x + 2, box.area.y + 2) == "res3b_branch2b_relu"


def test_a_block_is_a_row_with_the_shortcut_beneath_and_the_sum_behind() -> None:
    plan = bottleneck_model().plan
    row = [box for box in plan.boxes if box.row == plan.places["res3a"][0].row]
    assert [box.label for box in row if box.lane == "branch"] == ["2a", "2b", "2c", "", ""]
    assert [box.form for box in row][-2:] == ["sum", "output"]
    (shortcut,) = (box for box in row if box.lane == "shortcut")
    assert shortcut.label == "1"
    assert shortcut.area.y > row[0].area.y + row[0].area.height
    heights = {box.area.middle[1] for box in row if box.lane == "branch"}
    assert len(heights) == 1


def test_stages_are_named_with_what_leaves_them() -> None:
    words = bottleneck_model().plan.words
    stages = [said.text for said in words if said.role == "stage"]
    assert stages == [
        "Stem",
        "Stage 2 · 3 blocks",
        "Stage 3 · 4 blocks",
        "Stage 4 · 6 blocks",
        "Stage 5 · 3 blocks",
        "Head",
    ]
    shapes = [said.text for said in words if said.role == "shape"]
    assert shapes[0] == "64 × 14 × 14"
    assert shapes[-1] == "1000 values"


def test_a_block_with_parts_missing_is_drawn_all_the_same() -> None:
    layers = [layer for layer in bottleneck_model().layers if "branch2" not in layer.name]
    plan = plan_residual(layers)
    assert set(plan.places) == {layer.name for layer in layers}


def test_a_foreign_graph_flows_downwards() -> None:
    model = foreign_model()
    places = model.plan.places
    for source, target in edges(model):
        assert places[source][1].area.y < places[target][1].area.y
    assert model.plan.downwards
    assert len({box.area.x for box in model.plan.boxes}) > 1


def layer(name: str) -> Layer:
    return Layer(name=name, kind="other", stage=None, block=None, role="branch", shape=(1, 1, 1))


def test_a_foreign_sum_is_a_circle_that_its_lines_reach() -> None:
    nodes = {
        "in": NetworkNode(),
        "branch": NetworkNode(inputs=("in",)),
        "biased": NetworkNode(inputs=("branch",)),
        "sum": NetworkNode(inputs=("biased", "in")),
        "out": NetworkNode(inputs=("sum",)),
    }
    kinds: dict[str, LayerKind] = {"biased": "add", "sum": "add"}
    layers = [replace(layer(name), kind=kinds.get(name, "other")) for name in nodes]
    plan = plan_foreign(layers, Network(nodes=nodes))
    # What only adds a constant joins nothing: it keeps its name.
    assert {box.spots[0].layer: box.form for box in plan.boxes if box.form != "box"} == {
        "sum": "sum"
    }
    areas = {box.spots[0].layer: box.area for box in plan.boxes}
    assert areas["sum"].width == areas["sum"].height < areas["out"].height
    for line in plan.lines:
        source, target = areas[line.source], areas[line.target]
        assert line.points[0] == (source.middle[0], source.y + source.height)
        assert line.points[-1] == (target.middle[0], target.y)


def test_lines_led_beside_the_boxes_reach_a_sum_too() -> None:
    model = foreign_model(2000, skip=9)
    layers = [replace(one, kind="add") for one in model.layers]
    plan = plan_foreign(layers, model.network)
    areas = {box.spots[0].layer: box.area for box in plan.boxes}
    assert {box.form for box in plan.boxes} == {"box", "sum"}
    for line in plan.lines:
        source, target = areas[line.source], areas[line.target]
        assert line.points[0] == (source.x + source.width, source.middle[1])
        assert line.points[-1] == (target.x + target.width, target.middle[1])


def test_parts_that_nothing_connects_stand_side_by_side() -> None:
    nodes = {
        "a": NetworkNode(),
        "b": NetworkNode(inputs=("a",)),
        "alone": NetworkNode(),
        "c": NetworkNode(),
        "d": NetworkNode(inputs=("c",)),
        "e": NetworkNode(inputs=("c", "d")),
    }
    plan = plan_foreign([layer(name) for name in nodes], Network(nodes=nodes))
    areas = [box.area for box in plan.boxes]
    assert len(areas) == 6
    assert not [1 for a in areas for b in areas if a != b and overlap(a, b)]
    assert len(plan.lines) == 4


def test_layers_without_a_graph_stand_under_each_other() -> None:
    plan = plan_foreign([layer(name) for name in "abc"], Network())
    assert len({box.area.y for box in plan.boxes}) == 3
    assert plan.lines == ()
    assert plan_foreign([], Network()).boxes == ()


def test_a_graph_too_large_for_the_library_keeps_all_its_lines() -> None:
    model = foreign_model(2000, skip=9)
    assert drawn(model.plan) == edges(model)
    dense = {
        f"n{place}": NetworkNode(inputs=tuple(f"n{i}" for i in range(max(0, place - 30), place)))
        for place in range(200)
    }
    plan = plan_foreign([layer(name) for name in dense], Network(nodes=dense))
    assert len(plan.lines) == sum(len(node.inputs) for node in dense.values())


def test_a_layout_is_the_same_every_time() -> None:
    assert foreign_model().plan == foreign_model().plan
