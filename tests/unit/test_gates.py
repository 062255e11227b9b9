"""Gates in a graph: nothing changes until a run sets a factor, and then exactly that."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core.graph.gates import GateImpossibleError, GatePlace, with_gates
from desktop_app.core.graph.taps import with_taps

OUTPUT = GatePlace("res2a_relu", 8)
BRANCH = GatePlace("bn2b_branch2c", 8, reader="res2b")
SHOWN = ("res2a_relu", "bn2b_branch2c", "res2b", "res2b_relu", "fc3")


@pytest.fixture(scope="module")
def proto(tiny_model: Path) -> onnx.ModelProto:
    return onnx.load(tiny_model)


@pytest.fixture(scope="module")
def image() -> NDArray[np.float32]:
    return np.random.default_rng(3).uniform(size=(1, 3, 32, 32)).astype(np.float32)


def run(
    model: onnx.ModelProto, image: NDArray[Any], **gates: NDArray[np.float32]
) -> dict[str, NDArray[Any]]:
    names = [name for name in SHOWN if any(name in node.output for node in model.graph.node)]
    content = with_taps(model, names).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    values = session.run(names, {"image": image} | gates)
    return dict(zip(names, values, strict=True))


def ones(place: GatePlace, **changed: float) -> NDArray[np.float32]:
    factors = np.ones((1, place.channels, 1, 1), np.float32)
    for name, factor in changed.items():
        factors[0, int(name.removeprefix("c"))] = factor
    return factors


def test_gates_that_nobody_sets_change_nothing(
    proto: onnx.ModelProto, image: NDArray[np.float32]
) -> None:
    before, after = run(proto, image), run(with_gates(proto, [OUTPUT, BRANCH]), image)
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value)


def test_the_file_s_graph_is_not_changed(proto: onnx.ModelProto) -> None:
    before = proto.SerializeToString(deterministic=True)
    onnx.checker.check_model(with_gates(proto, [OUTPUT, BRANCH]), full_check=True)
    assert proto.SerializeToString(deterministic=True) == before


def test_a_channel_is_scaled_wherever_it_is_read(
    proto: onnx.ModelProto, image: NDArray[np.float32]
) -> None:
    before, gated = run(proto, image), with_gates(proto, [OUTPUT])
    after = run(gated, image, **{OUTPUT.input_name: ones(OUTPUT, c1=0, c6=2)})
    np.testing.assert_array_equal(after["res2a_relu"][:, 1], 0)
    np.testing.assert_array_equal(after["res2a_relu"][:, 6], 2 * before["res2a_relu"][:, 6])
    np.testing.assert_array_equal(after["res2a_relu"][:, 2:6], before["res2a_relu"][:, 2:6])
    assert not np.array_equal(after["bn2b_branch2c"], before["bn2b_branch2c"])
    assert not np.array_equal(after["fc3"], before["fc3"])


def test_a_branch_that_is_off_leaves_the_shortcut_alone(
    proto: onnx.ModelProto, image: NDArray[np.float32]
) -> None:
    before, gated = run(proto, image), with_gates(proto, [BRANCH])
    after = run(gated, image, **{BRANCH.input_name: 0 * ones(BRANCH)})
    np.testing.assert_array_equal(after["res2b"], before["res2a_relu"])
    # What the branch computes can still be looked at: only the sum is deprived of it.
    np.testing.assert_array_equal(after["bn2b_branch2c"], before["bn2b_branch2c"])


def test_channel_and_branch_gates_of_one_tensor_multiply(
    proto: onnx.ModelProto, image: NDArray[np.float32]
) -> None:
    channel = GatePlace("bn2b_branch2c", 8)
    gates = {channel.input_name: ones(channel, c4=2), BRANCH.input_name: ones(BRANCH, c4=0.5)}
    before = run(proto, image)
    after = run(with_gates(proto, [channel, BRANCH]), image, **gates)
    np.testing.assert_array_equal(after["res2b"], before["res2b"])
    np.testing.assert_array_equal(after["bn2b_branch2c"][:, 4], 2 * before["bn2b_branch2c"][:, 4])


def test_a_graph_from_before_overridable_initializers_is_raised(
    proto: onnx.ModelProto, image: NDArray[np.float32]
) -> None:
    old = onnx.ModelProto()
    old.CopyFrom(proto)
    old.ir_version = 3
    old.opset_import[0].version = 9
    for tensor in old.graph.initializer:
        old.graph.input.append(
            helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        )
    after = run(with_gates(old, [OUTPUT]), image, **{OUTPUT.input_name: 0 * ones(OUTPUT)})
    np.testing.assert_array_equal(after["res2a_relu"], 0)


def test_half_precision_is_multiplied_in_half_precision() -> None:
    kernel = np.ones((2, 3, 1, 1), np.float16)
    nodes = [
        helper.make_node("Cast", ["image"], ["half"], to=TensorProto.FLOAT16),
        helper.make_node("Conv", ["half", "kernel"], ["maps"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 2, 2])
    maps = helper.make_tensor_value_info("maps", TensorProto.FLOAT16, [1, 2, 2, 2])
    graph = helper.make_graph(
        nodes, "half", [image], [maps], [numpy_helper.from_array(kernel, "kernel")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    place = GatePlace("maps", 2)
    session = onnxruntime.InferenceSession(
        with_gates(model, [place]).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    picture = np.ones((1, 3, 2, 2), np.float32)
    (value,) = session.run(["maps"], {"image": picture, place.input_name: ones(place, c1=0)})
    assert value.dtype == np.float16
    assert value[0, :, 0, 0].tolist() == [3, 0]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (GatePlace("nowhere", 8), "does not compute nowhere"),
        (GatePlace("avg_pool", 16), "which axis of avg_pool"),
        (GatePlace("res2a", 8, reader="res2b"), "not computed from res2a"),
    ],
)
def test_a_place_without_a_gate_says_why(
    proto: onnx.ModelProto, place: GatePlace, words: str
) -> None:
    with pytest.raises(GateImpossibleError, match=words):
        with_gates(proto, [place])


def test_a_file_older_than_broadcasting_says_so(proto: onnx.ModelProto) -> None:
    old = onnx.ModelProto()
    old.CopyFrom(proto)
    old.opset_import[0].version = 6
    with pytest.raises(GateImpossibleError, match="opset 6"):
        with_gates(old, [OUTPUT])


def test_axes_are_not_known_behind_a_transposition() -> None:
    nodes = [
        helper.make_node("Transpose", ["image"], ["turned"], perm=[0, 3, 1, 2]),
        helper.make_node("Relu", ["turned"], ["maps"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 2, 2, 3])
    maps = helper.make_tensor_value_info("maps", TensorProto.FLOAT, [1, 3, 2, 2])
    model = helper.make_model(helper.make_graph(nodes, "turned", [image], [maps]))
    with pytest.raises(GateImpossibleError, match="Relu"):
        with_gates(model, [GatePlace("maps", 3)])
