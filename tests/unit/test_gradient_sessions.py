"""What speaks for a class: exact where the network is straight, honest where it cannot be told."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled, GradientError, RunError
from desktop_app.core.evidence import weights_for
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.graph.evidence import with_evidence
from desktop_app.core.graph.gradients import with_gradients
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime, Session, run_once
from desktop_app.core.records import Model, Provider, Tensor
from desktop_app.core.sessions import ModelSessions

CPU = Provider(name="cpu", reason="asked for")
CUDA = Provider(name="cuda", reason="an NVIDIA GPU was found")


@pytest.fixture
def model(tiny_model: Path) -> Model:
    return load_model(tiny_model)


@pytest.fixture
def tensor() -> Tensor:
    return np.random.default_rng(0).uniform(0, 1, (1, 3, 32, 32)).astype(np.float32)


def stored(model: Model, name: str) -> np.ndarray:
    proto = onnx.load(model.path)
    return next(numpy_helper.to_array(t) for t in proto.graph.initializer if t.name == name)


def test_behind_the_last_block_the_scores_are_weight_times_mean(
    model: Model, tensor: Tensor
) -> None:
    evidence = GradientSessions(model, CPU).evidence(tensor, weights_for(1, 3))
    activations = ModelSessions(model, "cpu").activations(tensor).values
    products = stored(model, "fc3.weight")[1] * activations["avg_pool"].ravel()
    for layer in ("avg_pool", "res3a_relu"):
        np.testing.assert_allclose(evidence.scores[layer], products, rtol=1e-5, atol=1e-6)
    logit = evidence.scores["avg_pool"].sum() + stored(model, "fc3.bias")[1]
    assert logit == pytest.approx(float(activations["fc3"].ravel()[1]), abs=1e-5)


def test_one_run_gives_every_layer_before_the_probabilities(model: Model, tensor: Tensor) -> None:
    evidence = GradientSessions(model, CPU).evidence(tensor, weights_for(0, 3))
    assert set(evidence.refused) == {"probabilities"}
    assert list(evidence.scores) == [layer.name for layer in model.layers][:-1]
    for layer in model.layers[:-1]:
        assert evidence.scores[layer.name].shape == layer.shape[:1], layer.name
        assert evidence.scores[layer.name].dtype == np.float32
        assert not evidence.scores[layer.name].flags.writeable
    with pytest.raises(GradientError, match="do not depend on it"):
        raise evidence.refused["probabilities"]


def test_every_score_is_gradient_times_activation(model: Model, tensor: Tensor) -> None:
    """Also those that are derived from others, so that they need no pass of their own."""
    layers = [layer.name for layer in model.layers][:-1]
    scores = GradientSessions(model, CPU).evidence(tensor, weights_for(2, 3)).scores
    direct = summed_products(onnx.load(model.path), "fc3", layers, tensor)
    for layer in layers:
        np.testing.assert_allclose(scores[layer], direct[layer], atol=1e-5, err_msg=layer)


def summed_products(
    proto: onnx.ModelProto, logits: str, layers: list[str], tensor: Tensor
) -> dict[str, np.ndarray]:
    """Σ gradient × activation of every layer, for the class 2 of 3."""
    graph = with_gradients(
        proto, input_name="image", input_shape=tensor.shape, scores=logits, tensors=layers
    )
    found = run(graph.finished([*graph.gradients.values(), *layers]), graph.class_weights, tensor)
    products = {layer: found[graph.gradients[layer]] * found[layer] for layer in layers}
    return {name: p.reshape(*p.shape[:2], -1).sum(axis=2)[0] for name, p in products.items()}


def run(proto: onnx.ModelProto, class_weights: str, tensor: Tensor) -> dict[str, np.ndarray]:
    names = [output.name for output in proto.graph.output]
    session = Runtime().session(proto.SerializeToString(), [providers.CPU])
    given = {class_weights: weights_for(2, 3)}
    values, _ = run_once(session, names, tensor, Cancellation(), given)
    return dict(zip(names, values, strict=True))


def test_where_a_tensor_goes_two_ways_its_score_is_not_that_of_one(tensor: Tensor) -> None:
    """As in networks whose norm and ReLU come before the convolution."""
    make = helper.make_node
    norm = ["weight", "bias", "mean", "variance"]
    nodes = [
        make("Conv", ["image", "kernel"], ["conv"], kernel_shape=[3, 3]),
        make("BatchNormalization", ["conv", *norm], ["norm"]),
        make("Relu", ["norm"], ["relu"]),
        make("Add", ["relu", "norm"], ["around"]),
        make("Add", ["around", "conv"], ["sum"]),
        make("BatchNormalization", ["sum", *norm], ["last"]),
        make("Mul", ["last", "last"], ["square"]),
        make("ReduceMean", ["square", "axes"], ["logits"], keepdims=0),
    ]
    random = np.random.default_rng(3)
    weights = {name: random.uniform(0.5, 1.5, 3).astype(np.float32) for name in norm}
    weights |= {
        "kernel": random.normal(0, 0.3, (3, 3, 3, 3)).astype(np.float32),
        "axes": np.array([2, 3], np.int64),
    }
    image = helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["n", 3, 32, 32])
    output = helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["n", 3])
    stored = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    proto = helper.make_model(
        helper.make_graph(nodes, "two ways", [image], [output], stored),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    layers = [node.output[0] for node in nodes]
    graph, outputs = with_evidence(
        proto, input_name="image", input_shape=tensor.shape, logits="logits", layers=layers
    )
    found = run(graph, outputs.class_weights, tensor)
    direct = summed_products(proto, "logits", layers, tensor)
    for layer in layers:
        np.testing.assert_allclose(
            found[outputs.scores[layer]][0], direct[layer], rtol=1e-4, atol=1e-5, err_msg=layer
        )


def test_a_score_is_what_the_logit_loses_when_the_channel_is_taken_away(
    model: Model, tensor: Tensor
) -> None:
    """Finite difference: the derivative along a channel's own activation, at 1."""
    sessions = GradientSessions(model, CPU)
    layer, step = "conv1", 1e-2
    scores = sessions.evidence(tensor, weights_for(2, 3)).scores[layer]

    def logit(scale: float) -> float:
        scaled = onnx.load(model.path)
        for tensor_ in scaled.graph.initializer:
            if tensor_.name in {"conv1.weight", "conv1.bias"}:
                values = numpy_helper.to_array(tensor_).copy()
                values[5] *= scale
                tensor_.CopyFrom(numpy_helper.from_array(values, tensor_.name))
        session = Runtime().session(scaled.SerializeToString(), [providers.CPU])
        return float(session.run(["fc3"], {"image": tensor})[0][0, 2])  # type: ignore[attr-defined]

    slope = (logit(1 + step) - logit(1 - step)) / (2 * step)
    assert scores[5] == pytest.approx(slope, rel=2e-2, abs=1e-4)


def test_a_class_against_another_is_the_difference_of_both(model: Model, tensor: Tensor) -> None:
    sessions = GradientSessions(model, CPU)
    first, second, both = (
        sessions.evidence(tensor, weights).scores["res2b"]
        for weights in (weights_for(0, 3), weights_for(1, 3), weights_for(0, 3, against=1))
    )
    np.testing.assert_allclose(both, first - second, atol=1e-5)


def test_scores_hold_nothing_of_a_session_that_is_let_go(model: Model, tensor: Tensor) -> None:
    evidence = GradientSessions(model, CPU).evidence(tensor, weights_for(0, 3))
    assert all(scores.flags.owndata for scores in evidence.scores.values())


class Machine(Runtime):
    """A GPU that fails as told, on the CPU."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__()
        self.failures = list(failures)
        self.asked: list[str] = []

    def session(self, source: str | bytes, provider_names: Any) -> Session:
        self.asked.append(provider_names[0])
        if self.failures:
            raise self.failures.pop()
        return super().session(source, [providers.CPU])


def test_the_derivative_runs_where_the_predictions_run(model: Model, tensor: Tensor) -> None:
    machine = Machine()
    GradientSessions(model, CUDA, runtime=machine).evidence(tensor, weights_for(0, 3))
    assert machine.asked == [providers.CUDA]


def test_a_gpu_without_room_gives_way_to_the_cpu_once(model: Model, tensor: Tensor) -> None:
    machine = Machine(RuntimeError("CUDA failure 2: out of memory"))
    sessions = GradientSessions(model, CUDA, runtime=machine)
    assert "conv1" in sessions.evidence(tensor, weights_for(0, 3)).scores
    assert machine.asked == [providers.CUDA, providers.CPU]
    assert sessions.provider.reason == "CUDA failed (CUDA failure 2: out of memory)"


class BreaksOnce:
    """A session whose first run fails."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._broken = False

    def run_with_ort_values(self, *_: Any) -> Any:
        if not self._broken:
            self._broken = True
            raise RuntimeError("CUDA failure 700: illegal memory access")
        raise AssertionError("a broken session was used again")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def test_a_gpu_that_breaks_in_mid_run_is_left(model: Model, tensor: Tensor) -> None:
    class Breaking(Machine):
        def session(self, source: str | bytes, provider_names: Any) -> Session:
            session = super().session(source, provider_names)
            return BreaksOnce(session) if provider_names[0] == providers.CUDA else session

    machine = Breaking()
    sessions = GradientSessions(model, CUDA, runtime=machine)
    assert "conv1" in sessions.evidence(tensor, weights_for(0, 3)).scores
    assert machine.asked == [providers.CUDA, providers.CPU]


def test_a_failure_on_the_cpu_is_told(model: Model, tensor: Tensor) -> None:
    sessions = GradientSessions(model, CPU, runtime=Machine(RuntimeError("bad allocation")))
    with pytest.raises(RunError, match=r"speaks for a class in tiny: bad allocation"):
        sessions.evidence(tensor, weights_for(0, 3))
    assert "conv1" in sessions.evidence(tensor, weights_for(0, 3)).scores


def test_nothing_runs_once_the_switch_is_thrown(model: Model, tensor: Tensor) -> None:
    switch = Cancellation()
    switch.cancel()
    with pytest.raises(Cancelled):
        GradientSessions(model, CPU).evidence(tensor, weights_for(0, 3), switch)
