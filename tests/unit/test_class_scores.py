"""Which tensor of a foreign classifier holds its class scores, and what they are."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from desktop_app.core.errors import LabelsError, NotAClassifierError
from desktop_app.core.model_file import describe_model, load_model
from desktop_app.core.predictions import softmax
from desktop_app.core.records import Model
from desktop_app.core.sessions import ModelSessions
from tests.drawn_graphs import Drawing

CLASSES = 5
KERNEL = np.linspace(-1, 1, CLASSES * 3).reshape(-1, 3, 1, 1)


def described(drawing: Drawing) -> Model:
    return describe_model(drawing.proto(), Path("drawn.onnx"))


def drawing_with_head(opset: int = 20) -> Drawing:
    """Ends in the softmax ``probabilities`` of the logits ``fc``."""
    drawing = Drawing(opset=opset)
    drawing.conv("conv", "image", KERNEL[:4])
    drawing.head("conv", classes=CLASSES)
    return drawing


def add_after_softmax(drawing: Drawing, operator: str) -> None:
    more: dict[str, tuple[list[str], dict[str, int]]] = {
        "Cast": ([], {"to": TensorProto.FLOAT}),
        "Reshape": ([drawing.weight("shape", np.array([1, CLASSES]), kind=TensorProto.INT64)], {}),
    }
    inputs, attributes = more.get(operator, ([], {}))
    drawing.node(operator, "last", ["probabilities", *inputs], shape=(CLASSES,), **attributes)


@pytest.mark.parametrize("operator", ["Cast", "Dropout", "Flatten", "Identity", "Reshape"])
def test_a_softmax_is_found_behind_what_keeps_its_values(operator: str) -> None:
    drawing = drawing_with_head()
    add_after_softmax(drawing, operator)
    model = described(drawing)
    assert model.output_name == "last"
    assert model.output_is_probabilities
    assert model.logits_name == "fc"


def test_what_is_computed_from_a_softmax_is_none() -> None:
    drawing = drawing_with_head()
    drawing.node("Neg", "last", ["probabilities"], shape=(CLASSES,))
    model = described(drawing)
    assert not model.output_is_probabilities
    assert model.logits_name == "last"


def scores_as_maps(axis: int | None, opset: int = 20) -> onnx.ModelProto:
    """The classes' scores are maps of one position, (1, classes, 1, 1)."""
    drawing = Drawing(opset=opset)
    pooled = drawing.node("GlobalAveragePool", "mean", ["image"], shape=(3, 1, 1))
    scores = drawing.conv("scores", pooled, KERNEL)
    given = {} if axis is None else {"axis": axis}
    drawing.node("Softmax", "probabilities", [scores], shape=(CLASSES, 1, 1), **given)
    return drawing.proto()


@pytest.mark.parametrize(("axis", "opset"), [(1, 20), (-3, 20), (None, 11), (1, 11)])
def test_a_softmax_over_the_classes_is_taken(axis: int | None, opset: int) -> None:
    model = describe_model(scores_as_maps(axis, opset), Path("drawn.onnx"))
    assert model.output_is_probabilities


@pytest.mark.parametrize(("axis", "opset"), [(None, 20), (0, 20), (2, 20), (2, 11)])
def test_a_softmax_over_another_axis_is_refused(axis: int | None, opset: int) -> None:
    with pytest.raises(NotAClassifierError, match="softmax does not run over the classes"):
        describe_model(scores_as_maps(axis, opset), Path("drawn.onnx"))


def with_outputs(drawing: Drawing, *names: str) -> onnx.ModelProto:
    """The graph with these outputs, in this order."""
    proto = drawing.proto()
    del proto.graph.output[:]
    for name in names:
        shape = [1, *drawing.shapes[name]]
        output = helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        proto.graph.output.append(output)
    return proto


@pytest.mark.parametrize("other", ["conv", "flat", "fc"])
def test_of_several_outputs_the_softmax_holds_the_scores(other: str) -> None:
    proto = with_outputs(drawing_with_head(), other, "probabilities")
    model = describe_model(proto, Path("drawn.onnx"))
    assert model.output_name == "probabilities"
    assert len(model.labels) == CLASSES
    assert not any("outputs" in assumption for assumption in model.assumptions)


def test_a_number_of_a_class_is_no_score() -> None:
    drawing = drawing_with_head()
    proto = with_outputs(drawing, "fc")
    proto.graph.node.append(helper.make_node("ArgMax", ["fc"], ["best"], axis=1))
    best = helper.make_tensor_value_info("best", TensorProto.INT64, [1, 1])
    proto.graph.output.insert(0, best)
    assert describe_model(proto, Path("drawn.onnx")).output_name == "fc"


def test_the_labels_tell_which_of_several_outputs_is_meant() -> None:
    proto = with_outputs(drawing_with_head(), "flat", "fc")
    model = describe_model(proto, Path("drawn.onnx"), labels=tuple("abcde"))
    assert model.output_name == "fc"
    assert not any("outputs" in assumption for assumption in model.assumptions)


def test_where_nothing_tells_the_first_output_is_taken_aloud() -> None:
    proto = with_outputs(drawing_with_head(), "flat", "fc")
    model = describe_model(proto, Path("drawn.onnx"))
    assert model.output_name == "flat"
    assert "Of 2 outputs the first, flat, is taken for the class scores." in model.assumptions


def without_output_shape() -> onnx.ModelProto:
    proto = drawing_with_head().proto()
    proto.graph.output[0].type.tensor_type.ClearField("shape")
    return proto


def test_the_number_of_classes_is_inferred_where_the_file_does_not_say() -> None:
    assert len(describe_model(without_output_shape(), Path("drawn.onnx")).labels) == CLASSES


def test_labels_are_counted_against_the_classes_that_are_inferred() -> None:
    with pytest.raises(LabelsError, match="3 labels for 5 classes"):
        describe_model(without_output_shape(), Path("drawn.onnx"), labels=("a", "b", "c"))


def test_two_labels_do_not_make_two_classes_of_one_score() -> None:
    drawing = Drawing()
    drawing.conv("conv", "image", KERNEL)
    drawing.head("conv", classes=1)
    with pytest.raises(NotAClassifierError, match="not one score per class"):
        describe_model(drawing.proto(), Path("drawn.onnx"), labels=("cat", "dog"))


def with_sigmoid(weights: np.ndarray) -> Drawing:
    drawing = Drawing()
    pooled = drawing.node("GlobalAveragePool", "mean", ["image"], shape=(3, 1, 1))
    flat = drawing.node("Flatten", "flat", [pooled], shape=(3,))
    drawing.node("MatMul", "fc", [flat, drawing.weight("w", weights)], shape=(CLASSES,))
    drawing.node("Sigmoid", "ratings", ["fc"], shape=(CLASSES,))
    return drawing


def test_ratings_of_a_sigmoid_become_the_odds_of_one_class_alone(tmp_path: Path) -> None:
    drawing = with_sigmoid(np.random.default_rng(0).normal(0, 3, (3, CLASSES)))
    model = load_model(drawing.write(tmp_path / "m.onnx"))
    assert model.logits_name == "fc"
    assert any("sigmoid" in assumption for assumption in model.assumptions)
    sessions = ModelSessions(model, "cpu")
    image = np.random.default_rng(1).random((1, 3, 8, 8), np.float32)
    logits = sessions.activations(image).values["fc"].ravel()
    probabilities = sessions.probabilities(image)[0]
    np.testing.assert_allclose(probabilities, softmax(logits), rtol=1e-4)


def test_ratings_at_their_ends_are_finite(tmp_path: Path) -> None:
    drawing = with_sigmoid(np.full((3, CLASSES), 1e4) * np.array([1, -1, -1, -1, -1]))
    model = load_model(drawing.write(tmp_path / "m.onnx"))
    probabilities = ModelSessions(model, "cpu").probabilities(np.ones((1, 3, 8, 8), np.float32))
    np.testing.assert_allclose(probabilities[0], [1, 0, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize("shifted", [False, True])
def test_a_softmax_written_out_is_one(shifted: bool) -> None:
    drawing = drawing_with_head()
    axis = drawing.weight("axis", np.array([1]), kind=TensorProto.INT64)
    source = "fc"
    if shifted:
        drawing.node("ReduceMax", "largest", ["fc", axis], shape=(1,))
        source = drawing.node("Sub", "below", ["fc", "largest"], shape=(CLASSES,))
    drawing.node("Exp", "powers", [source], shape=(CLASSES,))
    drawing.node("ReduceSum", "total", ["powers", axis], shape=(1,))
    drawing.node("Div", "shares", ["powers", "total"], shape=(CLASSES,))
    model = described(drawing)
    assert model.output_is_probabilities
    assert model.logits_name == "fc"


def test_a_division_by_another_sum_is_no_softmax() -> None:
    drawing = drawing_with_head()
    axis = drawing.weight("axis", np.array([1]), kind=TensorProto.INT64)
    drawing.node("Exp", "powers", ["fc"], shape=(CLASSES,))
    drawing.node("ReduceSum", "total", ["fc", axis], shape=(1,))
    drawing.node("Div", "shares", ["powers", "total"], shape=(CLASSES,))
    assert not described(drawing).output_is_probabilities
