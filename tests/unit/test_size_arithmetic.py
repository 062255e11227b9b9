"""Sizes that a graph computes: the numbers that ONNX Runtime gives, and shapes behind them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core.graph.size_arithmetic import small_constants, work_out
from desktop_app.core.model_file import describe_model
from tests.drawn_graphs import Drawing

INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT
A, B = np.array([7, -7, 0, 4]), np.array([2, 2, 3, -3])
GRID = np.arange(12).reshape(3, 4)
OPERATORS: dict[str, tuple[str, list[Any], dict[str, Any]]] = {
    "Add": ("Add", [A, B], {}),
    "Cast": ("Cast", [np.array([1.7, -1.7], np.float32)], {"to": INT64}),
    "Concat": ("Concat", [A, B], {"axis": 0}),
    "ConstantOfShape": (
        "ConstantOfShape",
        [np.array([2, 3])],
        {"value": numpy_helper.from_array(np.array([5]))},
    ),
    "ConstantOfShape of zeros": ("ConstantOfShape", [np.array([2])], {}),
    "Div": ("Div", [A, B], {}),
    "Div of floats": ("Div", [A.astype(np.float32), B.astype(np.float32)], {}),
    "Equal": ("Equal", [A, B], {}),
    "Expand": ("Expand", [np.array([[1], [2]]), np.array([3, 1, 2])], {}),
    "Gather": ("Gather", [A, np.array(-1)], {}),
    "Gather of rows": ("Gather", [GRID, np.array([2, 0])], {"axis": 0}),
    "Mod": ("Mod", [A, B], {}),
    "Neg": ("Neg", [A], {}),
    "Range": ("Range", [np.array(1), np.array(8), np.array(3)], {}),
    "Reshape": ("Reshape", [GRID, np.array([0, 2, -1])], {}),
    "Slice": ("Slice", [GRID, np.array([1, -3]), np.array([9, -1]), np.array([0, 1])], {}),
    "Slice backwards": (
        "Slice",
        [GRID, np.array([-1]), np.array([-(2**63) + 1]), np.array([0]), np.array([-1])],
        {},
    ),
    "Slice without axes": ("Slice", [GRID, np.array([1]), np.array([2])], {}),
    "Squeeze": ("Squeeze", [A.reshape(1, 4, 1), np.array([0])], {}),
    "Squeeze all": ("Squeeze", [A.reshape(1, 4, 1)], {}),
    "Transpose": ("Transpose", [GRID], {}),
    "Unsqueeze": ("Unsqueeze", [A, np.array([0, -1])], {}),
    "Where": ("Where", [A > B, A, B], {}),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_numbers_are_worked_out_as_onnx_runtime_does(name: str) -> None:
    operator, values, attributes = OPERATORS[name]
    inputs = [f"in{index}" for index in range(len(values))]
    weights = [numpy_helper.from_array(v, n) for v, n in zip(values, inputs, strict=True)]
    node = helper.make_node(operator, inputs, ["out"], **attributes)
    graph = helper.make_graph(
        [node], "g", [], [helper.make_empty_tensor_value_info("out")], weights
    )
    known = small_constants(graph)
    assert work_out(graph, {}, known)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (wanted,) = session.run(None, {})
    assert known["out"].dtype == wanted.dtype
    np.testing.assert_array_equal(known["out"], wanted)


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Reshape", ["a", "b"], ["out"]),
        helper.make_node("ConstantOfShape", ["large"], ["out"]),
        helper.make_node("Expand", ["a", "large"], ["out"]),
        helper.make_node("Range", ["zero", "many", "one"], ["out"]),
        helper.make_node("Add", ["a", "image"], ["out"]),
        helper.make_node("Add", ["a", "b"], ["out"], domain="org.example"),
    ],
    ids=lambda node: f"{node.op_type} {node.domain}".strip(),
)
def test_what_is_impossible_large_or_not_constant_is_left_alone(node: Any) -> None:
    constants = {
        "a": A, "b": B, "large": np.array([10**6, 10**6]), "zero": np.array(0),
        "one": np.array(1), "many": np.array(10**12),
    }  # fmt: skip
    graph = helper.make_graph([node], "g", [], [])
    assert not work_out(graph, {}, dict(constants))


def test_layers_are_found_behind_pads_and_shapes_that_the_graph_computes() -> None:
    """As torch exports ``functional.pad`` and a group norm."""
    drawing = Drawing(opset=13)

    def integers(name: str, *values: int) -> str:
        return drawing.weight(name, np.array(values), kind=INT64)

    make = drawing.node
    zeros = make("ConstantOfShape", "zeros", [integers("four", 4)], shape=(4,))
    zeros = make("Cast", "whole", [zeros], shape=(4,), to=INT64)
    pads = make("Concat", "pads", [integers("sides", 1, 1, 2, 2), zeros], shape=(8,), axis=0)
    pads = make("Reshape", "pairs", [pads, integers("pairing", -1, 2)], shape=(4, 2))
    backwards = [integers("start", -1), integers("end", -(2**63) + 1), integers("axis", 0)]
    backwards.append(integers("step", -1))
    pads = make("Slice", "turned", [pads, *backwards], shape=(4, 2))
    pads = make("Transpose", "swapped", [pads], shape=(2, 4), perm=[1, 0])
    pads = make("Reshape", "flat_pads", [pads, integers("all", -1)], shape=(8,))
    make("Pad", "padded", ["image", pads], shape=(3, 12, 10))
    shape = make("Shape", "shape", ["padded"], shape=(4,))
    make("Reshape", "grouped", ["padded", integers("rows", 0, 1, -1)], shape=(1, 360))
    make("Reshape", "back", ["grouped", shape], shape=(3, 12, 10))
    make("Relu", "relu", ["back"], shape=(3, 12, 10))
    drawing.head("relu")
    proto = drawing.proto()
    layers = {layer.name: layer.shape for layer in describe_model(proto, Path("m.onnx")).layers}
    assert layers["relu"] == (3, 12, 10)
    assert layers["fc"] == (2,)
