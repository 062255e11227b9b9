"""The contract's layer names: the same in the network, its graph, its records and its run."""

import re
from collections import Counter

import pytest

from model_export.presets import find_preset

pytestmark = pytest.mark.torch

PATTERNS = {
    "conv": r"conv1|res[2-5][a-f]_branch(2a|2b|2c|1)",
    "batch-norm": r"bn_conv1|bn[2-5][a-f]_branch(2a|2b|2c|1)",
    "relu": r"conv1_relu|res[2-5][a-f]_branch2[ab]_relu|res[2-5][a-f]_relu",
    "add": r"res[2-5][a-f]",
    "max-pool": r"pool1",
    "average-pool": r"avg_pool",
    "dense": r"fc6",
    "softmax": r"probabilities",
}


def test_counts_and_patterns() -> None:
    from model_export.resnet import ResNet

    records = ResNet(find_preset("lesson")).layer_records()
    assert len({layer.name for layer in records}) == len(records) == 175
    for layer in records:
        assert re.fullmatch(PATTERNS[layer.kind], layer.name), layer
    assert Counter(layer.kind for layer in records) == {
        "conv": 53, "batch-norm": 53, "relu": 49, "add": 16,
        "max-pool": 1, "average-pool": 1, "dense": 1, "softmax": 1,
    }  # fmt: skip


def test_one_block_in_full() -> None:
    from model_export.resnet import ResNet

    records = ResNet(find_preset("lesson")).layer_records(64)
    assert [(layer.name, layer.role) for layer in records if layer.block == "3a"] == [
        ("res3a_branch2a", "branch"),
        ("bn3a_branch2a", "branch"),
        ("res3a_branch2a_relu", "branch"),
        ("res3a_branch2b", "branch"),
        ("bn3a_branch2b", "branch"),
        ("res3a_branch2b_relu", "branch"),
        ("res3a_branch2c", "branch"),
        ("bn3a_branch2c", "branch"),
        ("res3a_branch1", "shortcut"),
        ("bn3a_branch1", "shortcut"),
        ("res3a", "sum"),
        ("res3a_relu", "output"),
    ]
    assert {layer.stage for layer in records if layer.block == "3a"} == {3}
    assert [layer.role for layer in records[:4]] == ["stem"] * 4
    assert [(layer.stage, layer.role) for layer in records[-3:]] == [(None, "head")] * 3


@pytest.mark.parametrize(
    ("depth", "tags"),
    [
        (50, "2a 2b 2c 3a 3b 3c 3d 4a 4b 4c 4d 4e 4f 5a 5b 5c"),
        (
            101,
            "2a 2b 2c 3a 3b1 3b2 3b3 4a "
            + " ".join(f"4b{number}" for number in range(1, 23))
            + " 5a 5b 5c",
        ),
        (
            152,
            "2a 2b 2c 3a "
            + " ".join(f"3b{number}" for number in range(1, 8))
            + " 4a "
            + " ".join(f"4b{number}" for number in range(1, 36))
            + " 5a 5b 5c",
        ),
    ],
)
def test_block_tags(depth: int, tags: str) -> None:
    from model_export.resnet import ResNet

    preset = find_preset("he2015", depth=depth)
    assert " ".join(ResNet(preset).blocks) == tags


def test_every_name_is_one_node_and_one_activation() -> None:
    import torch
    from torch import fx

    from model_export.resnet import ResNet

    network = ResNet(find_preset("lesson")).eval()
    names = list(network.named_layers())
    graph = network.trace()
    nodes = [node for node in graph.graph.nodes if node.op not in {"placeholder", "output"}]
    assert {node.op for node in nodes} == {"call_module"}
    assert [node.meta["layer"] for node in nodes] == names

    image = torch.rand(1, 3, 48, 70, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        values = network.forward_named(image)
        assert list(values) == names
        torch.testing.assert_close(values["fc6"], network(image))
        torch.testing.assert_close(values["probabilities"], graph(image))
        torch.testing.assert_close(fx.symbolic_trace(network)(image), network(image))
    records = {layer.name: layer.shape for layer in network.layer_records(64)}
    with torch.inference_mode():
        square = network.forward_named(torch.zeros(2, 3, 64, 64))
    assert {name: tuple(value.shape[1:]) for name, value in square.items()} == records


def test_activations_are_not_overwritten_by_later_layers() -> None:
    import torch

    from model_export.resnet import ResNet

    network = ResNet(find_preset("lesson")).eval()
    with torch.inference_mode():
        values = network.forward_named(torch.rand(1, 3, 32, 32))
    assert (values["bn_conv1"] < 0).any()
    assert (values["res2a"] < 0).any()
    torch.testing.assert_close(values["res2a_relu"], values["res2a"].clamp(min=0))
