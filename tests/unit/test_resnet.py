"""The network computes what the lesson's and the papers' do."""

from collections.abc import Callable

import pytest

from model_export.presets import Preset, find_preset

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from model_export.blocks import ConvolutionalBlock, IdentityBlock  # noqa: E402
from model_export.resnet import ResNet, initialise  # noqa: E402

pytestmark = pytest.mark.torch


def scrambled(preset: Preset) -> ResNet:
    """A network in which no batch norm is trivial, so that a wrong epsilon or order shows."""
    network = ResNet(preset).eval()
    generator = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.0, generator=generator)
            module.bias.data.normal_(0, 0.1, generator=generator)
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.01, 1.5, generator=generator)
        elif isinstance(module, torch.nn.Conv2d) and module.bias is not None:
            module.bias.data.normal_(0, 0.1, generator=generator)
    return network.double().requires_grad_(requires_grad=False)


def written_out(preset: Preset) -> Callable[..., torch.Tensor]:
    """The network as its source writes it: a list of operations on a plain dictionary.

    Pads by hand and pools 2×2 where the lesson does, so nothing is shared with the definition
    but names and weights.
    """

    def forward(network: ResNet, image: torch.Tensor) -> torch.Tensor:
        layers = network.named_layers()
        epsilon = {"lesson": 1e-3, "keras": 1e-3, "he2015": 1e-5, "torchvision": 1e-5}[preset.name]

        def conv(x: torch.Tensor, name: str, stride: int = 1, pad: int = 0) -> torch.Tensor:
            layer = layers[name]
            return functional.conv2d(
                functional.pad(x, (pad,) * 4), layer.weight, layer.bias, stride
            )

        def norm(x: torch.Tensor, name: str) -> torch.Tensor:
            layer = layers[name]
            mean, variance, weight, bias = (
                value.view(-1, 1, 1)
                for value in (layer.running_mean, layer.running_var, layer.weight, layer.bias)
            )
            return weight * (x - mean) / (variance + epsilon).sqrt() + bias

        x = norm(conv(image, "conv1", 2, 3), "bn_conv1").relu()
        border = {"lesson": (0, 0), "keras": (0, 0), "he2015": (0, 1), "torchvision": (1, 1)}
        x = functional.max_pool2d(
            functional.pad(x, border[preset.name] * 2, value=-torch.inf), 3, 2
        )
        late = preset.name == "torchvision"
        for stage, letters in zip((2, 3, 4, 5), ("abc", "abcd", "abcdef", "abc"), strict=True):
            for letter in letters:
                tag, shortcut = f"{stage}{letter}_branch", x
                stride = 2 if letter == "a" and stage > 2 else 1
                first, second = (1, stride) if late else (stride, 1)
                y = norm(conv(x, f"res{tag}2a", first), f"bn{tag}2a").relu()
                y = norm(conv(y, f"res{tag}2b", second, 1), f"bn{tag}2b").relu()
                y = norm(conv(y, f"res{tag}2c"), f"bn{tag}2c")
                if letter == "a":
                    shortcut = norm(conv(x, f"res{tag}1", stride), f"bn{tag}1")
                x = (y + shortcut).relu()
        if preset.name == "lesson":
            x = functional.avg_pool2d(x, 2)
        x = x.mean((2, 3))
        dense = layers[f"fc{preset.classes}"]
        return x @ dense.weight.T + dense.bias

    return forward


@pytest.mark.parametrize("name", ["lesson", "keras", "he2015", "torchvision"])
def test_computes_what_the_source_writes_out(name: str) -> None:
    preset = find_preset(name, classes=6, image_size=64)
    network = scrambled(preset)
    # float64: the logits of a scrambled network are large, and only the order of sums may differ.
    image = torch.rand(
        2, 3, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    with torch.inference_mode():
        torch.testing.assert_close(network(image), written_out(preset)(network, image))


def test_identity_block_adds_its_input() -> None:
    preset = find_preset("lesson")
    block = IdentityBlock(preset, "2b", in_channels=8, filters=(2, 2, 8), stride=1).eval()
    x = torch.randn(1, 8, 5, 5)
    torch.testing.assert_close(block(x), (block.branch(x) + x).relu())


@pytest.mark.parametrize(("name", "place"), [("lesson", "conv_2a"), ("torchvision", "conv_2b")])
def test_convolutional_block_strides_once_and_on_its_shortcut(name: str, place: str) -> None:
    block = ConvolutionalBlock(
        find_preset(name), "3a", in_channels=4, filters=(2, 2, 8), stride=2
    ).eval()
    strides = {
        key: module.stride[0]
        for key, module in block.named_children()
        if isinstance(module, torch.nn.Conv2d)
    }
    assert strides == {"conv_2a": 1, "conv_2b": 1, "conv_2c": 1, "conv_1": 2} | {place: 2}
    assert block(torch.randn(1, 4, 15, 15)).shape == (1, 8, 8, 8)


def test_zero_last_norm_makes_identity_blocks_the_identity() -> None:
    network = ResNet(find_preset("lesson"), zero_last_norm=True).eval()
    with torch.inference_mode():
        values = network.forward_named(torch.rand(1, 3, 32, 32))
    assert torch.equal(values["res4f_relu"], values["res4a_relu"])
    assert not torch.equal(values["res4a_relu"], values["res3d_relu"])


def test_initialisation_depends_on_the_seed_alone() -> None:
    preset = find_preset("lesson")
    network, other = ResNet(preset, seed=0), ResNet(preset, seed=1)
    assert not torch.equal(network.conv1.weight, other.conv1.weight)
    state = torch.get_rng_state()
    initialise(other, seed=0)
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_glorot_bound_and_he_deviation() -> None:
    glorot = ResNet(find_preset("lesson")).conv1
    # sqrt(6 / (fan in + fan out)), with the receptive field of 49 in both.
    assert glorot.weight.abs().max().item() == pytest.approx((6 / (49 * (3 + 64))) ** 0.5, rel=1e-3)
    assert not glorot.bias.any()
    he = ResNet(find_preset("he2015", classes=2)).named_layers()
    deviation = he["res5c_branch2b"].weight.std().item()
    assert deviation == pytest.approx((2 / (9 * 512)) ** 0.5, rel=1e-2)
    assert he["fc2"].weight.abs().max().item() == pytest.approx(2048**-0.5, rel=1e-2)


def test_gradients_reach_every_parameter() -> None:
    network = ResNet(find_preset("lesson")).train()
    network(torch.rand(2, 3, 32, 32)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert network.conv1.weight.grad.abs().sum() > 0
