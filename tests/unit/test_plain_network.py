"""Networks with the shortcuts, or the batch norms, taken away."""

from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch")

from model_export.plain_network import without_batch_norms, without_shortcuts  # noqa: E402
from model_export.presets import find_preset  # noqa: E402
from model_export.resnet import ResNet  # noqa: E402
from tests.small_training import narrow_network  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture
def network() -> Iterator[ResNet]:
    with narrow_network():
        yield ResNet(find_preset("lesson", image_size=32), seed=1)


@pytest.fixture
def images() -> "torch.Tensor":
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def through_branches(network: ResNet, x: "torch.Tensor") -> "torch.Tensor":
    """He et al.'s plain network by hand: each block is relu(F(x))."""
    x = network.pool1(network.conv1_relu(network.bn_conv1(network.conv1(x))))
    for block in network.blocks.values():
        x = torch.relu(block.branch(x))
    return network.fc(network.avg_pool(x))


def test_a_plain_network_is_the_branches_in_a_row(network: ResNet, images: "torch.Tensor") -> None:
    plain = without_shortcuts(network)
    assert torch.equal(plain(images), through_branches(network, images))
    assert not torch.allclose(plain(images), network(images))


def test_what_stands_on_a_shortcut_is_gone_and_all_else_keeps_its_name(network: ResNet) -> None:
    plain = without_shortcuts(network)
    missing = network.named_layers().keys() - dict(plain.named_children()).keys()
    shortcuts = {f"{kind}{stage}a_branch1" for kind in ("res", "bn") for stage in range(2, 6)}
    sums = {f"res{tag}" for tag in network.blocks}
    assert missing == shortcuts | sums | {"probabilities"}
    assert sum(isinstance(layer, torch.nn.Conv2d | torch.nn.Linear) for layer in plain) == 50


def test_both_networks_begin_with_the_same_weights_and_then_part(
    network: ResNet, images: "torch.Tensor"
) -> None:
    plain = without_shortcuts(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert torch.equal(plain.res4b_branch2b.weight, network.blocks["4b"].conv_2b.weight)
    plain(images).sum().backward()
    torch.optim.SGD(plain.parameters(), lr=1.0).step()
    assert not torch.equal(plain.fc6.bias, network.fc.bias)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_batch_norms_become_the_identity_in_a_copy(network: ResNet, images: "torch.Tensor") -> None:
    bare = without_batch_norms(network)
    assert list(bare.named_layers()) == list(network.named_layers())
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in bare.modules())
    assert isinstance(network.bn_conv1, torch.nn.BatchNorm2d)
    values = bare.forward_named(images)
    assert torch.equal(values["bn3a_branch2a"], values["res3a_branch2a"])
    for norm in [module for module in network.modules() if hasattr(module, "running_var")]:
        norm.eps = 0.0  # in evaluation with mean 0 and variance 1, a norm does nothing
    assert torch.allclose(network.eval()(images), bare(images), rtol=1e-5, atol=1e-7)
