"""The bottleneck residual network: one definition for every preset and depth.

Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun: "Deep Residual Learning for Image Recognition"
(2015), and the "Residual Networks" lesson, whose identity block and convolutional block are
recognisable here. Every named layer is a module of its own, so that training, description, export
and proof all speak of the same places.

Names: ``res{stage}{block}_branch2a`` and so on. Blocks are lettered a, b, c… within a stage; in
depths 101 and 152, where a stage may outgrow the alphabet, a stage with more than three blocks
counts instead: a, b1, b2… (the names of He's Caffe release: ``res4b22_branch2a``).
"""

import string
from collections.abc import Iterator
from typing import Any, Final, cast

import torch
from torch import Tensor, fx, nn

from desktop_app.core.records import Layer
from model_export.blocks import (
    Add,
    Bottleneck,
    ConvolutionalBlock,
    GlobalAveragePool,
    IdentityBlock,
    Place,
    batch_norm,
    convolution,
)
from model_export.presets import BLOCKS_PER_STAGE, Depth, PoolPadding, Preset

STAGE_FILTERS: Final = {
    2: (64, 64, 256),
    3: (128, 128, 512),
    4: (256, 256, 1024),
    5: (512, 512, 2048),
}
"""Filters of a branch's three convolutions, by stage (He et al. 2015, table 1)."""


class ResNet(nn.Module):
    """Stem, stages 2 to 5, global average pool, dense layer, softmax.

    Lesson, exercise 3 (``ResNet50``); He et al. 2015, table 1. ``forward`` ends at the logits,
    which is what a loss wants; ``probabilities`` is the softmax over them.

    Args:
        preset: Which variant.
        seed: Of the initialisation (the lesson's is 0).
        zero_last_norm: Start the last batch norm of each branch at 0, so that every identity
            block begins as the identity (Goyal et al. 2017, section 5.1).
    """

    def __init__(self, preset: Preset, *, seed: int = 0, zero_last_norm: bool = False) -> None:
        super().__init__()
        self.preset = preset
        self.conv1 = convolution(preset, 3, 64, size=7, stride=2, padding=3)
        self.bn_conv1 = batch_norm(preset, 64)
        self.conv1_relu = nn.ReLU()
        self.pool1 = max_pool(preset.pool_padding)
        self.blocks = nn.ModuleDict()
        channels = 64
        for stage, tag, first in block_tags(preset.depth):
            filters = STAGE_FILTERS[stage]
            kind = ConvolutionalBlock if first else IdentityBlock
            stride = 2 if first and stage > 2 else 1
            self.blocks[tag] = kind(
                preset, tag, in_channels=channels, filters=filters, stride=stride
            )
            channels = filters[2]
        self.avg_pool = GlobalAveragePool()
        self.fc = nn.Linear(channels, preset.classes)
        self.probabilities = nn.Softmax(dim=1)
        if not self.fc.weight.is_meta:
            initialise(self, seed=seed, zero_last_norm=zero_last_norm)

    def forward(self, x: Tensor) -> Tensor:
        """Compute logits.

        Args:
            x: float32 (N, 3, H, W), H and W from 32, preprocessed as the preset says.

        Returns:
            float32 (N, classes), before the softmax.
        """
        x = self.pool1(self.conv1_relu(self.bn_conv1(self.conv1(x))))
        for block in self.blocks.values():
            x = block(x)
        return cast("Tensor", self.fc(self.avg_pool(x)))

    def forward_named(self, x: Tensor) -> dict[str, Tensor]:
        """Every named activation of ``x``, in the order of computation.

        The last two are the logits (``fc{classes}``) and ``probabilities``, both (N, classes).
        """
        values: dict[str, Tensor] = {}

        def keep(name: str) -> Any:  # noqa: ANN401 - torch's hook type is private
            def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
                values[name] = output

            return hook

        layers = self.named_layers()
        handles = [module.register_forward_hook(keep(name)) for name, module in layers.items()]
        try:
            self.probabilities(self(x))
        finally:
            for handle in handles:
                handle.remove()
        return {name: values[name] for name in layers}

    def places(self) -> Iterator[tuple[int | None, str | None, Place]]:
        """(stage, block, place) of every named layer, in the order of computation."""
        yield 1, None, Place("conv1", self.conv1, "conv", "stem")
        yield 1, None, Place("bn_conv1", self.bn_conv1, "batch-norm", "stem")
        yield 1, None, Place("conv1_relu", self.conv1_relu, "relu", "stem")
        yield 1, None, Place("pool1", self.pool1, "max-pool", "stem")
        for tag, module in self.blocks.items():
            block = cast("IdentityBlock | ConvolutionalBlock", module)
            for place in block.places():
                yield int(tag[0]), tag, place
        yield None, None, Place("avg_pool", self.avg_pool, "average-pool", "head")
        yield None, None, Place(f"fc{self.preset.classes}", self.fc, "dense", "head")
        yield None, None, Place("probabilities", self.probabilities, "softmax", "head")

    def named_layers(self) -> dict[str, nn.Module]:
        """Contract name → module, in the order of computation."""
        return {place.name: place.module for _, _, place in self.places()}

    def layer_records(self, image_size: int | None = None) -> tuple[Layer, ...]:
        """Every named layer with its shape, for one image of ``image_size`` (the preset's).

        Shapes come from a run of a twin on the meta device, which computes none of the numbers.
        """
        size = image_size or self.preset.image_size
        with torch.device("meta"):
            twin = ResNet(self.preset).eval()
            values = twin.forward_named(torch.empty(1, 3, size, size))
        return tuple(
            Layer(
                name=place.name,
                kind=place.kind,
                stage=stage,
                block=block,
                role=place.role,
                shape=tuple(values[place.name].shape[1:]),
            )
            for stage, block, place in self.places()
        )

    def trace(self) -> fx.GraphModule:
        """The computation as a graph: one ``call_module`` node per named layer, nothing else.

        Between placeholder ``x`` and the output, ``probabilities``. ``node.meta["layer"]`` is the
        contract name. Shares its weights with this network.
        """
        tracer = _LayerTracer()
        graph = tracer.trace(self)
        output = next(node for node in graph.nodes if node.op == "output")
        with graph.inserting_before(output):
            softmax = graph.call_module("probabilities", (output.args[0],))
        output.args = (softmax,)
        names = {id(module): name for name, module in self.named_layers().items()}
        for node in graph.nodes:
            if node.op == "call_module":
                node.meta["layer"] = names[id(self.get_submodule(str(node.target)))]
        graph.lint()
        return fx.GraphModule(self, graph)


class _LayerTracer(fx.Tracer):
    """Also leaves this module's own layers whole."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, Add | GlobalAveragePool) or super().is_leaf_module(
            m, module_qualified_name
        )


def block_tags(depth: Depth) -> Iterator[tuple[int, str, bool]]:
    """Yield (stage, tag, first in its stage) of every block: (2, "2a", True), (2, "2b", False)."""
    for stage, count in zip(STAGE_FILTERS, BLOCKS_PER_STAGE[depth], strict=True):
        numbered = depth > 50 and count > 3
        letters = ["a", *(f"b{n}" for n in range(1, count))] if numbered else string.ascii_lowercase
        for index in range(count):
            yield stage, f"{stage}{letters[index]}", index == 0


def initialise(network: ResNet, *, seed: int, zero_last_norm: bool = False) -> None:
    """Set every weight anew, from ``seed`` alone (the global generator is left alone).

    Glorot uniform (Glorot and Bengio 2010, equation 16; Keras's and the lesson's) or He normal
    by fan-out (He et al. 2015, "Delving Deep into Rectifiers", equation 14), but the dense layer
    uniform by fan-in as torchvision leaves it: by fan-out, few classes would give it weights as
    large as 1. Biases 0, batch norms 1 and 0.
    """
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            if network.preset.initialisation == "glorot-uniform":
                nn.init.xavier_uniform_(module.weight, generator=generator)
            elif isinstance(module, nn.Linear):
                bound = module.in_features**-0.5
                nn.init.uniform_(module.weight, -bound, bound, generator=generator)
            else:
                nn.init.kaiming_normal_(
                    module.weight, mode="fan_out", nonlinearity="relu", generator=generator
                )
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
    if zero_last_norm:
        for block in network.blocks.values():
            nn.init.zeros_(cast("Bottleneck", block).bn_2c.weight)


def max_pool(padding: PoolPadding) -> nn.MaxPool2d:
    """The stem's 3×3/2 max pool; see :attr:`Preset.pool_padding`."""
    return nn.MaxPool2d(3, 2, padding=1 if padding == "one" else 0, ceil_mode=padding == "ceil")
