"""A small real model file for tests: a residual network that tells colours apart.

Built from ONNX nodes without torch, in milliseconds, with the contract's layer names and a card.
The mean colour of the picture flows unchanged through the first three channels of every block,
and the last layer compares it with one pure hue per class; the other channels are fixed noise, so
that every activation is worth looking at. Use the fixtures ``tiny_model`` and ``plain_model``, or
:func:`write_tiny_model` where another path or other classes are wanted.
"""

import colorsys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core.card import CARD_PROPERTY, encode_card
from desktop_app.core.records import (
    CARD_SCHEMA,
    Accuracy,
    Card,
    Layer,
    LayerKind,
    LayerRole,
    Preprocessing,
)

TINY_CLASSES = ("red", "green", "blue")
TINY_SIZE = 32
_COLOURS = 3
_NORM_EPSILON = 1e-3


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``tiny.onnx``: 32×32 input, labels red, green and blue, 41 layers, with a card."""
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    write_tiny_model(path)
    return path


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``plain.onnx``: the same network without a card."""
    path = tmp_path_factory.mktemp("model") / "plain.onnx"
    write_tiny_model(path, with_card=False)
    return path


def write_tiny_model(
    path: Path, *, with_card: bool = True, classes: Sequence[str] = TINY_CLASSES
) -> None:
    """Write the network to ``path``; the same arguments always give the same bytes.

    Args:
        path: The ``.onnx`` file.
        with_card: Whether the file carries a card.
        classes: Labels; class i stands for the hue i / len(classes), so the three defaults are
            pure red, green and blue.
    """
    network = _Network()
    network.stem()
    network.block("2a", channels=8, stride=1, projected=True)
    network.block("2b", channels=8, stride=1, projected=False)
    network.block("3a", channels=16, stride=2, projected=True)
    network.head(classes)
    model = network.model(len(classes))
    if with_card:
        model.metadata_props.add(key=CARD_PROPERTY, value=encode_card(_card(network, classes)))
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _card(network: "_Network", classes: Sequence[str]) -> Card:
    return Card(
        schema=CARD_SCHEMA,
        title="Tiny: mean colours",
        labels=tuple(classes),
        preprocessing=Preprocessing(height=TINY_SIZE, width=TINY_SIZE, resize_rule="stretch"),
        layers=tuple(network.layers),
        training={"data_set": "none, the weights are written by hand"},
        accuracy=(Accuracy(name="pure hues", images=len(classes), top1=1.0),),
        licence="MIT",
        source="tests/model_fixtures.py",
    )


class _Network:
    """Collects nodes, weights and layers while the network is laid out from input to output."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(0)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.layers: list[Layer] = []
        self.tensor = "image"
        self.shape: tuple[int, ...] = (3, TINY_SIZE, TINY_SIZE)

    def stem(self) -> None:
        self._conv("conv1", "stem", filters=8, size=7, stride=2, padding=3, stage=1)
        self._norm("bn_conv1", "stem", stage=1)
        self._node("Relu", "conv1_relu", "relu", "stem", stage=1)
        self.shape = (8, 7, 7)
        self._node(
            "MaxPool", "pool1", "max-pool", "stem", stage=1, kernel_shape=[3, 3], strides=[2, 2]
        )

    def block(self, tag: str, *, channels: int, stride: int, projected: bool) -> None:
        """A bottleneck block; its branch leaves the colour channels to the shortcut."""
        entrance, shape, place = self.tensor, self.shape, {"stage": int(tag[0]), "block": tag}
        narrow = channels // 2
        for part, filters, size in (("2a", narrow, 1), ("2b", narrow, 3), ("2c", channels, 1)):
            name = f"res{tag}_branch{part}"
            step = stride if part == "2a" else 1
            self._conv(name, "branch", filters, size, stride=step, padding=size // 2, **place)
            self._norm(f"bn{tag}_branch{part}", "branch", mute_colours=part == "2c", **place)
            if part != "2c":
                self._node("Relu", f"{name}_relu", "relu", "branch", **place)
        branch, shortcut = self.tensor, entrance
        if projected:
            self.tensor, self.shape = entrance, shape
            self._conv(f"res{tag}_branch1", "shortcut", channels, 1, stride=stride, **place)
            self._norm(f"bn{tag}_branch1", "shortcut", **place)
            shortcut = self.tensor
        self._node("Add", f"res{tag}", "add", "sum", inputs=[branch, shortcut], **place)
        self._node("Relu", f"res{tag}_relu", "relu", "output", **place)

    def head(self, classes: Sequence[str]) -> None:
        self._node("GlobalAveragePool", "avg_pool_map", None, "head")
        self.shape = (self.shape[0],)
        self._node("Flatten", "avg_pool", "average-pool", "head")
        hues = np.array([colorsys.hsv_to_rgb(n / len(classes), 1, 1) for n in range(len(classes))])
        weight = np.zeros((len(classes), *self.shape))
        weight[:, :_COLOURS] = 16 * hues
        # Nearest hue: |x - p|² is smallest where p·x - |p|²/2 is largest.
        bias = -8 * (hues**2).sum(axis=1)
        name = f"fc{len(classes)}"
        extra = [self._weight(f"{name}.weight", weight), self._weight(f"{name}.bias", bias)]
        self.shape = (len(classes),)
        self._node("Gemm", name, "dense", "head", extra=extra, transB=1)
        self._node("Softmax", "probabilities", "softmax", "head", axis=-1)

    def model(self, classes: int) -> onnx.ModelProto:
        image = helper.make_tensor_value_info(
            "image", TensorProto.FLOAT, ["batch", 3, TINY_SIZE, TINY_SIZE]
        )
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", classes])
            for name in ("probabilities", f"fc{classes}")
        ]
        graph = helper.make_graph(self.nodes, "tiny", [image], outputs, self.weights)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9, producer_name="tests"
        )

    def _conv(
        self,
        name: str,
        role: LayerRole,
        filters: int,
        size: int,
        *,
        stride: int,
        padding: int = 0,
        **place: Any,
    ) -> None:
        channels = self.shape[0]
        kernel = self.random.normal(
            0, (channels * size * size) ** -0.5, (filters, channels, size, size)
        )
        carries_colours = role in {"stem", "shortcut"}
        if carries_colours:  # each colour is averaged over the kernel and goes its own way
            kernel[:_COLOURS] = 0
            kernel[range(_COLOURS), range(_COLOURS)] = 1 / size**2
        extra = [
            self._weight(f"{name}.weight", kernel),
            self._weight(f"{name}.bias", np.zeros(filters)),
        ]
        side = (self.shape[1] + 2 * padding - size) // stride + 1
        self.shape = (filters, side, side)
        self._node(
            "Conv", name, "conv", role, extra=extra, kernel_shape=[size, size],
            strides=[stride, stride], pads=[padding] * 4, **place,
        )  # fmt: skip

    def _norm(
        self, name: str, role: LayerRole, *, mute_colours: bool = False, **place: Any
    ) -> None:
        channels = self.shape[0]
        scale = self.random.uniform(0.8, 1.2, channels)
        shift = self.random.normal(0, 0.05, channels)
        mean = np.zeros(channels)
        scale[:_COLOURS] = 0 if mute_colours else 1
        shift[:_COLOURS] = 0
        values = (scale, shift, mean, np.full(channels, 1 - _NORM_EPSILON))
        parts = ("weight", "bias", "running_mean", "running_var")
        extra = [self._weight(f"{name}.{p}", v) for p, v in zip(parts, values, strict=True)]
        self._node(
            "BatchNormalization",
            name,
            "batch-norm",
            role,
            extra=extra,
            epsilon=_NORM_EPSILON,
            **place,
        )

    def _node(
        self,
        operator: str,
        name: str,
        kind: LayerKind | None,
        role: LayerRole,
        *,
        inputs: list[str] | None = None,
        extra: Sequence[str] = (),
        stage: int | None = None,
        block: str | None = None,
        **attributes: Any,
    ) -> None:
        wired = [*(inputs or [self.tensor]), *extra]
        self.nodes.append(helper.make_node(operator, wired, [name], name=name, **attributes))
        self.tensor = name
        if kind is not None:
            self.layers.append(
                Layer(name=name, kind=kind, stage=stage, block=block, role=role, shape=self.shape)
            )

    def _weight(self, name: str, values: NDArray[np.float64]) -> str:
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name
