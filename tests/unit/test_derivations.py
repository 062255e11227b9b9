"""Which layers are tapped, and that the others follow from them as the graph computes them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from desktop_app.core.derived_activations import DerivedActivations
from desktop_app.core.graph.derivations import DEAREST, TapPlan, parameter_names, plan_taps
from desktop_app.core.model_file import describe_model, load_model
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.onnx_runtime import Runtime, constant_values
from desktop_app.core.records import Model, Tensor
from desktop_app.core.sessions import ModelSessions
from tests.drawn_graphs import SIZE, Drawing

UNIT_ROUNDOFF = 2.0**-24


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def plan_of(drawing: Drawing, *, dearest: float = DEAREST) -> TapPlan:
    graph = drawing.proto()
    layers = describe_model(graph, Path("drawn.onnx")).layers
    constants = constant_values(graph, parameter_names(graph, layers), Runtime())
    return plan_taps(graph, layers, constants, dearest=dearest)


def picture(size: int = SIZE, seed: int = 0) -> Tensor:
    return np.random.default_rng(seed).random((1, 3, size, size), dtype=np.float32)


def both_ways(model: Model, tensor: Tensor) -> list[tuple[str, Tensor, Tensor]]:
    """Every layer, as derived and as the graph computes it."""
    sessions = ModelSessions(model, "cpu")
    derived = sessions.activations(tensor).values
    exact = sessions.activations(tensor, exact=True).values
    assert list(derived) == list(exact)
    return [(name, derived[name], exact[name]) for name in exact]


# --- what is derived -----------------------------------------------------------------------------


def test_a_residual_network_delivers_little_more_than_its_convolutions(tiny_model: Path) -> None:
    model, graph = load_model(tiny_model), read_onnx(tiny_model)
    constants = constant_values(graph, parameter_names(graph, model.layers), Runtime())
    plan = plan_taps(graph, model.layers, constants)
    kinds = {layer.name: layer.kind for layer in model.layers}
    assert {kinds[name] for name in plan.taps} == {
        "conv",
        "max-pool",
        "average-pool",
        "dense",
        "softmax",
    }
    assert {kinds[name] for name in plan.formulas} == {"conv", "batch-norm", "relu", "add"}
    assert {*plan.taps, *plan.formulas} == set(kinds)
    sizes = {layer.name: int(np.prod(layer.shape)) for layer in model.layers}
    assert sum(sizes[name] for name in plan.taps) < 0.45 * sum(sizes.values())


def test_a_1x1_convolution_is_derived_where_its_kernel_is_no_larger_than_its_maps() -> None:
    drawing = Drawing()
    small = drawing.conv("small", "image", normal(8, 3, 1, 1))
    halved = drawing.conv("halved", small, normal(8, 8, 1, 1), stride=2)
    large = drawing.conv("large", halved, normal(300, 8, 1, 1), stride=2)
    drawing.conv("larger", large, normal(8, 300, 1, 1))
    drawing.conv("window", small, normal(8, 8, 3, 3), padding=1)
    odd = drawing.conv("odd", small, normal(8, 8, 2, 2))  # 7×7
    kernel = drawing.weight("padded.weight", normal(8, 8, 1, 1))
    shifted = {"kernel_shape": [1, 1], "strides": [2, 2], "pads": [1, 1, 0, 0]}
    drawing.node("Conv", "padded", [odd, kernel], shape=(8, 4, 4), **shifted)
    drawing.head("padded")
    assert set(plan_of(drawing).formulas) == {"halved"}  # "small" comes from the image itself


def test_what_no_formula_fits_is_tapped() -> None:
    drawing = Drawing()
    first = drawing.conv("first", "image", normal(4, 3, 3, 3))
    shape = drawing.shapes[first]
    pooled = drawing.node("GlobalAveragePool", "pooled", [first], shape=(4, 1, 1))
    drawing.node("Add", "spread", [first, pooled], shape=shape)
    drawing.node("LeakyRelu", "leaky", ["spread"], shape=shape)
    drawing.node("Add", "shifted", ["leaky", drawing.weight("shift", normal(4, 1, 1))], shape=shape)
    drawing.node("Relu", "positive", ["shifted"], shape=shape)
    drawing.head("positive")
    assert set(plan_of(drawing).formulas) == {"positive"}


def test_parameters_that_depend_on_the_picture_are_no_constants() -> None:
    drawing = Drawing()
    first = drawing.conv("first", "image", normal(4, 3, 3, 3))
    highest = drawing.node("ReduceMax", "highest", [first], shape=(), keepdims=0)
    drawing.node("Clip", "clipped", [first, "", highest], shape=drawing.shapes[first])
    drawing.head("clipped")
    assert plan_of(drawing).formulas == {}


def test_a_long_chain_is_cut_so_that_no_layer_is_dear() -> None:
    drawing = Drawing()
    source = drawing.conv("first", "image", normal(4, 3, 3, 3))
    values = int(np.prod(drawing.shapes[source]))
    for step in range(9):
        source = drawing.node("Relu", f"relu{step}", [source], shape=drawing.shapes[source])
    drawing.head(source)
    plan = plan_of(drawing, dearest=3 * values)
    assert [name for name in plan.taps if name.startswith("relu")] == ["relu3", "relu7"]


def test_only_the_taps_that_layers_follow_from_are_their_sources(tiny_model: Path) -> None:
    model, graph = load_model(tiny_model), read_onnx(tiny_model)
    constants = constant_values(graph, parameter_names(graph, model.layers), Runtime())
    plan = plan_taps(graph, model.layers, constants)
    assert plan.sources(["conv1_relu", "fc3"]) == ("conv1", "fc3")
    assert plan.sources(plan.formulas) == tuple(
        name for name in plan.taps if name not in {"avg_pool", "fc3", "probabilities"}
    )


# --- that it is the same -------------------------------------------------------------------------


def test_every_layer_of_a_network_is_what_its_graph_computes(tiny_model: Path) -> None:
    for name, derived, exact in both_ways(load_model(tiny_model), picture(32)):
        assert derived.dtype == np.float32
        assert derived.shape == exact.shape, name
        assert not derived.flags.writeable
        np.testing.assert_allclose(derived, exact, atol=1e-5 * np.abs(exact).max(), err_msg=name)


def test_probabilities_are_those_of_the_run(tiny_model: Path) -> None:
    values = {name: pair for name, *pair in both_ways(load_model(tiny_model), picture(32))}
    for name in ("fc3", "probabilities"):
        np.testing.assert_allclose(*values[name], atol=1e-6)


def test_a_kernel_that_nodes_unfold_is_known(tmp_path: Path) -> None:
    drawing = Drawing()
    first = drawing.conv("first", "image", normal(4, 3, 3, 3))
    half = normal(6, 4, 1, 1).astype(np.float16)
    stored = drawing.weight("half", half, kind=TensorProto.FLOAT16)
    drawing.node("Cast", "kernel", [stored], shape=half.shape, to=TensorProto.FLOAT)
    second = drawing.conv("second", first, half, stored="kernel")
    drawing.head(second)
    assert set(plan_of(drawing).formulas) == {"second"}
    model = load_model(drawing.write(tmp_path / "half.onnx"))
    for name, derived, exact in both_ways(model, picture()):
        np.testing.assert_allclose(derived, exact, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_graph_that_computes_in_float16_is_tapped_throughout(tmp_path: Path) -> None:
    drawing = Drawing(kind=TensorProto.FLOAT16)
    first = drawing.conv("first", "image", normal(4, 3, 3, 3))
    drawing.node("Relu", "positive", [first], shape=drawing.shapes[first])
    drawing.head("positive")
    model = load_model(drawing.write(tmp_path / "float16.onnx"))
    values = ModelSessions(model, "cpu").activations(picture()).values
    assert not isinstance(values, DerivedActivations)
    assert set(values) == {"first", "positive", "mean", "flat", "fc", "probabilities"}


@pytest.mark.parametrize("opset", [9, 20])
def test_bounds_of_a_clip_are_read_in_old_files_too(opset: int, tmp_path: Path) -> None:
    drawing = Drawing(opset=opset)
    first = drawing.conv("first", "image", normal(4, 3, 3, 3))
    low, high = -0.25, 0.5
    inputs = [first] if opset < 11 else [first, *map(drawing.weight, "ab", np.array([low, high]))]
    extra = {"min": low, "max": high} if opset < 11 else {}
    drawing.node("Clip", "clipped", inputs, shape=drawing.shapes[first], **extra)
    drawing.head("clipped")
    assert set(plan_of(drawing).formulas) == {"clipped"}
    model = load_model(drawing.write(tmp_path / "clip.onnx"))
    maps = {name: pair for name, *pair in both_ways(model, picture())}
    np.testing.assert_array_equal(*maps["clipped"])
    assert (maps["clipped"][0].min(), maps["clipped"][0].max()) == (low, high)


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Any sequence of operators on any tensors so far, gammas of nothing included."""
    drawing = Drawing()
    names = [drawing.conv("first", "image", normal(4, 3, 3, 3, seed=draw(st.integers(0, 99))))]
    gammas = st.sampled_from([0.0, 1e-12, -1e-8, 1e-3, -0.5, 1.0, 3.0])
    for step in range(draw(st.integers(1, 10))):
        source, seed = draw(st.sampled_from(names)), draw(st.integers(0, 99))
        shape, bound = drawing.shapes[source], drawing.bounds[source]
        name = f"step{step}"
        match draw(st.sampled_from(["Relu", "Clip", "Add", "Sum", "norm", "1x1", "3x3"])):
            case "Relu":
                drawing.node("Relu", name, [source], shape=shape, bound=bound)
            case "Clip":
                high = drawing.weight(f"{name}.high", np.asarray(draw(st.floats(0, 6))))
                drawing.node("Clip", name, [source, "", high], shape=shape, bound=bound + 6)
            case "Add" | "Sum" as operator:
                alike = [other for other in names if drawing.shapes[other] == shape]
                other = draw(st.sampled_from(alike))
                total = bound + drawing.bounds[other]
                drawing.node(operator, name, [source, other], shape=shape, bound=total)
            case "norm":
                rows = normal(4, shape[0], seed=seed)
                rows[0] = draw(st.lists(gammas, min_size=shape[0], max_size=shape[0]))
                rows[3] = np.abs(rows[3]) + 1e-3
                drawing.norm(name, source, rows)
            case "1x1":
                stride, bias = draw(st.sampled_from([1, 2])), draw(st.booleans())
                kernel = normal(draw(st.sampled_from([2, 4, 6])), shape[0], 1, 1, seed=seed)
                offsets = normal(len(kernel), seed=seed + 1) if bias else None
                drawing.conv(name, source, kernel, bias=offsets, stride=stride)
            case _:
                drawing.conv(name, source, normal(4, shape[0], 3, 3, seed=seed), padding=1)
        names.append(name)
    drawing.head(names[-1])
    return drawing


@settings(deadline=None, max_examples=60)
@given(drawing=drawings(), seed=st.integers(0, 99))
def test_any_graph_of_these_operators_is_derived_within_rounding(
    drawing: Drawing, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = drawing.write(tmp_path_factory.getbasetemp() / "drawn.onnx")
    for name, derived, exact in both_ways(load_model(path), picture(seed=seed)):
        if name in drawing.bounds and not np.isnan(drawing.bounds[name]):
            allowed = 64 * UNIT_ROUNDOFF * drawing.bounds[name]
            np.testing.assert_allclose(derived, exact, rtol=0, atol=allowed, err_msg=name)
