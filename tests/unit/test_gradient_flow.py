"""Gradient norms of plain and residual networks, against back-propagation by hand."""

from collections.abc import Iterator

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from model_export.gradient_flow import (  # noqa: E402
    Flow,
    FlowSettings,
    NoGradientsError,
    WatchedNetwork,
    compare_flows,
)
from model_export.measuring import normalise  # noqa: E402
from model_export.plain_network import without_batch_norms  # noqa: E402
from model_export.prepared_images import LabelledPixels  # noqa: E402
from model_export.presets import find_preset  # noqa: E402
from model_export.recipes import RecipeError  # noqa: E402
from model_export.resnet import ResNet  # noqa: E402
from tests.small_training import narrow_network  # noqa: E402

pytestmark = pytest.mark.torch

PRESET = find_preset("lesson", classes=3, image_size=32)


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network():
        yield


@pytest.fixture(scope="module")
def images() -> LabelledPixels:
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (10, 3, 32, 32), dtype=np.uint8)
    return LabelledPixels(pixels=pixels, targets=np.arange(10) % 3)


def settings(**changes: object) -> FlowSettings:
    return FlowSettings(**{"preset": PRESET, "steps": 3, "batch_size": 4, "rate": 0.01} | changes)


def compare(images: LabelledPixels, **changes: object) -> tuple[Flow, ...]:
    return compare_flows(settings(**changes), images, progress=False)


def test_norms_are_those_of_back_propagation_by_hand(images: LabelledPixels) -> None:
    # Without batch norms, which blow the last digits up to differences of 1e-3.
    _, residual = compare(images, batch_norms=(False,), seed=5, rate=0.2)
    network = without_batch_norms(ResNet(PRESET, seed=5)).train()
    velocity = {name: torch.zeros(()) for name, _ in network.named_parameters()}
    for step in range(3):
        batch = [number % 10 for number in range(4 * step, 4 * step + 4)]
        inputs = normalise(torch.from_numpy(images.pixels[batch]).float(), PRESET.preprocessing())
        loss = functional.cross_entropy(network(inputs), torch.from_numpy(images.targets[batch]))
        gradients = dict(
            zip(velocity, torch.autograd.grad(loss, list(network.parameters())), strict=True)
        )
        assert residual.losses[step] == pytest.approx(loss.item(), rel=1e-5)
        for layer, parameter in (
            ("conv1", "conv1.weight"),
            ("res3b_branch2b", "blocks.3b.conv_2b.weight"),
            ("fc3", "fc.weight"),
        ):
            index = residual.layers.index(layer)
            by_hand = np.sqrt((gradients[parameter].double().numpy() ** 2).sum())
            assert residual.gradient_norms[step, index] == pytest.approx(by_hand, rel=1e-4)
            weight = network.get_parameter(parameter).detach().double().numpy()
            assert residual.weight_norms[step, index] == pytest.approx(
                np.sqrt((weight**2).sum()), rel=1e-4
            )
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                velocity[name] = 0.9 * velocity[name] + gradients[name]
                parameter.sub_(0.2 * velocity[name])


def test_both_kinds_are_measured_at_the_same_layers_from_the_same_weights(
    images: LabelledPixels,
) -> None:
    flows = compare(images)
    assert [(flow.kind, flow.batch_norm) for flow in flows] == [
        ("plain", True),
        ("residual", True),
        ("plain", False),
        ("residual", False),
    ]
    for flow in flows:
        assert flow.layers == flows[0].layers
        assert (flow.layers[0], len(flow.layers), flow.layers[-1]) == ("conv1", 50, "fc3")
        assert flow.gradient_norms.shape == (3, 50)
        assert np.array_equal(flow.weight_norms[0], flows[0].weight_norms[0])
        assert not flow.gradient_norms.flags.writeable


def test_without_batch_norm_only_the_plain_network_loses_its_gradient(
    images: LabelledPixels,
) -> None:
    plain, residual = compare(images, batch_norms=(False,))
    assert plain.gradient_norms[0].max() < 1e-6 * residual.gradient_norms[0].min()


def test_same_seed_same_bits_and_more_steps_only_add_rows(images: LabelledPixels) -> None:
    short = compare(images, batch_norms=(True,), steps=2)
    long = compare(images, batch_norms=(True,), steps=4)
    other = compare(images, batch_norms=(True,), steps=2, seed=1)
    for first, second, third in zip(short, long, other, strict=True):
        assert np.array_equal(first.gradient_norms, second.gradient_norms[:2])
        assert np.array_equal(first.losses, second.losses[:2])
        assert not np.array_equal(first.gradient_norms, third.gradient_norms)


def test_the_end_of_a_run_is_its_last_ten_steps() -> None:
    norms = np.arange(12.0)[:, np.newaxis] ** 2 * [1, 100]
    flow = Flow(
        kind="plain",
        batch_norm=True,
        layers=("conv1", "fc3"),
        losses=np.arange(12.0),
        gradient_norms=norms,
        weight_norms=norms,
    )
    assert flow.last_norms == pytest.approx([(36 + 49) / 2, 50 * (36 + 49)])
    assert flow.last_loss == pytest.approx(6.5)


def test_a_gradient_whose_square_underflows_still_has_a_norm() -> None:
    layer = torch.nn.Linear(2, 2, bias=False)
    watched = WatchedNetwork(layer, {"fc": layer}, rate=0.1)
    inputs = torch.tensor([[3e-30, 4e-30]])
    torch.nn.init.zeros_(layer.weight)
    watched.take_step(inputs, torch.tensor([0]))
    # Two equal scores: the gradient is (p - target) ⊗ x with p - target = (-0.5, 0.5).
    assert watched.gradient_norms[0][0] == pytest.approx(5e-30 * 0.5**0.5, rel=1e-6, abs=0)


def test_a_network_that_diverges_ends_its_rows_and_stops_no_other(
    images: LabelledPixels,
) -> None:
    plain, residual = compare(images, batch_norms=(False,), rate=1e8, steps=4)
    assert len(residual.losses) == len(residual.gradient_norms) == 1
    assert np.isfinite(residual.gradient_norms).all()
    assert len(plain.losses) > 1


def test_gradients_that_overflow_at_once_are_an_error() -> None:
    layer = torch.nn.Linear(2, 2)
    watched = WatchedNetwork(layer, {"fc": layer}, rate=0.1)
    with pytest.raises(NoGradientsError, match="overflow"):
        watched.take_step(torch.full((1, 2), torch.inf), torch.tensor([0]))


@pytest.mark.parametrize(
    "wrong", [{"steps": 1}, {"batch_size": 1}, {"rate": 0.0}, {"rate": float("nan")}, {"seed": -1}]
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    name = next(iter(wrong)).replace("_", " ")
    with pytest.raises(RecipeError, match=f"{name} cannot be"):
        settings(**wrong)
