"""Residual blocks are found in the graph, with their two ways told apart."""

import itertools
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core.model_file import describe_model, load_model
from desktop_app.core.residual_blocks import ResidualBlock, block_of


def test_blocks_of_a_card_are_the_lesson_s(tiny_model: Path) -> None:
    blocks = load_model(tiny_model).blocks
    assert [block.name for block in blocks] == ["2a", "2b", "3a"]
    first, second, _ = blocks
    assert (first.branch, first.shortcut) == ("bn2a_branch2c", "bn2a_branch1")
    assert (second.branch, second.shortcut) == ("bn2b_branch2c", "res2a_relu")
    assert (second.summed, second.output, second.channels) == ("res2b", "res2b_relu", 8)
    assert second.layers[0] == "res2b_branch2a"
    assert second.layers[-1] == "res2b_relu"
    assert "res2a_relu" not in second.layers


def test_a_file_without_a_card_has_the_same_blocks_by_other_names(
    tiny_model: Path, plain_model: Path
) -> None:
    named, foreign = load_model(tiny_model).blocks, load_model(plain_model).blocks
    assert [block.name for block in foreign] == [block.summed for block in named]
    assert [block.branch for block in foreign] == [block.branch for block in named]


def test_layers_know_their_block(tiny_model: Path) -> None:
    blocks = load_model(tiny_model).blocks
    found = block_of(blocks, "res3a_branch2b")
    assert found is not None
    assert found.name == "3a"
    assert block_of(blocks, "pool1") is None


def test_a_sum_of_two_equal_ways_is_no_residual_block() -> None:
    assert (
        _blocks_of([("Conv", "a", "left"), ("Conv", "a", "right"), ("Add", "left right", "s")])
        == ()
    )


def test_a_sum_without_relu_is_the_block_s_output() -> None:
    (block,) = _blocks_of([("Conv", "a", "b"), ("Relu", "b", "c"), ("Add", "a c", "s")])
    assert (block.branch, block.shortcut, block.output) == ("c", "a", "s")


def test_a_sum_that_others_read_too_is_the_block_s_output() -> None:
    nodes = [("Conv", "a", "b"), ("Add", "b a", "s"), ("Relu", "s", "r"), ("Conv", "r", "t"),
             ("Add", "t s", "u")]  # fmt: skip
    first, second = _blocks_of(nodes)
    assert first.output == "s"
    assert (second.branch, second.shortcut) == ("t", "s")


@pytest.mark.parametrize("convolutions", [2, 3])
def test_a_projection_is_the_shorter_of_two_ways(convolutions: int) -> None:
    names = ["a", *(f"b{index}" for index in range(convolutions))]
    branch = [("Conv", one, other) for one, other in itertools.pairwise(names)]
    (block,) = _blocks_of([*branch, ("Conv", "a", "p"), ("Add", f"p {names[-1]}", "s")])
    assert (block.branch, block.shortcut) == (names[-1], "p")


def test_convolutions_of_integers_make_a_branch_too() -> None:
    nodes = [("Quantised", "a", "b"), ("Relu", "b", "c"), ("Quantised", "c", "d"),
             ("Add", "a d", "s"), ("Quantised", "s", "e"), ("Add", "s e", "t")]  # fmt: skip
    first, second = _blocks_of(nodes)
    assert (first.branch, first.shortcut, first.output) == ("d", "a", "s")
    assert (second.branch, second.shortcut, second.output) == ("e", "s", "t")
    assert first.layers == ("b_cast", "b_scaled", "b", "c", "d_cast", "d_scaled", "d", "s")


def test_a_scale_of_its_own_does_not_make_a_way_longer() -> None:
    assert _blocks_of([("Scale", "a", "b"), ("Add", "a b", "s")]) == ()


def _quantised(source: str, output: str) -> list[onnx.NodeProto]:
    """What ONNX Runtime's dynamic quantisation makes of a convolution with a bias."""
    parts = [f"{output}_{part}" for part in ("q", "scale", "zero", "sum", "cast", "scaled")]
    values, scale, zero, sums, cast, scaled = parts
    node = helper.make_node
    return [
        node("DynamicQuantizeLinear", [source], [values, scale, zero]),
        node("ConvInteger", [values, "whole", zero], [sums]),
        node("Cast", [sums], [cast], to=TensorProto.FLOAT),
        node("Mul", [cast, scale], [scaled]),
        node("Add", [scaled, "per_channel"], [output]),
    ]


def _blocks_of(nodes: list[tuple[str, str, str]]) -> tuple[ResidualBlock, ...]:
    """Blocks of a foreign graph that begins with a convolution ``a`` of the image."""
    kernel = numpy_helper.from_array(np.ones((4, 4, 1, 1), np.float32), "k")
    first = numpy_helper.from_array(np.ones((4, 3, 1, 1), np.float32), "first")
    made = [helper.make_node("Conv", ["image", "first"], ["a"])]
    whole = numpy_helper.from_array(np.ones((4, 4, 1, 1), np.uint8), "whole")
    per_channel = numpy_helper.from_array(np.ones((4, 1, 1), np.float32), "per_channel")
    for operator, inputs, output in nodes:
        if operator == "Quantised":
            made += _quantised(inputs, output)
            continue
        if operator == "Scale":
            made.append(helper.make_node("Mul", [inputs, "per_channel"], [output]))
            continue
        wired = [*inputs.split(), "k"] if operator == "Conv" else inputs.split()
        made.append(helper.make_node(operator, wired, [output]))
    made += [
        helper.make_node("GlobalAveragePool", [nodes[-1][2]], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["scores"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 4])
    graph = helper.make_graph(made, "g", [image], [scores], [first, kernel, whole, per_channel])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return describe_model(model, Path("foreign.onnx")).blocks
