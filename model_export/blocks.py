"""The two residual blocks of the lesson, and the small modules that they are made of.

Every named layer is a module of its own. He et al. 2015 is Kaiming He, Xiangyu Zhang, Shaoqing
Ren, Jian Sun: "Deep Residual Learning for Image Recognition".
"""

from collections.abc import Iterator
from typing import NamedTuple, cast

from torch import Tensor, nn

from desktop_app.core.records import LayerKind, LayerRole
from model_export.presets import Preset


class Add(nn.Module):
    """The sum of branch and shortcut: y = F(x) + x (He et al. 2015, equations 1 and 2)."""

    def forward(self, branch: Tensor, shortcut: Tensor) -> Tensor:
        """Add two float32 (N, C, H, W) tensors of one shape."""
        return branch + shortcut


class GlobalAveragePool(nn.Module):
    """The mean of each channel: (N, C, H, W) → (N, C)."""

    def forward(self, features: Tensor) -> Tensor:
        """Average over height and width."""
        return features.mean(dim=(2, 3))


class Place(NamedTuple):
    """A named layer and where it stands; a :class:`Layer` without its shape."""

    name: str
    module: nn.Module
    kind: LayerKind
    role: LayerRole


class Bottleneck(nn.Module):
    """The main path that both blocks share: 1×1, 3×3, 1×1, each followed by batch norm.

    "The three layers are 1×1, 3×3, and 1×1 convolutions, where the 1×1 layers are responsible
    for reducing and then increasing (restoring) dimensions" (He et al. 2015, section 4.1).
    Lesson, exercise 1, "first / second / third component of main path".
    """

    def __init__(
        self,
        preset: Preset,
        tag: str,
        *,
        in_channels: int,
        filters: tuple[int, int, int],
        stride: int,
    ) -> None:
        super().__init__()
        self.tag = tag
        f1, f2, f3 = filters
        first_stride, second_stride = (stride, 1) if preset.stride_place == "1x1" else (1, stride)
        self.conv_2a = convolution(preset, in_channels, f1, size=1, stride=first_stride)
        self.bn_2a = batch_norm(preset, f1)
        self.relu_2a = nn.ReLU()
        self.conv_2b = convolution(preset, f1, f2, size=3, stride=second_stride, padding=1)
        self.bn_2b = batch_norm(preset, f2)
        self.relu_2b = nn.ReLU()
        self.conv_2c = convolution(preset, f2, f3, size=1)
        self.bn_2c = batch_norm(preset, f3)
        self.add = Add()
        self.relu = nn.ReLU()

    def branch(self, x: Tensor) -> Tensor:
        """The residual function F: (N, C, H, W) → (N, f3, H/stride, W/stride), no last ReLU."""
        x = self.relu_2a(self.bn_2a(self.conv_2a(x)))
        x = self.relu_2b(self.bn_2b(self.conv_2b(x)))
        return cast("Tensor", self.bn_2c(self.conv_2c(x)))

    def branch_places(self) -> Iterator[Place]:
        """The branch's layers, in the order of computation."""
        conv, norm = f"res{self.tag}_branch", f"bn{self.tag}_branch"
        yield Place(f"{conv}2a", self.conv_2a, "conv", "branch")
        yield Place(f"{norm}2a", self.bn_2a, "batch-norm", "branch")
        yield Place(f"{conv}2a_relu", self.relu_2a, "relu", "branch")
        yield Place(f"{conv}2b", self.conv_2b, "conv", "branch")
        yield Place(f"{norm}2b", self.bn_2b, "batch-norm", "branch")
        yield Place(f"{conv}2b_relu", self.relu_2b, "relu", "branch")
        yield Place(f"{conv}2c", self.conv_2c, "conv", "branch")
        yield Place(f"{norm}2c", self.bn_2c, "batch-norm", "branch")

    def sum_places(self) -> Iterator[Place]:
        """The sum and the block's output."""
        yield Place(f"res{self.tag}", self.add, "add", "sum")
        yield Place(f"res{self.tag}_relu", self.relu, "relu", "output")


class IdentityBlock(Bottleneck):
    """A block whose shortcut is its input, unchanged.

    Lesson, exercise 1 (``identity_block``): three components of the main path, then "add shortcut
    value to main path, and pass it through a RELU activation". He et al. 2015, section 3.2,
    equation 1, and figure 5, right.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, f3, H, W) → (N, f3, H, W)."""
        return cast("Tensor", self.relu(self.add(self.branch(x), x)))

    def places(self) -> Iterator[Place]:
        """The block's named layers, in the order of computation."""
        yield from self.branch_places()
        yield from self.sum_places()


class ConvolutionalBlock(Bottleneck):
    """A block whose shortcut is a 1×1 convolution and a batch norm, because its shape changes.

    Lesson, exercise 2 (``convolutional_block``): the shortcut has no non-linearity of its own.
    He et al. 2015, section 3.2, equation 2, and section 3.3, projection shortcuts (option B).
    """

    def __init__(
        self,
        preset: Preset,
        tag: str,
        *,
        in_channels: int,
        filters: tuple[int, int, int],
        stride: int,
    ) -> None:
        super().__init__(preset, tag, in_channels=in_channels, filters=filters, stride=stride)
        self.conv_1 = convolution(preset, in_channels, filters[2], size=1, stride=stride)
        self.bn_1 = batch_norm(preset, filters[2])

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, f3, H/stride, W/stride), sizes rounded up."""
        branch = self.branch(x)
        shortcut = self.bn_1(self.conv_1(x))
        return cast("Tensor", self.relu(self.add(branch, shortcut)))

    def places(self) -> Iterator[Place]:
        """The block's named layers, in the order of computation."""
        yield from self.branch_places()
        yield Place(f"res{self.tag}_branch1", self.conv_1, "conv", "shortcut")
        yield Place(f"bn{self.tag}_branch1", self.bn_1, "batch-norm", "shortcut")
        yield from self.sum_places()


def convolution(
    preset: Preset, in_channels: int, filters: int, *, size: int, stride: int = 1, padding: int = 0
) -> nn.Conv2d:
    """A square convolution with a bias where the preset has them."""
    return nn.Conv2d(in_channels, filters, size, stride, padding, bias=preset.conv_bias)


def batch_norm(preset: Preset, channels: int) -> nn.BatchNorm2d:
    """Batch norm with the preset's epsilon."""
    return nn.BatchNorm2d(channels, eps=preset.norm_epsilon)
