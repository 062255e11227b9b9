"""A logit taken apart adds up to the logit, whatever the head is written with, or is refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from desktop_app import paths
from desktop_app.core.errors import EvidenceError
from desktop_app.core.logit_evidence import LogitHead, LogitSum, read_head, take_apart
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.records import Activations, Model, read_only
from desktop_app.core.sessions import ModelSessions

SIDE = 4


class Head:
    """Writes a network whose head is put together from parts, as exporters do."""

    def __init__(self, channels: int, classes: int, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.channels, self.classes = channels, classes
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.tensor = "image"
        self.add("Conv", "conv", self.stored("kernel", (channels, 3, 1, 1)))
        self.add("Relu", "maps")

    def add(self, operator: str, name: str, *more: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(operator, [self.tensor, *more], [name], **attributes))
        self.tensor = name

    def constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def stored(self, name: str, shape: tuple[int, ...], storage: str = "float32") -> str:
        """Weights, stored as they are used or unfolded by nodes."""
        values = self.random.normal(size=shape).astype(np.float32)
        if storage == "float32":
            return self.constant(name, values)
        if storage == "float16":
            half = self.constant(f"{name}.half", values.astype(np.float16))
            self.nodes.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
            return name
        rounded = self.constant(
            f"{name}.int8", np.rint(values * 30).clip(-127, 127).astype(np.int8)
        )
        scale = self.constant(f"{name}.scale", np.float32(1 / 30))
        self.nodes.append(helper.make_node("Cast", [rounded], [f"{name}.cast"], to=1))
        self.nodes.append(helper.make_node("Mul", [f"{name}.cast", scale], [name]))
        return name

    def pool(self, how: str) -> None:
        match how:
            case "global":
                self.add("GlobalAveragePool", "pooled")
            case "window":
                self.add("AveragePool", "pooled", kernel_shape=[SIDE, SIDE])
            case "mean":
                axes = self.constant("axes", np.array([2, 3]))
                self.add("ReduceMean", "pooled", axes, keepdims=0)
            case "mean from behind":
                axes = self.constant("axes", np.array([-1, -2]))
                self.add("ReduceMean", "pooled", axes, keepdims=1)
            case "half the map":
                self.add("AveragePool", "pooled", kernel_shape=[SIDE, 2], strides=[SIDE, 2])
        match how:
            case "mean":
                self.add("Identity", "features")
            case "mean from behind":
                self.add("Squeeze", "features", self.constant("last", np.array([2, 3])))
            case "window":
                shape = self.constant("shape", np.array([-1, self.channels]))
                self.add("Reshape", "features", shape)
            case _:
                self.add("Flatten", "features")

    def dense(self, how: str, storage: str, *, bias: bool) -> None:
        shapes = {"rows": (self.classes, self.channels)}
        weights = self.stored("weights", shapes.get(how, (self.channels, self.classes)), storage)
        biases = [self.stored("bias", (self.classes,), storage)] if bias else []
        if how == "rows":
            self.add("Gemm", "logits", weights, *biases, transB=1)
        elif how == "scaled":
            self.add("Gemm", "logits", weights, *biases, alpha=0.5, beta=2.0)
        elif biases:
            self.add("MatMul", "products", weights)
            self.nodes.append(helper.make_node("Add", [*biases, "products"], ["logits"]))
            self.tensor = "logits"
        else:
            self.add("MatMul", "logits", weights)

    def write(self, path: Path, *, softmax: bool = True) -> Model:
        if softmax:
            self.add("Softmax", "probabilities", axis=-1)
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
        given_out = helper.make_tensor_value_info(self.tensor, 1, ["n", self.classes])
        graph = helper.make_graph(self.nodes, "head", [image], [given_out], self.weights)
        opset = [helper.make_opsetid("", 18)]
        path.write_bytes(
            helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
        )
        return load_model(path)


def run(model: Model, seed: int = 0) -> Activations:
    size = model.preprocessing.height
    tensor = np.random.default_rng(seed).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
    return ModelSessions(model, "cpu").activations(tensor)


def adds_up(found: LogitSum, activations: Activations, model: Model) -> None:
    """Independent of the code's own check: sum and bias against the run's logits."""
    logits = activations.values[model.logits_name].ravel()
    expected = float(logits[found.class_index])
    if found.against is not None:
        expected -= float(logits[found.against])
    scale = max(abs(expected), float(np.abs(logits).max()))
    assert abs(float(found.contributions.sum()) + found.bias - expected) <= 1e-4 * scale
    assert found.logit == pytest.approx(expected, abs=1e-6)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How a head is written."""

    pool: str
    dense: str
    storage: str
    bias: bool
    softmax: bool
    channels: int
    classes: int
    seed: int


HEADS = st.builds(
    Drawn,
    pool=st.sampled_from(["global", "window", "mean", "mean from behind"]),
    dense=st.sampled_from(["rows", "scaled", "product"]),
    storage=st.sampled_from(["float32", "float16", "int8"]),
    bias=st.booleans(),
    softmax=st.booleans(),
    channels=st.integers(1, 9),
    classes=st.integers(2, 5),
    seed=st.integers(0, 999),
)
SQUARE = Drawn(  # rows and columns of its weights look alike
    pool="global", dense="rows", storage="int8", bias=True, softmax=True, channels=4, classes=4,
    seed=0,
)  # fmt: skip


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=HEADS)
@example(drawn=SQUARE)
@example(drawn=replace(SQUARE, dense="product", storage="float16", softmax=False))
def test_the_sum_is_the_logit_whatever_the_head_is_written_with(
    drawn: Drawn, tmp_path: Path
) -> None:
    written = Head(drawn.channels, drawn.classes, drawn.seed)
    written.pool(drawn.pool)
    written.dense(drawn.dense, drawn.storage, bias=drawn.bias)
    model = written.write(tmp_path / "head.onnx", softmax=drawn.softmax)
    head = read_head(model, Runtime())
    activations, last = run(model, drawn.seed), drawn.classes - 1
    adds_up(take_apart(head, activations, last), activations, model)
    adds_up(take_apart(head, activations, 0, against=last), activations, model)


@pytest.mark.parametrize("name", ["tiny", "plain", "everyday", "signs"])
def test_the_models_that_ship_and_foreign_ones_add_up(
    name: str, tiny_model: Path, plain_model: Path
) -> None:
    small = {"tiny": tiny_model, "plain": plain_model}
    model = load_model(small.get(name, paths.bundled_models() / f"{name}.onnx"))
    head = read_head(model, Runtime())
    activations = run(model)
    for class_index, against in ((0, None), (2, None), (1, 2)):
        found = take_apart(head, activations, class_index, against=against)
        adds_up(found, activations, model)
        maps = activations.values[found.layer]
        assert maps.ndim == 3
        assert maps.shape[1] > 1  # its channels have maps to be opened
        np.testing.assert_allclose(found.means, maps.mean(axis=(1, 2)), rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(found.contributions, found.weights * found.means)


def without_pool(head: Head) -> None:
    head.add("Flatten", "features")
    head.channels *= SIDE * SIDE
    head.dense("rows", "float32", bias=True)


def with_two_layers(head: Head) -> None:
    head.pool("global")
    head.add("MatMul", "hidden", head.stored("first", (head.channels, head.channels)))
    head.add("Relu", "bent")
    head.dense("rows", "float32", bias=True)


def with_half_a_pool(head: Head) -> None:
    head.pool("half the map")
    head.channels *= 2
    head.dense("rows", "float32", bias=True)


@pytest.mark.parametrize("spoil", [without_pool, with_two_layers, with_half_a_pool])
def test_another_head_is_refused_in_a_sentence(
    spoil: Callable[[Head], None], tmp_path: Path
) -> None:
    written = Head(4, 3, 0)
    spoil(written)
    model = written.write(tmp_path / "other.onnx")
    with pytest.raises(EvidenceError) as raised:
        read_head(model, Runtime())
    assert raised.value.why == (
        "this model's last layer is not a weighted sum of its channels' means"
    )
    assert raised.value.remedy


def activations_of(**values: list[float]) -> Activations:
    arrays = {
        name: read_only(np.array(numbers, np.float32).reshape(-1, 1, 1))
        for name, numbers in values.items()
    }
    return Activations(values=arrays, run_ms=1)


HEAD = LogitHead(
    maps="maps",
    pooled="pooled",
    logits="logits",
    weights=read_only(np.array([[1, 2, -3, 0], [0, 1, 1, 1]], np.float32)),
    biases=read_only(np.array([0.5, -0.5], np.float32)),
)


def test_a_sum_that_is_not_the_logit_is_never_shown() -> None:
    pooled = [1.0, 1.0, 1.0, 1.0]
    assert take_apart(HEAD, activations_of(pooled=pooled, logits=[0.5, 2.5]), 0).value == 0.5
    with pytest.raises(EvidenceError, match="is not the logit"):
        take_apart(HEAD, activations_of(pooled=pooled, logits=[0.6, 2.5]), 0)
    with pytest.raises(EvidenceError, match="did not keep the means"):
        take_apart(HEAD, activations_of(logits=[0.5, 2.5]), 0)
    with pytest.raises(EvidenceError, match="does not weigh each channel once"):
        take_apart(HEAD, activations_of(pooled=[1.0]), 0)


def sum_of(*contributions: float) -> LogitSum:
    values = np.array(contributions)
    found = take_apart(HEAD, activations_of(pooled=[1.0, 1.0, 1.0, 1.0]), 0)
    return replace(found, contributions=values)


@pytest.mark.parametrize(
    ("contributions", "count", "channels"),
    [
        ((1, 5, -2, 3, -4, 2, 4), 5, (1, 6, 3, 2, 4)),
        ((1, 5, -2, 3, -4, 2, 4), 4, (1, 6, 2, 4)),
        ((1, 5, -2, 3, -4, 2, 4), 3, (1, 6, 4)),
        ((1, 5, -2, 3, -4, 2, 4), 2, (1, 4)),
        ((1, 2, 3, 4, 5, 6), 5, (5, 4, 3, 2, 1)),  # nothing speaks against it
        ((-1, -2, -3), 5, (0, 1, 2)),
        ((0, 0, 1), 5, (2,)),
        ((0, 0), 5, ()),
    ],
)
def test_the_strongest_on_both_sides_are_shown(
    contributions: tuple[float, ...], count: int, channels: tuple[int, ...]
) -> None:
    assert sum_of(*contributions).strongest(count) == channels
