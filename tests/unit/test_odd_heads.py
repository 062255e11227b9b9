"""Attributions of classifiers that end in another way than most."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from desktop_app.core.attribution.class_maps import explained_layer
from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attributions import Question
from desktop_app.core.errors import AttributionError
from desktop_app.core.explaining import explain
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.map_names import Method
from desktop_app.core.model_file import load_model
from desktop_app.core.records import Provider
from tests.drawn_graphs import Drawing

CPU = Provider(name="cpu", reason="asked for")
NOISE = np.random.default_rng(0)
KERNEL = NOISE.normal(0, 1, (4, 3, 1, 1))
IMAGE = NOISE.random((1, 3, 8, 8), np.float32)


def integers(drawing: Drawing, *values: int) -> str:
    name = f"integers{len(drawing.weights)}"
    return drawing.weight(name, np.array(values), kind=TensorProto.INT64)


def flattened_before_the_mean(drawing: Drawing, maps: str) -> str:
    """As ``x.flatten(2).mean(-1)`` is exported."""
    flat = drawing.node("Reshape", "rows", [maps, integers(drawing, 1, 4, -1)], shape=(4, 64))
    axes = integers(drawing, -1)
    return drawing.node("ReduceMean", "mean", [flat, axes], shape=(4,), keepdims=0)


def averaged_in_two_steps(drawing: Drawing, maps: str) -> str:
    """As ``x.mean(3).mean(2)`` is exported."""
    axes = [integers(drawing, axis) for axis in (3, 2)]
    rows = drawing.node("ReduceMean", "rows", [maps, axes[0]], shape=(4, 8), keepdims=0)
    return drawing.node("ReduceMean", "mean", [rows, axes[1]], shape=(4,), keepdims=0)


@pytest.mark.parametrize("averaging", [flattened_before_the_mean, averaged_in_two_steps])
def test_an_average_of_what_is_no_map_has_no_cam(averaging: object, tmp_path: Path) -> None:
    drawing = Drawing()
    drawing.conv("conv", "image", KERNEL)
    mean = averaging(drawing, "conv")  # type: ignore[operator]
    weight = drawing.weight("fc.weight", NOISE.normal(0, 1, (4, 3)))
    drawing.node("MatMul", "fc", [mean, weight], shape=(3,))
    model = load_model(drawing.write(tmp_path / "m.onnx"))
    with pytest.raises(AttributionError, match="does more than average"):
        explain(
            Derivatives(GradientSessions(model, CPU)), IMAGE, Question(method="cam", class_index=0)
        )


@pytest.mark.parametrize("method", ["smoothgrad", "integrated-gradients", "occlusion"])
def test_a_network_that_joins_its_batch_is_asked_one_by_one(method: Method, tmp_path: Path) -> None:
    drawing = Drawing()
    drawing.conv("conv", "image", KERNEL)
    pooled = drawing.node("GlobalAveragePool", "mean", ["conv"], shape=(4, 1, 1))
    row = drawing.node("Reshape", "row", [pooled, integers(drawing, 1, -1)], shape=(4,))
    drawing.node("Identity", "scores", [row], shape=(4,))
    single = load_model(drawing.write(tmp_path / "single.onnx"))
    proto = drawing.proto()
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
    (tmp_path / "joining.onnx").write_bytes(proto.SerializeToString())
    joining = load_model(tmp_path / "joining.onnx")
    found = [
        explain(
            Derivatives(GradientSessions(model, CPU)), IMAGE, Question(method=method, class_index=0)
        )
        for model in (single, joining)
    ]
    np.testing.assert_allclose(found[1].values, found[0].values, rtol=1e-5)


def test_without_a_choice_the_last_maps_that_lead_to_the_scores_are_explained(
    tmp_path: Path,
) -> None:
    drawing = Drawing()
    drawing.conv("conv", "image", KERNEL)
    drawing.head("conv", classes=3)
    drawing.conv("auxiliary", "image", KERNEL)
    proto = drawing.proto()
    scores = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 3])
    proto.graph.output.insert(0, scores)
    (tmp_path / "m.onnx").write_bytes(proto.SerializeToString())
    assert explained_layer(load_model(tmp_path / "m.onnx"), None) == "conv"
