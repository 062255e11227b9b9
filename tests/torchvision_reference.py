"""torchvision's ResNet (and timm's plain one), written anew from its publication.

The package itself cannot be a test's dependency here, so this follows torchvision 0.28's
``models/resnet.py`` in structure and names, in functional form and independently of ours: weights
live in a flat state under torchvision's names, and the forward pass looks them up.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own habit

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


class TorchvisionResNet(nn.Module):
    """conv1, bn1, layer1 to layer4 of bottlenecks, fc; the stride on the 3×3 ("v1.5").

    Args:
        blocks: Of each layer.
        width: Of the first layer's bottleneck; 64 as published.
        classes: Of fc.
    """

    def __init__(self, blocks: Sequence[int], *, width: int = 64, classes: int = 1000) -> None:
        super().__init__()
        self.blocks = blocks
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        for number, count in enumerate(blocks, start=1):
            narrow = width * 2 ** (number - 1)
            stride = 1 if number == 1 else 2
            layer = nn.Sequential()
            for index in range(count):
                layer.append(bottleneck(channels, narrow, stride if index == 0 else 1))
                channels = 4 * narrow
            self.add_module(f"layer{number}", layer)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) → (N, classes)."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, kernel_size=3, stride=2, padding=1)
        for number in range(1, 5):
            for block in self.get_submodule(f"layer{number}").children():
                x = run_bottleneck(block, x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def bottleneck(channels: int, narrow: int, stride: int) -> nn.Module:
    """The modules of a block under torchvision's names; the first of a layer projects."""
    block = nn.Module()
    block.conv1 = nn.Conv2d(channels, narrow, 1, bias=False)
    block.bn1 = nn.BatchNorm2d(narrow)
    block.conv2 = nn.Conv2d(narrow, narrow, 3, stride, 1, bias=False)
    block.bn2 = nn.BatchNorm2d(narrow)
    block.conv3 = nn.Conv2d(narrow, 4 * narrow, 1, bias=False)
    block.bn3 = nn.BatchNorm2d(4 * narrow)
    if stride != 1 or channels != 4 * narrow:
        projection = nn.Conv2d(channels, 4 * narrow, 1, stride, bias=False)
        block.downsample = nn.Sequential(projection, nn.BatchNorm2d(4 * narrow))
    return block


def run_bottleneck(block: nn.Module, x: Tensor) -> Tensor:
    """Branch plus shortcut, then ReLU."""
    branch = F.relu(block.bn1(block.conv1(x)))
    branch = F.relu(block.bn2(block.conv2(branch)))
    branch = block.bn3(block.conv3(branch))
    shortcut = block.downsample(x) if hasattr(block, "downsample") else x
    return F.relu(branch + shortcut)


def make(depth: int = 50, *, width: int = 8, classes: int = 7) -> TorchvisionResNet:
    """A network of random weights, narrow unless told otherwise; always the same."""
    with torch.random.fork_rng():
        torch.manual_seed(depth)
        return TorchvisionResNet(BLOCKS[depth], width=width, classes=classes).eval()
