"""Attributions without torch: sums that must hold, what is refused, progress, cancelling."""

import time
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from desktop_app.core import providers
from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution.occluding import squares
from desktop_app.core.attributions import Attribution, Question, mapped_layers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import (
    AttributionError,
    Cancelled,
    GradientError,
    LayerMissingError,
    LensError,
)
from desktop_app.core.evidence import weights_for
from desktop_app.core.explaining import _RUN, explain, explaining
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.graph.head import averaged_maps
from desktop_app.core.map_names import Method
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime, Session
from desktop_app.core.records import Model, Provider, Tensor
from desktop_app.core.sessions import ModelSessions

CPU = Provider(name="cpu", reason="asked for")
SLOW = [name for name, facts in METHODS.items() if facts.slow]


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Model:
    return load_model(tiny_model)


@pytest.fixture(scope="module")
def derivatives(model: Model) -> Derivatives:
    return Derivatives(GradientSessions(model, CPU))


@pytest.fixture
def tensor() -> Tensor:
    """Grey noise, and a green square in its upper left."""
    pixels = np.random.default_rng(0).uniform(0.4, 0.6, (1, 3, 32, 32)).astype(np.float32)
    pixels[0, :, 4:14, 4:14] = np.array([0, 1, 0])[:, None, None]
    return pixels


def asked(derivatives: Derivatives, tensor: Tensor, method: Method, **options: Any) -> Attribution:
    question = Question(method=method, class_index=1, **options)
    return explain(derivatives, tensor, question)


def logits(model: Model, tensor: Tensor) -> np.ndarray:
    return ModelSessions(model, "cpu").activations(tensor).values["fc3"].ravel()


def bias(model: Model) -> np.ndarray:
    proto = onnx.load(model.path)
    return next(numpy_helper.to_array(t) for t in proto.graph.initializer if t.name == "fc3.bias")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_finite_values_over_the_picture(
    derivatives: Derivatives, tensor: Tensor, method: Method
) -> None:
    found = asked(derivatives, tensor, method)
    assert found.values.dtype == np.float32
    assert not found.values.flags.writeable
    assert np.isfinite(found.values).all()
    assert found.values.any()
    assert found.run_ms <= found.total_ms
    if not found.signed:
        assert found.values.min() >= 0
        assert found.shown_range.low == 0
    else:
        assert found.shown_range.low == -found.shown_range.high
    if found.layer == "":
        assert found.values.shape == (32, 32)


def test_every_method_that_has_a_name_is_told_of_and_can_be_run() -> None:
    assert get_args(Method) == tuple(METHODS) == tuple(_RUN)


def test_no_sentence_on_a_method_speaks_of_a_layer_that_another_may_stand_for() -> None:
    movable = [facts for facts in METHODS.values() if facts.at_layer]
    assert movable
    assert not [facts.shows for facts in movable if "chosen" in facts.shows]


def test_a_class_activation_map_adds_up_to_the_logit(
    model: Model, derivatives: Derivatives, tensor: Tensor
) -> None:
    found = asked(derivatives, tensor, "cam")
    assert found.layer == "res3a_relu"
    assert found.values.mean() + bias(model)[1] == pytest.approx(logits(model, tensor)[1], abs=1e-4)
    against = asked(derivatives, tensor, "cam", against=2)
    lead = logits(model, tensor)[1] - logits(model, tensor)[2]
    assert against.score == pytest.approx(lead, abs=1e-4)
    assert against.values.mean() + bias(model)[1] - bias(model)[2] == pytest.approx(lead, abs=1e-4)


def test_integrated_gradients_add_up_to_what_the_picture_has_over_black(
    model: Model, derivatives: Derivatives, tensor: Tensor
) -> None:
    found = asked(derivatives, tensor, "integrated-gradients")
    difference = logits(model, tensor)[1] - logits(model, np.zeros_like(tensor))[1]
    assert found.completeness is not None
    assert found.completeness.difference == pytest.approx(difference, abs=1e-4)
    assert found.values.sum() == pytest.approx(found.completeness.total, abs=1e-4)
    assert found.completeness.error < 0.02 * abs(difference)


def test_hiding_the_green_square_costs_green_most(derivatives: Derivatives, tensor: Tensor) -> None:
    values = asked(derivatives, tensor, "occlusion").values
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert 2 <= row < 16
    assert 2 <= column < 16
    assert values[4:14, 4:14].mean() > 3 * abs(values[20:, 20:].mean())


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 48), (7, 5), (1, 1)])
def test_every_pixel_is_hidden_at_least_once(height: int, width: int) -> None:
    hidden = np.zeros((height, width), int)
    for top, left, bottom, right in squares(height, width):
        assert 0 <= top < bottom <= height
        assert 0 <= left < right <= width
        hidden[top:bottom, left:right] += 1
    assert hidden.min() >= 1


def test_the_layer_can_be_chosen_and_is_the_last_with_maps_otherwise(
    model: Model, derivatives: Derivatives, tensor: Tensor
) -> None:
    assert asked(derivatives, tensor, "gradcam").layer == mapped_layers(model)[-1]
    early = asked(derivatives, tensor, "layercam", layer="conv1_relu")
    assert (early.layer, early.values.shape) == ("conv1_relu", (16, 16))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"layer": "res9z"}, LayerMissingError, "no layer of that name"),
        ({"layer": "avg_pool"}, AttributionError, "single numbers"),
        ({"against": 1}, AttributionError, "both scores are the same"),
    ],
)
def test_what_cannot_be_asked_is_said(
    derivatives: Derivatives,
    tensor: Tensor,
    options: dict[str, Any],
    error: type[LensError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        asked(derivatives, tensor, "gradcam", **options)


@pytest.mark.parametrize("method", SLOW)
def test_slow_methods_tell_how_far_they_are_and_stop_when_told(
    derivatives: Derivatives, tensor: Tensor, method: Method
) -> None:
    told: list[tuple[int, int]] = []
    question = Question(method=method, class_index=0)
    found = explain(
        derivatives, tensor, question, progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (found.runs, found.runs)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert len(told) > 1
    switch, told[:] = Cancellation(), []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        switch.cancel()

    with pytest.raises(Cancelled):
        explain(derivatives, tensor, question, progress=stop, cancellation=switch)
    assert len(told) == 1


def test_what_is_done_between_the_steps_does_not_count(
    derivatives: Derivatives, tensor: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, clock = [0.0], time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: clock() + passed[0])
    steps = explaining(derivatives, tensor, Question(method="smoothgrad", class_index=1))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Attribution = end.value
            break
        passed[0] += 3600
    assert found.run_ms <= found.total_ms < 3_600_000


# --- other graphs --------------------------------------------------------------------------------


def changed(model: Model, tmp_path: Path, change: Any) -> Model:
    """The tiny network, changed; without a card."""
    proto = onnx.load(model.path)
    del proto.metadata_props[:]
    change(proto)
    path = tmp_path / "changed.onnx"
    onnx.save(proto, path)
    spec = model.preprocessing
    return load_model(path, labels=("red", "green", "blue"), preprocessing=spec)


def with_bend_before_head(proto: onnx.ModelProto) -> None:
    """The means go through a curve: the head does more than weigh them."""
    dense = next(node for node in proto.graph.node if node.op_type == "Gemm")
    place = list(proto.graph.node).index(dense)
    bend = onnx.helper.make_node("Tanh", ["avg_pool"], ["bent"], name="bent")
    proto.graph.node.insert(place, bend)
    dense.input[0] = "bent"


def with_other_relus(proto: onnx.ModelProto) -> None:
    for node in proto.graph.node:
        if node.op_type == "Relu":
            node.op_type = "LeakyRelu"


def with_single_images(proto: onnx.ModelProto) -> None:
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1


def with_unknown_operator(proto: onnx.ModelProto) -> None:
    first = proto.graph.node[0]
    first.input[0] = "strange"
    strange = onnx.helper.make_node("Erf", ["image"], ["strange"], name="strange")
    proto.graph.node.insert(0, strange)


def test_a_head_that_does_more_than_average_has_no_cam_but_a_gradcam(
    model: Model, tensor: Tensor, tmp_path: Path
) -> None:
    derivatives = Derivatives(
        GradientSessions(changed(model, tmp_path, with_bend_before_head), CPU)
    )
    with pytest.raises(AttributionError, match="more than average"):
        asked(derivatives, tensor, "cam")
    assert asked(derivatives, tensor, "gradcam").values.any()


def test_the_averaged_maps_are_found_behind_reduce_mean_and_a_product(model: Model) -> None:
    make = onnx.helper.make_node
    nodes = [
        make("Relu", ["image"], ["maps"]),
        make("ReduceMean", ["maps", "axes"], ["means"], keepdims=0),
        make("Cast", ["stored"], ["weights"], to=1),
        make("MatMul", ["means", "weights"], ["product"]),
        make("Add", ["product", "bias"], ["logits"]),
    ]
    graph = onnx.helper.make_graph(nodes, "head", [], [])
    proto = onnx.helper.make_model(graph)
    assert averaged_maps(proto, input_name="image", logits="logits") == "maps"
    with pytest.raises(AttributionError):
        averaged_maps(proto, input_name="image", logits="maps")


def test_guided_backpropagation_needs_relus(model: Model, tensor: Tensor, tmp_path: Path) -> None:
    derivatives = Derivatives(GradientSessions(changed(model, tmp_path, with_other_relus), CPU))
    with pytest.raises(AttributionError, match="has none"):
        asked(derivatives, tensor, "guided-backprop")
    assert asked(derivatives, tensor, "gradient").values.any()


@pytest.mark.parametrize("method", ["smoothgrad", "occlusion"])
def test_a_file_that_takes_one_image_at_a_time_gives_the_same(
    derivatives: Derivatives, model: Model, tensor: Tensor, tmp_path: Path, method: Method
) -> None:
    single = Derivatives(GradientSessions(changed(model, tmp_path, with_single_images), CPU))
    ours, same = asked(single, tensor, method), asked(derivatives, tensor, method)
    np.testing.assert_allclose(ours.values, same.values, atol=1e-4 * same.values.max())


def test_an_operator_without_derivative_stands_only_in_the_way_of_what_is_before_it(
    model: Model, tensor: Tensor, tmp_path: Path
) -> None:
    derivatives = Derivatives(
        GradientSessions(changed(model, tmp_path, with_unknown_operator), CPU)
    )
    with pytest.raises(GradientError, match=r"strange \(Erf\)"):
        asked(derivatives, tensor, "gradient")
    assert asked(derivatives, tensor, "layercam", layer="res2a").values.any()


class Machine(Runtime):
    """A GPU without room, on the CPU: for the model, or only once it runs."""

    def __init__(self, *, loads: bool) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._loads = loads

    def session(self, source: str | bytes, provider_names: Any) -> Session:
        self.asked.append(provider_names[0])
        session = super().session(source, [providers.CPU])
        if provider_names[0] == providers.CUDA:
            if not self._loads:
                raise RuntimeError("CUDA failure 2: out of memory")
            return Broken(session)
        return session


class Broken:
    """Cannot be run."""

    def __init__(self, session: Session) -> None:
        self.get_inputs = session.get_inputs
        self.get_providers = session.get_providers

    def run_with_ort_values(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("CUDA failure 2: out of memory")


@pytest.mark.parametrize("loads", [False, True])
@pytest.mark.parametrize("method", ["gradcam", "occlusion"])
def test_a_gpu_without_room_gives_way_to_the_cpu(
    derivatives: Derivatives, tensor: Tensor, method: Method, loads: bool
) -> None:
    machine = Machine(loads=loads)
    cuda = Provider(name="cuda", reason="an NVIDIA GPU was found")
    on_gpu = GradientSessions(derivatives.model, cuda, runtime=machine)
    found = asked(Derivatives(on_gpu), tensor, method)
    np.testing.assert_array_equal(found.values, asked(derivatives, tensor, method).values)
    assert machine.asked[0] == providers.CUDA
    assert machine.asked[-1] == providers.CPU
    assert on_gpu.provider.name == "cpu"


class Counting(Runtime):
    """Counts the sessions that are made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def session(self, source: str | bytes, provider_names: Any) -> Session:
        self.made += 1
        return super().session(source, provider_names)


def test_another_layer_loads_nothing(model: Model, tensor: Tensor) -> None:
    runtime = Counting()
    derivatives = Derivatives(GradientSessions(model, CPU, runtime=runtime))
    for layer in ("conv1", "res2b", "res3a"):
        asked(derivatives, tensor, "layercam", layer=layer)
    assert runtime.made == 1


def test_what_is_asked_first_loads_one_session(model: Model, tensor: Tensor) -> None:
    """The channels' scores, the maps before the head, and the picture itself."""
    runtime = Counting()
    sessions = GradientSessions(model, CPU, runtime=runtime)
    sessions.evidence(tensor, weights_for(1, 3))
    for method in ("cam", "gradcam", "gradcam++", "layercam", "gradient"):
        asked(Derivatives(sessions), tensor, cast("Method", method))
    assert runtime.made == 1


@pytest.mark.parametrize("method", ["gradcam", "gradient"])
def test_a_session_of_its_own_gives_the_same(
    derivatives: Derivatives, model: Model, tensor: Tensor, method: Method
) -> None:
    """As the command has it, which asks one question and wants to load little."""
    alone = Derivatives(GradientSessions(model, CPU, layers=("res3a_relu",)))
    ours, same = asked(alone, tensor, method), asked(derivatives, tensor, method)
    np.testing.assert_allclose(ours.values, same.values, atol=1e-6 * same.values.max())
    assert ours.score == pytest.approx(same.score, abs=1e-5)
