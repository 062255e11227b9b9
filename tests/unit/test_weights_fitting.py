"""Weights of other networks: refused by the first tensor that does not fit, by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.foreign_weights import EIGHTH
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from model_export.presets import find_preset  # noqa: E402
from model_export.weights.conventions import (  # noqa: E402
    CHOLLET,
    HUGGING_FACE,
    KERAS_APPLICATIONS,
    TORCHVISION,
    weighted_layers,
)
from model_export.weights.errors import MisfitError  # noqa: E402
from model_export.weights.fitting import Fitted, fit  # noqa: E402
from model_export.weights.keras import read_keras  # noqa: E402
from model_export.weights.records import StoredTensor  # noqa: E402
from tests.foreign_files import State, renamed, torchvision_state, write_keras  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network(EIGHTH):
        yield


def fitted(state: State) -> Fitted:
    tensors = {
        name: StoredTensor(
            shape=tuple(value.shape), is_float=value.is_floating_point(), read=value.float
        )
        for name, value in state.items()
    }
    return fit(tensors, TORCHVISION, find_preset("torchvision"), file="network.pth")


def assert_misfit(state: State, tensor: str, why: str) -> None:
    with pytest.raises(MisfitError, match=why) as caught:
        fitted(state)
    assert caught.value.tensor == tensor
    assert str(caught.value).startswith(f"cannot import network.pth: {tensor} ")


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_depth_and_classes_are_read_off_the_tensors(depth: int) -> None:
    found = fitted(torchvision_state(depth, classes=3))
    assert (found.preset.depth, found.preset.classes) == (depth, 3)


def test_files_without_counters_of_batches_fit() -> None:
    state = torchvision_state()
    old = {name: v for name, v in state.items() if not name.endswith("num_batches_tracked")}
    assert fitted(old).state.keys() == fitted(state).state.keys()


def test_the_first_tensor_that_is_missing_is_named() -> None:
    state = torchvision_state()
    del state["layer3.2.bn2.running_var"], state["layer4.0.conv1.weight"]
    assert_misfit(state, "layer3.2.bn2.running_var", "is missing")


def test_a_tensor_too_many_is_named() -> None:
    state = torchvision_state()
    state["layer1.0.se.fc1.weight"] = torch.zeros(4, 4)  # squeeze-and-excitation
    assert_misfit(state, "layer1.0.se.fc1.weight", "has no place in a plain ResNet-50")


def basic_blocks(blocks: tuple[int, ...]) -> State:
    """What tells a ResNet-18 or -34 from ours: two 3×3 convolutions a block."""
    state = {n: v for n, v in torchvision_state().items() if not n.startswith("layer")}
    channels = 64
    for number, count in enumerate(blocks, start=1):
        width = 64 * 2 ** (number - 1)
        for index in range(count):
            state[f"layer{number}.{index}.conv1.weight"] = torch.zeros(width, channels, 3, 3)
            channels = width
    return state


@pytest.mark.parametrize("blocks", [(2, 2, 2, 2), (3, 4, 6, 3)], ids=["resnet18", "resnet34"])
def test_shallow_networks_do_not_fit(blocks: tuple[int, ...]) -> None:
    why = r"has the shape \(64, 64, 3, 3\), not \(8, 64, 1, 1\)"
    assert_misfit(basic_blocks(blocks), "layer1.0.conv1.weight", why)


def test_wide_and_grouped_networks_do_not_fit() -> None:
    wide = torchvision_state()
    wide["layer1.0.conv1.weight"] = torch.zeros(16, 64, 1, 1)
    assert_misfit(wide, "layer1.0.conv1.weight", r"\(16, 64, 1, 1\), not \(8, 64, 1, 1\)")
    grouped = torchvision_state()
    grouped["layer2.0.conv2.weight"] = torch.zeros(16, 4, 3, 3)
    assert_misfit(grouped, "layer2.0.conv2.weight", r"\(16, 4, 3, 3\), not \(16, 16, 3, 3\)")


def test_a_deep_stem_does_not_fit() -> None:
    """resnet50d and its kin: three convolutions where ours has one."""
    state = torchvision_state()
    del state["conv1.weight"]
    for index in (0, 3, 6):
        state[f"conv1.{index}.weight"] = torch.zeros(32, 3, 3, 3)
    assert_misfit(state, "conv1.weight", "is missing")


def test_grey_input_does_not_fit() -> None:
    state = torchvision_state()
    state["conv1.weight"] = state["conv1.weight"][:, :1]
    assert_misfit(state, "conv1.weight", r"\(64, 1, 7, 7\), not \(64, 3, 7, 7\)")


def test_a_network_without_its_top_says_so() -> None:
    state = {n: v for n, v in torchvision_state().items() if not n.startswith("fc.")}
    assert_misfit(state, "fc.weight", 'without its last layer \\("notop"\\)')


def test_a_single_output_is_no_classifier() -> None:
    assert_misfit(torchvision_state(classes=1), "fc.weight", "a single output")


def test_numbers_must_be_finite_floats() -> None:
    state = torchvision_state()
    state["bn1.weight"][3] = torch.nan
    assert_misfit(state, "bn1.weight", "values that are not finite")
    state["bn1.weight"] = torch.ones(64, dtype=torch.int64)
    assert_misfit(state, "bn1.weight", "no floating-point numbers")


def test_another_sources_names_are_recognised() -> None:
    state = renamed(torchvision_state(), HUGGING_FACE)
    with pytest.raises(MisfitError, match=r"conv1\.weight is missing.* try --from huggingface"):
        fitted({name: torch.from_numpy(value) for name, value in state.items()})


def test_nothing_is_read_before_everything_is_judged() -> None:
    def fail() -> Any:
        raise AssertionError("read too early")

    state = torchvision_state()
    tensors = {
        name: StoredTensor(shape=tuple(value.shape), is_float=True, read=fail)
        for name, value in state.items()
        if name != "fc.bias"
    }
    with pytest.raises(MisfitError, match=r"fc\.bias is missing"):
        fit(tensors, TORCHVISION, find_preset("torchvision"), file="network.pth")


@pytest.mark.parametrize("convention", [CHOLLET, KERAS_APPLICATIONS], ids=["chollet", "keras"])
@pytest.mark.parametrize("head", ["fc1000", "probs", "predictions", "dense_1"])
def test_keras_last_layer_may_have_any_name(convention: Any, head: str, tmp_path: Path) -> None:
    state = torchvision_state()
    tensors = {
        name.replace(f"{convention.dense}/", f"{head}/"): value
        for name, value in renamed(state, convention).items()
    }
    found = read_keras(write_keras(tmp_path / "weights.h5", tensors)).state
    assert torch.equal(found["fc.weight"], state["fc.weight"])
    assert torch.equal(found["blocks.4c.conv_2b.weight"], state["layer3.2.conv2.weight"])
    assert torch.equal(
        found["blocks.5a.bn_1.running_var"], state["layer4.0.downsample.1.running_var"]
    )


def test_theanos_order_of_axes_does_not_fit(tmp_path: Path) -> None:
    tensors = renamed(torchvision_state(), CHOLLET)
    tensors["conv1/kernel"] = tensors["conv1/kernel"].transpose(3, 2, 0, 1)
    path = write_keras(tmp_path / "th_kernels.h5", tensors)
    with pytest.raises(MisfitError, match=r"\(64, 3, 7, 7\), not \(7, 7, 3, 64\)") as caught:
        read_keras(path)
    assert caught.value.tensor == "conv1/kernel"


FIVE = (
    ("conv1", "weight"),
    ("bn_conv1", "running_mean"),
    ("res2a_branch1", "weight"),
    ("bn3d_branch2b", "running_var"),
    ("fc1000", "weight"),
)
PUBLISHED = {
    "torchvision": """conv1.weight bn1.running_mean layer1.0.downsample.0.weight
        layer2.3.bn2.running_var fc.weight""",
    "huggingface": """resnet.embedder.embedder.convolution.weight
        resnet.embedder.embedder.normalization.running_mean
        resnet.encoder.stages.0.layers.0.shortcut.convolution.weight
        resnet.encoder.stages.1.layers.3.layer.1.normalization.running_var classifier.1.weight""",
    "keras": """conv1_conv/kernel conv1_bn/moving_mean conv2_block1_0_conv/kernel
        conv3_block4_2_bn/moving_variance predictions/kernel""",
    "chollet": """conv1/kernel bn_conv1/moving_mean res2a_branch1/kernel
        bn3d_branch2b/moving_variance fc1000/kernel""",
}


@pytest.mark.parametrize(
    ("source", "convention"),
    [
        ("torchvision", TORCHVISION),
        ("huggingface", HUGGING_FACE),
        ("keras", KERAS_APPLICATIONS),
        ("chollet", CHOLLET),
    ],
)
def test_names_are_those_of_the_published_files(source: str, convention: Any) -> None:
    layers = {layer.name: layer for layer in weighted_layers(find_preset("torchvision"))}
    found = [convention.tensor(layers[layer], attribute) for layer, attribute in FIVE]
    assert found == PUBLISHED[source].split()
