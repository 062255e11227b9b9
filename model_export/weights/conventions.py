"""How each source names the weights of the one network.

Sources agree on the layers and on their order; they differ in the names, and Keras also in the
order of a kernel's axes. So one table of layers, in this program's terms, serves them all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import nn

from desktop_app.core.records import LayerKind
from model_export.presets import Preset
from model_export.resnet import ResNet

Part = Literal["", "2a", "2b", "2c", "1"]
"""Of a block: the branch's three, and the shortcut. Empty outside blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedLayer:
    """A layer with weights, in this program's terms.

    Attributes:
        name: The contract's ("res2a_branch2a").
        key: Of its module in the network's state ("blocks.2a.conv_2a").
        kind: ``conv``, ``batch-norm`` or ``dense``.
        stage: 2 to 5; 1 for the stem and the last layer.
        index: Of its block within the stage, from 0.
        part: Of the block.
        shapes: Attribute ("weight", "running_mean") → PyTorch's shape.
    """

    name: str
    key: str
    kind: LayerKind
    stage: int
    index: int
    part: Part
    shapes: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """One source's names.

    Attributes:
        sources: Who uses it, as given to ``--from``.
        first_tensor: The stem's kernel, by which a file shows whose names it has.
        layer: The source's name of a convolution or batch norm.
        dense: Its name of the last layer.
        separator: Between the names of a layer and of its weight.
        attributes: Kind of layer → PyTorch's name of a weight → the source's.
        channels_last: Whether kernels are (height, width, in, out) and (in, out), as Keras has
            them, instead of (out, in, height, width) and (out, in).
    """

    sources: str
    first_tensor: str
    layer: Callable[[WeightedLayer], str]
    dense: str
    separator: str
    attributes: Mapping[LayerKind, Mapping[str, str]]
    channels_last: bool = False

    def tensor(self, layer: WeightedLayer, attribute: str) -> str:
        """The source's name of one weight."""
        name = self.dense if layer.kind == "dense" else self.layer(layer)
        return f"{name}{self.separator}{self.attributes[layer.kind][attribute]}"

    @property
    def head_tensor(self) -> str:
        """The name of the last layer's kernel."""
        return f"{self.dense}{self.separator}{self.attributes['dense']['weight']}"

    def block_tensor(self, *, stage: int, index: int) -> str:
        """The name of the last kernel in a branch, also of blocks that a network may not have.

        Only where names count a stage's blocks: empty for the contract's, which letter them.
        """
        nameless = WeightedLayer(
            name="", key="", kind="conv", stage=stage, index=index, part="2c", shapes={}
        )
        name = self.layer(nameless)
        return f"{name}{self.separator}{self.attributes['conv']['weight']}" if name else ""

    def axes(self, dimensions: int) -> tuple[int, ...]:
        """Where PyTorch's axes of a weight stand in the source's shape."""
        if self.channels_last and dimensions > 1:
            return (dimensions - 1, dimensions - 2, *range(dimensions - 2))
        return tuple(range(dimensions))


def weighted_layers(preset: Preset) -> tuple[WeightedLayer, ...]:
    """Every layer with weights, in the order of computation."""
    with torch.device("meta"):
        network = ResNet(preset)
    keys = {id(module): key for key, module in network.named_modules()}
    indices: dict[str, int] = {}
    layers = []
    for stage, tag, place in network.places():
        if tag is not None and tag not in indices:
            indices[tag] = sum(other[0] == tag[0] for other in indices)
        if place.kind in {"conv", "batch-norm", "dense"}:
            layers.append(
                WeightedLayer(
                    name=place.name,
                    key=keys[id(place.module)],
                    kind=place.kind,
                    stage=stage or 1,
                    index=0 if tag is None else indices[tag],
                    part="" if tag is None else _part(place.name),
                    shapes=_shapes(place.module),
                )
            )
    return tuple(layers)


def _part(name: str) -> Part:
    parts: tuple[Part, ...] = ("2a", "2b", "2c", "1")
    return next(part for part in parts if name.endswith(f"_branch{part}"))


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(value.shape)
        for name, value in module.state_dict().items()
        if name != "num_batches_tracked"
    }


_BRANCH: Final[Mapping[Part, int]] = {"2a": 1, "2b": 2, "2c": 3}


def _torchvision(layer: WeightedLayer) -> str:
    kind = "conv" if layer.kind == "conv" else "bn"
    if not layer.part:
        return f"{kind}1"
    block = f"layer{layer.stage - 1}.{layer.index}"
    if layer.part == "1":
        return f"{block}.downsample.{0 if kind == 'conv' else 1}"
    return f"{block}.{kind}{_BRANCH[layer.part]}"


def _hugging_face(layer: WeightedLayer) -> str:
    kind = "convolution" if layer.kind == "conv" else "normalization"
    if not layer.part:
        return f"resnet.embedder.embedder.{kind}"
    block = f"resnet.encoder.stages.{layer.stage - 2}.layers.{layer.index}"
    if layer.part == "1":
        return f"{block}.shortcut.{kind}"
    return f"{block}.layer.{_BRANCH[layer.part] - 1}.{kind}"


def _keras_applications(layer: WeightedLayer) -> str:
    kind = "conv" if layer.kind == "conv" else "bn"
    if not layer.part:
        return f"conv1_{kind}"
    number = 0 if layer.part == "1" else _BRANCH[layer.part]
    return f"conv{layer.stage}_block{layer.index + 1}_{number}_{kind}"


def _contract(layer: WeightedLayer) -> str:
    return layer.name


_TORCH_KERNEL: Final = {"weight": "weight", "bias": "bias"}
_TORCH: Final[Mapping[LayerKind, Mapping[str, str]]] = {
    "conv": _TORCH_KERNEL,
    "dense": _TORCH_KERNEL,
    "batch-norm": {name: name for name in ("weight", "bias", "running_mean", "running_var")},
}
_KERAS_KERNEL: Final = {"weight": "kernel", "bias": "bias"}
_KERAS: Final[Mapping[LayerKind, Mapping[str, str]]] = {
    "conv": _KERAS_KERNEL,
    "dense": _KERAS_KERNEL,
    "batch-norm": {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "moving_mean",
        "running_var": "moving_variance",
    },
}

TORCHVISION: Final = Convention(
    sources="torchvision or timm",
    first_tensor="conv1.weight",
    layer=_torchvision,
    dense="fc",
    separator=".",
    attributes=_TORCH,
)
HUGGING_FACE: Final = Convention(
    sources="huggingface",
    first_tensor="resnet.embedder.embedder.convolution.weight",
    layer=_hugging_face,
    dense="classifier.1",
    separator=".",
    attributes=_TORCH,
)
KERAS_APPLICATIONS: Final = Convention(
    sources="keras",
    first_tensor="conv1_conv/kernel",
    layer=_keras_applications,
    dense="predictions",
    separator="/",
    attributes=_KERAS,
    channels_last=True,
)
CHOLLET: Final = Convention(
    sources="keras",
    first_tensor="conv1/kernel",
    layer=_contract,
    dense="fc1000",
    separator="/",
    attributes=_KERAS,
    channels_last=True,
)
"""The contract's names are those of Chollet's file, which has them from He's Caffe release."""
CONVENTIONS: Final = (TORCHVISION, HUGGING_FACE, KERAS_APPLICATIONS, CHOLLET)
