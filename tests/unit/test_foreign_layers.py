"""Which tensors of a file without a card are its layers."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from desktop_app.core.model_file import describe_model
from desktop_app.core.records import Layer, Model
from tests.drawn_graphs import SIZE, Drawing

KERNEL = np.random.default_rng(0).normal(0, 1, (4, 3, 1, 1))
CHANNELS_LAST = [0, 2, 3, 1]
CHANNELS_FIRST = [0, 3, 1, 2]


def described(proto: onnx.ModelProto) -> Model:
    return describe_model(proto, Path("drawn.onnx"))


def layer(drawing: Drawing, name: str) -> Layer | None:
    return described(drawing.proto()).layer(name)


def test_what_has_another_first_axis_than_the_batch_is_no_layer() -> None:
    drawing = Drawing()
    drawing.conv("conv", "image", KERNEL)
    shapes = {"rows": (4, 64), "apart": (4, 1, 8, 8), "back": (1, 4, 8, 8)}
    last = "conv"
    for name, shape in shapes.items():
        sizes = drawing.weight(f"{name}.shape", np.array(shape), kind=TensorProto.INT64)
        last = drawing.node("Reshape", name, [last, sizes], shape=shape[1:])
    drawing.head(last)
    names = [layer.name for layer in described(drawing.proto()).layers]
    assert names == ["conv", "back", "mean", "flat", "fc", "probabilities"]


def test_maps_with_their_channels_last_are_no_layers() -> None:
    """They would be shown as rows of the picture."""
    drawing = Drawing()
    drawing.conv("conv", "image", KERNEL)
    drawing.node("Transpose", "turned", ["conv"], shape=(SIZE, SIZE, 4), perm=CHANNELS_LAST)
    weight = drawing.weight("mix", np.ones((4, 6)))
    drawing.node("MatMul", "mixed", ["turned", weight], shape=(SIZE, SIZE, 6))
    drawing.node("Relu", "relu", ["mixed"], shape=(SIZE, SIZE, 6))
    drawing.node("Transpose", "back", ["relu"], shape=(6, SIZE, SIZE), perm=CHANNELS_FIRST)
    drawing.head("back")
    model = described(drawing.proto())
    names = [layer.name for layer in model.layers]
    assert names == ["conv", "back", "mean", "flat", "fc", "probabilities"]
    node = model.network.node("back")
    assert node is not None
    assert node.inputs == ("conv",)
    assert node.parameters == 24


@pytest.mark.parametrize("keepdims", [0, 1])
def test_a_picture_with_its_channels_last_has_the_layers_of_its_convolutions(keepdims: int) -> None:
    drawing = Drawing()
    drawing.shapes["image"] = (SIZE, SIZE + 2, 3)
    shape = drawing.shapes["image"]
    drawing.node("Relu", "relu", ["image"], shape=shape)
    drawing.node("Transpose", "first", ["relu"], shape=(3, *shape[:2]), perm=CHANNELS_FIRST)
    kernel = drawing.weight("kernel", KERNEL)
    drawing.node("Conv", "conv", ["first", kernel], shape=(4, *shape[:2]))
    drawing.node("Transpose", "last", ["conv"], shape=(*shape[:2], 4), perm=CHANNELS_LAST)
    axes = drawing.weight("axes", np.array([1, 2]), kind=TensorProto.INT64)
    mean = (1, 1, 4) if keepdims else (4,)
    drawing.node("ReduceMean", "mean", ["last", axes], shape=mean, keepdims=keepdims)
    drawing.node("Flatten", "flat", ["mean"], shape=(4,))
    weight = drawing.weight("fc.weight", np.ones((4, 2)))
    drawing.node("MatMul", "fc", ["flat", weight], shape=(2,))
    names = {layer.name for layer in described(drawing.proto()).layers}
    assert names == {"first", "conv", "flat", "fc"} | (set() if keepdims else {"mean"})


def test_a_row_of_features_behind_channels_last_may_become_maps_again() -> None:
    drawing = Drawing()
    drawing.conv("conv", "image", KERNEL)
    drawing.node("Transpose", "turned", ["conv"], shape=(SIZE, SIZE, 4), perm=CHANNELS_LAST)
    drawing.node("Flatten", "flat", ["turned"], shape=(256,))
    sizes = drawing.weight("sizes", np.array([1, 256, 1, 1]), kind=TensorProto.INT64)
    drawing.node("Reshape", "maps", ["flat", sizes], shape=(256, 1, 1))
    drawing.conv("scores", "maps", np.ones((5, 256, 1, 1)))
    assert layer(drawing, "scores") is not None


@pytest.mark.parametrize(
    ("low", "kind"), [(0.0, "relu"), (-1.0, "other"), (0.5, "other"), (None, "other")]
)
@pytest.mark.parametrize("stored", ["attribute", "initializer", "constant"])
def test_only_a_clip_at_zero_is_a_relu(low: float | None, kind: str, stored: str) -> None:
    """Of a ReLU's channels only what lies above 0 is told; another clip may end below."""
    drawing = Drawing(opset=9 if stored == "attribute" else 20)
    drawing.conv("conv", "image", KERNEL)
    inputs, attributes = ["conv"], {}
    if stored == "attribute":
        attributes = {"max": 6.0} | ({} if low is None else {"min": low})
    elif low is not None and stored == "initializer":
        inputs.append(drawing.weight("low", np.array(low)))
    elif low is not None:
        inputs.append(drawing.node("Constant", "low", [], shape=(), value_float=low))
    drawing.node("Clip", "clipped", inputs, shape=(4, SIZE, SIZE), **attributes)
    drawing.head("clipped")
    found = layer(drawing, "clipped")
    assert found is not None
    assert found.kind == kind
