"""One step: what goes into the network, which gradients come out, and in what precision."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from model_export.presets import find_preset
from model_export.recipes import Recipe
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from model_export.measuring import normalise  # noqa: E402
from model_export.prepared_images import LabelledPixels  # noqa: E402
from model_export.ranks import Ranks  # noqa: E402
from model_export.run_state import RunState  # noqa: E402
from model_export.stepping import Stepper  # noqa: E402

pytestmark = pytest.mark.torch

PRESET = find_preset("lesson", classes=3, image_size=32)
PLAIN = Recipe(
    epochs=2,
    batch_size=7,
    peak_rate=0.1,
    clip_norm=0.0,
    label_smoothing=0.0,
    rotation_degrees=0.0,
    scale=0.0,
    shift=0.0,
    flip=False,
    colour=0.0,
    precision="float32",
)
BATCH = np.arange(7)


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with narrow_network():
        yield
    torch.set_num_threads(threads)


def noise(images: int = 14, size: int = 32) -> LabelledPixels:
    pixels = np.random.default_rng(0).integers(0, 256, (images, 3, size, size), np.uint8)
    return LabelledPixels(pixels=pixels, targets=np.arange(images) % 3)


def beginning(recipe: Recipe, images: LabelledPixels | None = None) -> tuple[RunState, Stepper]:
    images = images or noise()
    state = RunState(PRESET, recipe, seed=0, images=len(images), device="cpu")
    stepper = Stepper(state, images, PRESET.preprocessing(), Ranks())
    stepper.begin_epoch()
    return state, stepper


def gradients(state: RunState) -> "torch.Tensor":
    """Of the first step, all in a row: SGD's momentum is just that, without weight decay."""
    momenta = [slots["momentum_buffer"] for slots in state.optimiser.state.values()]
    return torch.cat([momentum.flatten() for momentum in momenta])


def first_gradients(*, norms_at_rest: bool = False, **changes: Any) -> "torch.Tensor":
    state, stepper = beginning(replace(PLAIN, weight_decay=0.0, **changes))
    if norms_at_rest:
        state.network.eval()
    stepper.take(BATCH)
    return gradients(state)


def assert_alike(found: "torch.Tensor", wanted: "torch.Tensor", share: float) -> None:
    """The difference is at most ``share`` of the whole, and the whole is something."""
    assert wanted.norm() > 1e-3
    assert (found - wanted).norm() <= share * wanted.norm()


def test_the_gradient_is_that_of_the_mean_loss_over_the_batch() -> None:
    state, stepper = beginning(replace(PLAIN, weight_decay=0.0))
    images = noise()
    pixels = torch.from_numpy(images.pixels[BATCH]).float()
    logits = state.network(normalise(pixels, PRESET.preprocessing()))
    loss = functional.cross_entropy(logits, torch.from_numpy(images.targets[BATCH]))
    loss.backward()
    wanted = torch.cat([parameter.grad.flatten() for parameter in state.optimiser.state])
    state.optimiser.zero_grad()
    result = stepper.take(BATCH)
    assert result.loss == pytest.approx(7 * loss.item(), rel=1e-5)
    assert result.correct == int((logits.argmax(1).numpy() == images.targets[BATCH]).sum())
    assert_alike(gradients(state), wanted, 1e-4)


@pytest.mark.parametrize("parts", [2, 3])
def test_a_batch_in_parts_gives_the_gradients_of_the_whole(parts: int) -> None:
    whole = first_gradients(norms_at_rest=True)
    assert_alike(first_gradients(norms_at_rest=True, accumulation=parts), whole, 1e-5)


def test_batch_norm_sees_the_parts() -> None:
    seen: list[int] = []
    state, stepper = beginning(replace(PLAIN, accumulation=3))
    state.network.conv1.register_forward_hook(lambda *parts: seen.append(len(parts[2])))
    stepper.take(BATCH)
    assert seen == [3, 2, 2]


@pytest.mark.parametrize("images", [2, 3])
def test_no_part_is_of_one_image(images: int) -> None:
    state, stepper = beginning(replace(PLAIN, accumulation=3))
    stepper.take(BATCH[:images])
    assert state.step == 1


def test_channels_side_by_side_change_nothing_but_the_speed() -> None:
    apart = first_gradients(channels_last=False)
    assert_alike(first_gradients(channels_last=True), apart, 1e-4)


@pytest.mark.parametrize("wanted", [True, False])
def test_channels_lie_as_the_recipe_says(wanted: bool) -> None:
    layouts: list[bool] = []
    state, stepper = beginning(replace(PLAIN, channels_last=wanted))
    layout = torch.channels_last
    state.network.conv1.register_forward_hook(
        lambda _, inputs, output: layouts.extend(
            tensor.is_contiguous(memory_format=layout) for tensor in (inputs[0], output)
        )
    )
    stepper.take(BATCH)
    assert layouts == [wanted, wanted]
    assert state.network.conv1.weight.is_contiguous(memory_format=layout) is wanted


@pytest.mark.parametrize(
    ("precision", "share"), [("float32", 0.0), ("bfloat16", 0.2), ("float16", 0.05)]
)
def test_each_precision_computes_in_it_and_gives_like_gradients(
    precision: str, share: float
) -> None:
    exact = first_gradients()
    state, stepper = beginning(replace(PLAIN, weight_decay=0.0, precision=precision))
    kinds: list[torch.dtype] = []
    state.network.fc.register_forward_hook(lambda *parts: kinds.append(parts[2].dtype))
    stepper.take(BATCH)
    assert kinds == [getattr(torch, precision)]
    assert {parameter.dtype for parameter in state.network.parameters()} == {torch.float32}
    assert_alike(gradients(state), exact, share)
    if precision != "float32":
        assert not torch.equal(gradients(state), exact)


def test_float16_skips_the_step_whose_scaled_gradients_overflow() -> None:
    state, stepper = beginning(replace(PLAIN, precision="float16", clip_norm=1.0))
    state.scaler.load_state_dict(state.scaler.state_dict() | {"scale": 2.0**120})
    before = [parameter.detach().clone() for parameter in state.network.parameters()]
    stepper.take(BATCH)
    assert state.scaler.get_scale() == 2.0**119
    assert all(map(torch.equal, before, state.network.parameters()))
    state.scaler.load_state_dict(state.scaler.state_dict() | {"scale": 2.0**8})
    stepper.take(BATCH)
    assert not all(map(torch.equal, before, state.network.parameters()))


def test_a_first_step_that_overflows_leaves_no_momentum() -> None:
    state, stepper = beginning(replace(PLAIN, weight_decay=0.0, precision="float16"))
    state.scaler.load_state_dict(state.scaler.state_dict() | {"scale": 2.0**120})
    stepper.take(BATCH)
    assert float(gradients(state).norm()) == 0
    state.scaler.load_state_dict(state.scaler.state_dict() | {"scale": 2.0**8})
    stepper.take(BATCH)
    assert_alike(gradients(state), first_gradients(), 0.05)


def test_a_part_that_was_frozen_joins_in_later() -> None:
    state, stepper = beginning(replace(PLAIN, frozen="trunk", frozen_share=0.5))
    before = state.network.conv1.weight.detach().clone()
    stepper.take(BATCH)
    state.finish_epoch()
    assert torch.equal(state.network.conv1.weight, before)
    stepper.begin_epoch()
    stepper.take(BATCH)
    assert not torch.equal(state.network.conv1.weight, before)


def test_clipping_sees_the_gradients_unscaled() -> None:
    clipped = first_gradients(precision="float16", clip_norm=0.01)
    assert float(clipped.norm()) == pytest.approx(0.01, rel=1e-3)


def test_label_smoothing_spreads_its_share_of_the_target() -> None:
    state, stepper = beginning(replace(PLAIN, label_smoothing=0.3))
    state.network.fc.weight.data.zero_()
    state.network.fc.bias.data.copy_(torch.tensor([3.0, 0.0, 0.0]))
    result = stepper.take(np.array([0]).repeat(4))  # four times an image of class 0
    logs = torch.log_softmax(torch.tensor([3.0, 0.0, 0.0]), 0)
    wanted = -(0.7 + 0.1) * logs[0] - 0.1 * logs[1] - 0.1 * logs[2]
    assert result.loss == pytest.approx(4 * float(wanted), rel=1e-5)


def test_images_grow_from_epoch_to_epoch() -> None:
    recipe = replace(PLAIN, epochs=6, first_size=32, last_size=64, growing=0.5)
    state, stepper = beginning(recipe, noise(size=64))
    sizes: list[int] = []
    state.network.conv1.register_forward_hook(lambda *parts: sizes.append(parts[1][0].shape[-1]))
    for _ in range(recipe.epochs):
        stepper.begin_epoch()
        stepper.take(BATCH)
        state.finish_epoch()
    assert sizes == [32, 40, 56, 64, 64, 64]


def test_what_is_random_is_drawn_from_seed_epoch_step_and_rank() -> None:
    recipe = replace(PLAIN, flip=True, colour=0.3, mixup_alpha=0.5)
    seen: dict[tuple[int, ...], torch.Tensor] = {}
    for place in ((0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)):
        state, _ = beginning(recipe)
        state.seed, state.epoch, state.step, rank = place
        ranks = _OneOfTwo(rank=rank, world_size=2)
        stepper = Stepper(state, noise(), PRESET.preprocessing(), ranks)
        images: list[torch.Tensor] = []
        state.network.conv1.register_forward_hook(
            lambda *parts, images=images: images.append(parts[1][0])
        )
        for _ in range(2):
            torch.manual_seed(len(seen))  # whatever was drawn before
            state.step = place[2]
            stepper.take(np.zeros(8, np.int64))
        assert torch.equal(*images)
        seen[place] = images[0]
    assert not any(torch.equal(*pair) for pair in combinations(seen.values(), 2))


class _OneOfTwo(Ranks):
    """One of two processes, without the other."""

    def sum(self, *values: float) -> list[float]:
        return list(values)
