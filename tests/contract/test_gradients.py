"""The derivative written as ONNX nodes is PyTorch's: on random networks, and on those that ship."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from onnx import TensorProto, helper, numpy_helper, version_converter

from desktop_app import paths
from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import GradientError
from desktop_app.core.graph.gradients import GradientGraph, with_gradients
from desktop_app.core.graph.rules import RULES
from desktop_app.core.images import load_image
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.onnx_runtime import Runtime, run_once
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import FileSource

torch = pytest.importorskip("torch")
from tests.onnx_in_torch import Evaluation  # noqa: E402 - needs torch
from tests.random_networks import networks  # noqa: E402

pytestmark = pytest.mark.torch
NEAREST_CORNER = 1e-5
"""A value closer to a corner than float32 resolves may fall on either side of it."""
LARGEST_DIFFERENCE = 1e-4
"""Of a gradient's largest element."""
BUNDLED = sorted(path.stem for path in paths.bundled_models().glob("*.onnx"))
MIXED = np.array([[1.0, -1.0, 0.5]], np.float32)


def run_gradients(
    graph: GradientGraph, picture: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Tensor → its gradient."""
    content = graph.finished(graph.gradients.values()).SerializeToString()
    session = Runtime().session(content, [providers.CPU])
    outputs = list(dict.fromkeys(graph.gradients.values()))
    given = {graph.class_weights: weights}
    values, _ = run_once(session, outputs, picture, Cancellation(), given)
    found = dict(zip(outputs, values, strict=True))
    return {tensor: found[output] for tensor, output in graph.gradients.items()}


def assert_same(ours: np.ndarray, theirs: np.ndarray, name: str) -> None:
    assert ours.shape == theirs.shape, name
    largest = np.abs(theirs).max(initial=0)
    if largest < 1e-12:
        assert np.abs(ours).max(initial=0) < 1e-6, name
        return
    assert np.abs(ours - theirs).max() / largest <= LARGEST_DIFFERENCE, name


# --- random networks -----------------------------------------------------------------------------

drawn_operators: Counter[str] = Counter()


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(networks())
def test_gradients_of_random_networks_are_those_of_autograd(
    drawn: tuple[onnx.ModelProto, str, np.ndarray],
) -> None:
    model, scores, picture = drawn
    twin = Evaluation(model, {"image": picture})
    assume(twin.corner > NEAREST_CORNER)
    drawn_operators.update(node.op_type for node in model.graph.node)
    tensors = ["image", *(name for node in model.graph.node for name in node.output)]
    graph = with_gradients(
        model, input_name="image", input_shape=picture.shape, scores=scores, tensors=tensors
    )
    ours = run_gradients(graph, picture, MIXED)
    theirs = twin.gradients(scores, MIXED, tensors)
    for name in tensors:
        if name in graph.refused:
            assert not theirs[name].any(), name
        else:
            assert_same(ours[name], theirs[name], name)


def test_every_operator_with_a_rule_was_drawn() -> None:
    if not drawn_operators:
        pytest.skip("the networks were drawn in another process")
    rare = {"Dropout", "LogSoftmax", "Pad", "ReduceSum", "Unsqueeze"}  # below
    assert set(RULES) - set(drawn_operators) <= rare


# --- single operators ----------------------------------------------------------------------------


def classifier(
    nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray], *, opset: int = 20
) -> onnx.ModelProto:
    """``nodes`` from ``image``, (1, 3, 6, 6), to ``scores``, (1, 3)."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 6, 6])
    output = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 3])
    stored = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "single", [image], [output], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def pooled(*nodes: onnx.NodeProto) -> list[onnx.NodeProto]:
    """``nodes``, the last of which gives ``maps``, and a head."""
    head = helper.make_node("GlobalAveragePool", ["maps"], ["means"], name="means")
    return [*nodes, head, helper.make_node("Flatten", ["means"], ["scores"], name="scores")]


PICTURE = np.random.default_rng(0).normal(0, 1, (1, 3, 6, 6)).astype(np.float32)


def differentiated(model: onnx.ModelProto, *tensors: str) -> GradientGraph:
    return with_gradients(
        model, input_name="image", input_shape=PICTURE.shape, scores="scores", tensors=tensors
    )


def test_rarer_operators_too() -> None:
    nodes = pooled(
        helper.make_node("Dropout", ["image"], ["kept"]),
        helper.make_node("LogSoftmax", ["kept"], ["logs"], axis=1),
        helper.make_node("ReduceSum", ["logs", "rows"], ["sums"], keepdims=0),
        helper.make_node("Unsqueeze", ["sums", "rows"], ["maps"]),
    )
    model = classifier(nodes, {"rows": np.array([2], np.int64)})
    ours = run_gradients(differentiated(model, "image"), PICTURE, MIXED)["image"]
    image = torch.from_numpy(PICTURE).double().requires_grad_()
    sums = image.log_softmax(1).sum(2, keepdim=True)
    (sums.mean((2, 3)) * torch.from_numpy(MIXED)).sum().backward()
    assert_same(ours, image.grad.numpy(), "image")


@pytest.mark.parametrize("opset", [13, 20])
def test_pads_that_the_graph_puts_together(opset: int) -> None:
    """As torch exports ``functional.pad``; one of them cuts."""
    nodes = pooled(
        helper.make_node("Concat", ["begin", "end"], ["pads"], axis=0),
        helper.make_node("Pad", ["image", "pads", "fill"], ["padded"], name="padded"),
        helper.make_node("Mul", ["padded", "padded"], ["maps"]),
    )
    constants = {"begin": np.array([0, 0, 1, -2]), "end": np.array([0, 0, 3, 0])}
    model = classifier(nodes, {**constants, "fill": np.array(0.5, np.float32)}, opset=opset)
    ours = run_gradients(differentiated(model, "image"), PICTURE, MIXED)["image"]
    image = torch.from_numpy(PICTURE).double().requires_grad_()
    padded = torch.nn.functional.pad(image, (-2, 0, 1, 3), value=0.5)
    ((padded**2).mean((2, 3)) * torch.from_numpy(MIXED)).sum().backward()
    assert_same(ours, image.grad.numpy(), "image")


def test_an_older_file_is_brought_up_to_date() -> None:
    nodes = pooled(
        helper.make_node("MaxPool", ["image"], ["best"], kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Clip", ["best"], ["clipped"], min=-0.5, max=0.9),
        helper.make_node("Unsqueeze", ["clipped"], ["apart"], axes=[4]),
        helper.make_node("ReduceMean", ["apart"], ["maps"], axes=[4], keepdims=0),
    )
    old = classifier(nodes, {}, opset=9)
    ours = run_gradients(differentiated(old, "image"), PICTURE, MIXED)["image"]
    twin = Evaluation(version_converter.convert_version(old, 20), {"image": PICTURE})
    assert_same(ours, twin.gradients("scores", MIXED, ["image"])["image"], "image")


def test_a_file_that_cannot_be_brought_up_to_date_says_what_is_in_the_way() -> None:
    outputs = ["maps", "mean", "variance", "saved_mean", "saved_variance"]
    parameters = ["one", "one", "one", "one"]
    node = helper.make_node("BatchNormalization", ["image", *parameters], outputs)
    old = classifier(pooled(node), {"one": np.ones(3, np.float32)}, opset=13)
    with pytest.raises(GradientError) as raised:
        differentiated(old, "image")
    assert "BatchNormalization outputs 4 and 5" in raised.value.why
    assert "Assertion" not in raised.value.why


def test_a_network_of_float16_is_differentiated_in_its_own_type() -> None:
    nodes = pooled(
        helper.make_node("Cast", ["image"], ["half"], to=TensorProto.FLOAT16),
        helper.make_node("Conv", ["half", "kernel"], ["conv"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("Cast", ["relu"], ["maps"], to=TensorProto.FLOAT),
    )
    kernel = np.random.default_rng(1).normal(0, 0.3, (3, 3, 3, 3)).astype(np.float16)
    ours = run_gradients(
        differentiated(classifier(nodes, {"kernel": kernel}), "image", "relu"), PICTURE, MIXED
    )
    assert (ours["relu"].dtype, ours["image"].dtype) == (np.float16, np.float32)
    twin = Evaluation(classifier(nodes, {"kernel": kernel}), {"image": PICTURE})
    theirs = twin.gradients("scores", MIXED, ["image"])["image"]
    np.testing.assert_allclose(ours["image"], theirs, atol=5e-3)


def refused_nodes() -> Iterator[tuple[str, str, list[onnx.NodeProto]]]:
    """What is refused, why, and the nodes."""
    make = helper.make_node
    yield "strange (Erf)", "not known", [make("Erf", ["image"], ["maps"], name="strange")]
    yield (
        "norm (BatchNormalization)",
        "from the batch",
        [
            make("BatchNormalization", ["image", "one", "one", "one", "one"],
                 ["maps", "mean", "variance"], name="norm", training_mode=1)
        ],
    )  # fmt: skip
    yield (
        "dynamic (Conv)",
        "computed from the picture",
        [
            make("GlobalAveragePool", ["image"], ["middle"]),
            make("Reshape", ["middle", "shape"], ["kernel"]),
            make("Conv", ["image", "kernel"], ["maps"], name="dynamic"),
        ],
    )
    yield (
        "beyond (MaxPool)",
        "beyond the picture",
        [
            make("MaxPool", ["image"], ["maps"], name="beyond", kernel_shape=[2, 2],
                 strides=[4, 4], ceil_mode=1, pads=[0, 0, 1, 1])
        ],
    )  # fmt: skip
    yield (
        "mirrored (Pad)",
        "repeats what lies inside",
        [helper.make_node("Pad", ["image", "pads"], ["maps"], name="mirrored", mode="reflect")],
    )
    yield (
        "columns (MaxPool)",
        "by columns",
        [
            make("MaxPool", ["image"], ["maps", "where"], name="columns", kernel_shape=[2, 2],
                 storage_order=1)
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("named", "why", "nodes"), list(refused_nodes()), ids=[n for n, _, _ in refused_nodes()]
)
def test_what_cannot_be_differentiated_is_named_with_its_operator(
    named: str, why: str, nodes: list[onnx.NodeProto]
) -> None:
    constants = {"one": np.ones(3, np.float32), "shape": np.array([3, 1, 1, 1], np.int64)}
    constants["pads"] = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    graph = differentiated(classifier(pooled(*nodes), constants), "image", "maps")
    with pytest.raises(GradientError) as raised:
        graph.gradient("image")
    assert named in raised.value.what
    assert why in raised.value.why
    assert graph.gradient("maps") in graph.gradients.values()


def test_what_stands_before_a_refusal_gets_no_wrong_gradient_by_another_way() -> None:
    """A tensor whose gradient would lack the share of a path has none."""
    nodes = pooled(
        helper.make_node("Relu", ["image"], ["first"], name="first"),
        helper.make_node("Erf", ["first"], ["strange"], name="strange"),
        helper.make_node("Add", ["first", "strange"], ["maps"], name="maps"),
    )
    graph = differentiated(classifier(nodes, {}), "image", "first", "strange")
    assert set(graph.refused) == {"image", "first"}
    assert set(graph.gradients) == {"strange"}


def test_what_passes_through_integers_gets_no_gradient_of_the_other_paths_alone() -> None:
    constants = {"step": np.array(0.05, np.float32), "zero": np.array(0, np.int8)}
    nodes = pooled(
        helper.make_node("Relu", ["image"], ["first"], name="first"),
        helper.make_node("QuantizeLinear", ["first", "step", "zero"], ["stored"], name="stored"),
        helper.make_node("DequantizeLinear", ["stored", "step", "zero"], ["read"], name="read"),
        helper.make_node("Add", ["first", "read"], ["maps"], name="maps"),
    )
    graph = differentiated(classifier(nodes, constants), "first", "read")
    with pytest.raises(GradientError, match=r"read \(DequantizeLinear\)"):
        graph.gradient("first")
    assert set(graph.gradients) == {"read"}


def test_a_tensor_that_the_scores_do_not_depend_on_is_refused() -> None:
    nodes = pooled(
        helper.make_node("Relu", ["image"], ["maps"]), helper.make_node("Neg", ["image"], ["aside"])
    )
    graph = differentiated(classifier(nodes, {}), "aside", "maps")
    with pytest.raises(GradientError, match=r"aside .*do not depend on it"):
        graph.gradient("aside")


# --- what ships ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
def test_gradients_of_bundled_models_are_those_of_autograd(name: str) -> None:
    path = paths.bundled_models() / f"{name}.onnx"
    model = load_model(path)
    photo = preprocess(
        load_image(FileSource(paths.samples() / "two-fingers.png")), model.preprocessing
    )
    proto = read_onnx(path)
    layers = [layer.name for layer in model.layers if layer.name != "probabilities"]
    tensors = [model.input_name, *layers]
    graph = with_gradients(
        proto,
        input_name=model.input_name,
        input_shape=photo.shape,
        scores=model.logits_name,
        tensors=tensors,
    )
    assert not graph.refused
    weights = np.zeros((1, len(model.labels)), np.float32)
    weights[0, 2] = 1
    ours = run_gradients(graph, photo, weights)
    twin = Evaluation(proto, {model.input_name: photo})
    theirs = twin.gradients(model.logits_name, weights, tensors)
    differences = {
        name: np.linalg.norm(ours[name] - theirs[name]) / np.linalg.norm(theirs[name])
        for name in tensors
    }
    assert np.median(list(differences.values())) <= 1e-6
    # A few of millions of values lie so near a ReLU's corner that rounding decides: PyTorch's own
    # float32 differs from its float64 by as much, from the layer on where that happens.
    assert max(differences.values()) <= 1e-2, differences
