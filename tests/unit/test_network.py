"""The network as a graph: what each layer is computed from, how many weights, what it sees."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from desktop_app import paths
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model
from desktop_app.core.network import Network, ReceptiveField
from desktop_app.core.network_analysis import analyse_network
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.photo_fields import photo_rectangle
from desktop_app.core.preprocessing import input_rectangle
from desktop_app.core.receptive_fields import single
from desktop_app.core.records import Preprocessing

SIZE = 24


class Sketch:
    """A small graph in the making: all weights above 0, so that no influence cancels out."""

    def __init__(self, channels: int = 1, *, size: int = SIZE) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.size = size
        self.channels = channels

    def add(self, operator: str, inputs: list[str], name: str, /, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def weight(self, name: str, values: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def conv(self, source: str, name: str, kernel: tuple[int, int], **attributes: object) -> str:
        ones = self.weight(f"{name}.weight", np.ones((1, 1, *kernel), np.float32))
        return self.add("Conv", [source, ones], name, kernel_shape=kernel, **attributes)

    def proto(self) -> onnx.ModelProto:
        image = helper.make_tensor_value_info(
            "image", TensorProto.FLOAT, ["n", self.channels, self.size, self.size]
        )
        outputs = [onnx.ValueInfoProto(name=node.output[0]) for node in self.nodes]
        graph = helper.make_graph(self.nodes, "sketch", [image], outputs, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)

    def network(self, names: list[str] | None = None) -> Network:
        return analyse_network(
            self.proto(),
            names or [node.output[0] for node in self.nodes],
            input_name="image",
            spec=Preprocessing(height=self.size, width=self.size),
        )


def influences(proto: onnx.ModelProto) -> dict[str, NDArray[np.bool_]]:
    """Layer → (pixel row, pixel column, position row, position column): who changes whom."""
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    image = session.get_inputs()[0]
    channels, height, width = image.shape[1:]
    pixels = np.zeros((height * width, channels, height, width), np.float32)
    pixels.reshape(height, width, channels, height, width)[
        np.arange(height)[:, None],
        np.arange(width),
        :,
        np.arange(height)[:, None],
        np.arange(width),
    ] = 1.0
    names = [output.name for output in session.get_outputs()]
    dark = session.run(names, {"image": np.zeros((1, channels, height, width), np.float32)})
    changed = {}
    for name, before, after in zip(names, dark, session.run(names, {"image": pixels}), strict=True):
        differs = (after != before).reshape(
            height, width, after.shape[1], *after.shape[2:] or (1, 1)
        )
        changed[name] = differs.any(axis=2)
    return changed


def check_fields(proto: onnx.ModelProto, network: Network, *, exact: bool) -> int:
    """Compare each known field with the pixels that really matter; give how many there were."""
    compared = 0
    for name, changed in influences(proto).items():
        node = network.node(name)
        if node is None or node.receptive_field is None:
            continue
        height, width, rows, columns = changed.shape
        for y in range(rows):
            for x in range(columns):
                left, top, right, bottom = node.receptive_field.rectangle(x, y)
                inside = np.zeros((height, width), np.bool_)
                inside[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = True
                matters = changed[:, :, y, x]
                assert not (matters & ~inside).any(), (name, x, y)
                if exact:
                    assert (matters == inside).all(), (name, x, y)
                compared += 1
    return compared


def dense_chain() -> Sketch:
    sketch = Sketch()
    sketch.conv("image", "a", (3, 5), pads=[1, 2, 1, 2])
    sketch.add("Relu", ["a"], "b")
    sketch.conv("b", "c", (3, 3), strides=[2, 2], pads=[1, 1, 0, 0])
    sketch.add("MaxPool", ["c"], "d", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    sketch.conv("d", "e", (3, 2), pads=[2, 0, 1, 1])
    return sketch


def same_padding() -> Sketch:
    sketch = Sketch(size=23)
    sketch.conv("image", "a", (4, 3), strides=[2, 3], auto_pad="SAME_UPPER")
    sketch.conv("a", "b", (2, 2), auto_pad="SAME_LOWER")
    sketch.add("AveragePool", ["b"], "c", kernel_shape=[2, 2], strides=[2, 2])
    return sketch


def joined_paths() -> Sketch:
    sketch = Sketch()
    sketch.conv("image", "a", (3, 3), strides=[2, 2], pads=[1, 1, 1, 1])
    sketch.conv("a", "b", (3, 3), pads=[1, 1, 1, 1])
    sketch.conv("b", "c", (1, 5), pads=[0, 2, 0, 2])
    sketch.add("Add", ["a", "c"], "d")
    sketch.add("Concat", ["d", "b"], "e", axis=1)
    return sketch


def gated_by_all() -> Sketch:
    sketch = Sketch(size=13)
    sketch.conv("image", "a", (3, 3), strides=[2, 2])
    sketch.add("GlobalAveragePool", ["a"], "b")
    sketch.add("Sum", ["a", "b"], "c")
    sketch.add("Flatten", ["c"], "d")
    sketch.add("Gemm", ["d", sketch.weight("w", np.ones((36, 2), np.float32))], "e")
    return sketch


@pytest.mark.parametrize("make", [dense_chain, same_padding, joined_paths, gated_by_all])
def test_a_field_is_exactly_the_pixels_that_change_a_position(make: Callable[[], Sketch]) -> None:
    sketch = make()
    network = sketch.network()
    assert all(node.receptive_field is not None for node in network.nodes.values())
    compared = check_fields(sketch.proto(), network, exact=True)
    assert compared > 50


def test_a_window_that_would_begin_behind_the_last_row_is_none() -> None:
    sketch = Sketch(size=25)
    sketch.add("MaxPool", ["image"], "a", kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1)
    assert influences(sketch.proto())["a"].shape[2:] == (9, 9)
    counted = [single(size).slid(kernel=2, stride=3, ceil=True) for size in (23, 24, 25)]
    # ONNX Runtime gives 8 of 24 too, but warns: shape inference counts one more.
    assert [span.positions for span in counted if span is not None] == [8, 8, 9]


def test_gaps_between_taps_count_as_seen() -> None:
    sketch = Sketch()
    sketch.conv("image", "a", (3, 3), dilations=[2, 3], pads=[2, 3, 2, 3])
    sketch.conv("a", "b", (1, 1), strides=[3, 2])
    sketch.conv("b", "c", (2, 2))
    network = sketch.network()
    check_fields(sketch.proto(), network, exact=False)
    field = network.nodes["c"].receptive_field
    assert field == ReceptiveField(size=(8, 9), stride=(3, 2), start=(-2, -3))
    inner = influences(sketch.proto())["c"][:, :, 3, 3]
    rows, columns = np.nonzero(inner)
    hull = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert field.rectangle(3, 3) == hull


def test_no_pixel_outside_a_field_matters_in_a_residual_network(tiny_model: Path) -> None:
    model = load_model(tiny_model)
    proto = read_onnx(tiny_model)
    del proto.graph.output[:]
    names = [layer.name for layer in model.layers if len(layer.shape) == 3]
    proto.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    assert check_fields(proto, model.network, exact=False) > 1000


def test_an_operator_that_is_not_known_has_no_field_until_all_is_gathered() -> None:
    sketch = Sketch()
    sketch.conv("image", "a", (3, 3))
    scales = sketch.weight("scales", np.array([1, 1, 2, 2], np.float32))
    sketch.add("Resize", ["a", "", scales], "b")
    sketch.add("Relu", ["b"], "c")
    sketch.add("GlobalMaxPool", ["c"], "d")
    network = sketch.network()
    assert network.nodes["a"].receptive_field is not None
    assert network.nodes["b"].receptive_field is None
    assert network.nodes["c"].receptive_field is None
    field = network.nodes["d"].receptive_field
    assert field is not None
    assert field.is_shared
    assert field.rectangle(0, 0) == (0, 0, SIZE, SIZE)


def test_pads_that_the_graph_puts_together_are_known() -> None:
    sketch = Sketch(size=13)
    begin = sketch.weight("begin", np.array([0, 0, 1, 2]))
    end = sketch.add("Add", [begin, begin], "end")
    sketch.add("Pad", ["image", sketch.add("Concat", [begin, end], "pads", axis=0)], "a")
    sketch.conv("a", "b", (3, 3), strides=[2, 2])
    node = sketch.network(["b"]).node("b")
    assert node is not None
    assert node.receptive_field == ReceptiveField(size=(3, 3), stride=(2, 2), start=(-1, -2))


def test_a_kernel_that_the_picture_computes_leaves_the_field_unknown() -> None:
    sketch = Sketch()
    sketch.conv("image", "a", (3, 3))
    sketch.add("GlobalAveragePool", ["a"], "kernel")
    sketch.add("Conv", ["a", "kernel"], "b", kernel_shape=[1, 1])
    node = sketch.network().node("b")
    assert node is not None
    assert node.receptive_field is None


def test_paths_that_move_differently_have_no_common_field() -> None:
    sketch = Sketch()
    sketch.conv("image", "a", (1, 1), strides=[2, 2])
    sketch.conv("image", "b", (13, 13))
    sketch.add("Add", ["a", "b"], "c")
    assert sketch.network().nodes["c"].receptive_field is None


def test_unnamed_tensors_are_skipped_and_their_weights_kept() -> None:
    sketch = Sketch()
    sketch.conv("image", "a", (3, 3), pads=[1, 1, 1, 1])
    sketch.conv("a", "hidden", (5, 5), pads=[2, 2, 2, 2])
    sketch.add("Add", ["hidden", sketch.weight("bias", np.ones((2, 1, 1), np.float32))], "b")
    sketch.add("Add", ["b", "a"], "c")
    network = sketch.network(["a", "b", "c"])
    assert network.nodes["a"].inputs == ()
    assert network.nodes["b"].inputs == ("a",)
    assert network.nodes["b"].parameters == 27
    assert network.nodes["c"].inputs == ("b", "a")
    assert network.parameters == 36


def test_single_numbers_of_an_operator_are_no_parameters() -> None:
    sketch = Sketch()
    sketch.add("Mul", ["image", sketch.weight("sixth", np.full((), 1 / 6, np.float32))], "a")
    assert sketch.network().parameters == 0


def test_unfolded_weights_count_as_what_they_unfold_to() -> None:
    sketch = Sketch()
    sketch.weight("levels", np.ones((4, 1, 3, 3), np.int8))
    sketch.weight("scale", np.ones((4, 1, 1, 1), np.float32))
    sketch.add("Cast", ["levels"], "floats", to=TensorProto.FLOAT)
    sketch.add("Mul", ["floats", "scale"], "kernel")
    sketch.add("Conv", ["image", "kernel"], "a")
    network = sketch.network(["a"])
    assert network.parameters == 36
    assert network.nodes["a"].receptive_field == ReceptiveField(
        size=(3, 3), stride=(1, 1), start=(0, 0)
    )


def test_a_weight_that_two_layers_share_is_counted_once_for_the_model() -> None:
    sketch = Sketch()
    kernel = sketch.weight("kernel", np.ones((1, 1, 3, 3), np.float32))
    sketch.add("Conv", ["image", kernel], "a")
    sketch.add("Conv", ["a", kernel], "b")
    network = sketch.network()
    assert [network.nodes[name].parameters for name in "ab"] == [9, 9]
    assert network.parameters == 9


def test_the_lesson_has_its_check_figure_and_its_graph() -> None:
    model = load_model(find_model("signs", (paths.bundled_models(),)))
    network = model.network
    assert network.parameters == 23_600_006
    assert sum(node.parameters for node in network.nodes.values()) == 23_600_006
    assert list(network.nodes) == [layer.name for layer in model.layers]
    assert network.nodes["res3a"].inputs == ("bn3a_branch2c", "bn3a_branch1")
    assert network.nodes["res3b"].inputs == ("bn3b_branch2c", "res3a_relu")
    assert network.nodes["res3b_branch2a"].inputs == ("res3a_relu",)
    last = network.nodes["res5c"].receptive_field
    # 7 and 4 of the stem, then two pixels of each block's 3×3 at strides 4, 8, 16 and 32:
    # 11 + 3·2·4 + 4·2·8 + 6·2·16 + 3·2·32. Araujo et al. 2019 give the same for ResNet-50.
    assert last is not None
    assert last.size == (483, 483)
    assert last.stride == (32, 32)


def test_a_field_is_found_again_in_the_photo() -> None:
    field = ReceptiveField(size=(8, 8), stride=(4, 4), start=(-2, -2))
    spec = Preprocessing(height=32, width=32, shorter_side=40)
    left, top, right, bottom = input_rectangle((400, 800), spec)
    assert (left, top, right, bottom) == (40, 240, 360, 560)
    inner = photo_rectangle(field, (2, 1), image_size=(400, 800), spec=spec)
    assert inner == (40 + 60, 240 + 20, 40 + 140, 240 + 100)
    corner = photo_rectangle(field, (0, 0), image_size=(400, 800), spec=spec)
    assert corner == (40, 240, 40 + 60, 240 + 60)
    beyond = photo_rectangle(field, (20, 20), image_size=(400, 800), spec=spec)
    assert beyond == (360, 560, 360, 560)
