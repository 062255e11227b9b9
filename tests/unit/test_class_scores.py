"""Which tensor of a foreign classifier holds its class scores, and what they are."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from desktop_app.core.errors import NotAClassifierError
from desktop_app.core.model_file import describe_model
from desktop_app.core.records import Model
from tests.drawn_graphs import Drawing

CLASSES = 4
KERNEL = np.linspace(-1, 1, 4 * 3).reshape(4, 3, 1, 1)


def described(drawing: Drawing) -> Model:
    return describe_model(drawing.proto(), Path("drawn.onnx"))


def drawing_with_head(opset: int = 20) -> Drawing:
    """Ends in the softmax ``probabilities`` of the logits ``fc``."""
    drawing = Drawing(opset=opset)
    drawing.conv("conv", "image", KERNEL)
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
