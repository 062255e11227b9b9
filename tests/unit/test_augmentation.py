"""Augmentation: each amount does what its name says, and the same numbers give the same images."""

import math

import pytest

from model_export.recipes import Recipe

torch = pytest.importorskip("torch")

from model_export.augmentation import augment, mix  # noqa: E402

pytestmark = pytest.mark.torch

STILL = {"rotation_degrees": 0.0, "scale": 0.0, "shift": 0.0, "flip": False, "colour": 0.0}


def spots(count: int = 64, size: int = 33) -> "torch.Tensor":
    """Images with one soft spot, 8 pixels right of the centre."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    distance = (rows - size // 2) ** 2 + (columns - size // 2 - 8) ** 2
    return torch.exp(-distance / 4.0).expand(count, 3, size, size).contiguous()


def centres(images: "torch.Tensor") -> "torch.Tensor":
    """(N, 2): rows down and columns right of the centre where the spots are."""
    size = images.shape[-1]
    weights = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    axis = torch.arange(size) - size // 2
    return torch.stack([(weights.sum(2) * axis).sum(1), (weights.sum(1) * axis).sum(1)], dim=1)


def moved(**amounts: object) -> "torch.Tensor":
    torch.manual_seed(0)
    return centres(augment(spots(), Recipe(**(STILL | amounts)), 33))


def test_nothing_changes_nothing() -> None:
    images = spots(2)
    assert torch.equal(augment(images, Recipe(**STILL), 33), images)


def test_rotation_keeps_the_radius_and_fills_the_range() -> None:
    where = moved(rotation_degrees=30.0)
    torch.testing.assert_close(where.norm(dim=1), torch.full((64,), 8.0), atol=0.1, rtol=0)
    degrees = torch.rad2deg(torch.atan2(where[:, 0], where[:, 1]))
    assert -30.5 < degrees.min() < -25
    assert 25 < degrees.max() < 30.5


def test_scale_stays_in_its_share() -> None:
    columns = moved(scale=0.25)[:, 1]
    assert 8 * 0.74 < columns.min() < 8 * 0.8
    assert 8 * 1.2 < columns.max() < 8 * 1.26


def test_shift_is_a_share_of_the_size() -> None:
    where = moved(shift=0.1)
    assert where[:, 0].abs().max() < 3.4
    assert where[:, 0].abs().max() > 2.8
    assert where[:, 1].min() > 8 - 3.4


def test_flip_mirrors_about_half() -> None:
    columns = moved(flip=True)[:, 1]
    torch.testing.assert_close(columns.abs(), torch.full((64,), 8.0), atol=0.05, rtol=0)
    assert 16 < int((columns < 0).sum()) < 48


def test_colour_changes_colours_within_range_and_no_geometry() -> None:
    where = moved(colour=0.4)
    torch.testing.assert_close(where[:, 0], torch.zeros(64), atol=0.05, rtol=0)
    torch.manual_seed(0)
    images = torch.rand(8, 3, 16, 16)
    jittered = augment(images, Recipe(**(STILL | {"colour": 0.4})), 16)
    assert 0 <= jittered.min() < jittered.max() <= 1
    assert (jittered - images).abs().mean() > 0.02


def test_the_same_seed_draws_the_same_images() -> None:
    recipe = Recipe()
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        results.append(augment(spots(4), recipe, 33))
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_mixup_mixes_targets_by_the_weight_of_the_images() -> None:
    torch.manual_seed(3)
    inputs = torch.eye(8).view(8, 8, 1, 1)
    targets = torch.eye(8)
    mixed, mixed_targets = mix(inputs, targets, Recipe(mixup_alpha=1.0))
    torch.testing.assert_close(mixed.view(8, 8), mixed_targets)
    torch.testing.assert_close(mixed_targets.sum(1), torch.ones(8))
    weight = float(mixed_targets.diagonal().min())
    assert 0 < weight < 1
    assert not math.isclose(weight, 0.5)
