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


def test_the_result_has_the_size_asked_for_and_shows_the_whole_image() -> None:
    images = ramps(2, 32)
    for size in (32, 48, 20):
        resized = augment(images, Recipe(**STILL), size)
        assert resized.shape == (2, 3, size, size)
        widths, heights, centre_x, centre_y = boxes(resized)
        for share in (widths, heights):
            torch.testing.assert_close(share, torch.ones(2))
        for place in (centre_x, centre_y):
            torch.testing.assert_close(place, torch.zeros(2), atol=1e-5, rtol=0)


def test_shrinking_by_much_sees_every_pixel() -> None:
    stripes = torch.arange(64).remainder(2).float().expand(1, 3, 64, 64)
    for size in (16, 30):
        shrunk = augment(stripes, Recipe(**STILL), size)
        torch.testing.assert_close(shrunk, torch.full((1, 3, size, size), 0.5))


@pytest.mark.parametrize("smallest", [0.25, 0.8])
def test_crops_lie_inside_and_show_the_share_they_should(smallest: float) -> None:
    torch.manual_seed(0)
    cropped = augment(ramps(400, 64), Recipe(**(STILL | {"crop_area": smallest})), 32)
    widths, heights, centre_x, centre_y = boxes(cropped)
    area, ratio = widths * heights, widths / heights
    assert smallest - 1e-4 < area.min() < smallest + 0.02
    assert 0.98 < area.max() < 1 + 1e-4
    assert area.mean() == pytest.approx((smallest + 1) / 2, abs=0.03)  # uniform
    narrowest = max(3 / 4, smallest)  # of a large area, no side is much longer
    assert narrowest - 1e-4 < ratio.min() < narrowest + 0.05
    assert 1 / narrowest - 0.05 < ratio.max() < 1 / narrowest + 1e-4
    for centre, length in ((centre_x, widths), (centre_y, heights)):
        reach = centre.abs() + length
        assert reach.max() < 1 + 1e-4
        assert reach.max() > 0.99
        assert centre.min() < -0.05 < 0.05 < centre.max()


def ramps(count: int, size: int) -> "torch.Tensor":
    """Images whose first two channels tell where a pixel lies, -1..1 between the outer edges."""
    places = (2 * torch.arange(size) + 1) / size - 1
    rows, columns = torch.meshgrid(places, places, indexing="ij")
    return torch.stack([columns, rows, columns]).expand(count, 3, size, size).contiguous()


def boxes(images: "torch.Tensor") -> "tuple[torch.Tensor, ...]":
    """Width and height of what is seen, as shares, and its centre, -1..1, told from ramps."""
    middle = images.shape[-1] // 2
    across, down = images[:, 0, middle], images[:, 1, :, middle]
    lengths = [(line[:, middle] - line[:, middle - 1]) * middle for line in (across, down)]
    centres_of = [(line[:, middle] + line[:, middle - 1]) / 2 for line in (across, down)]
    return *lengths, *centres_of


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


def test_cutmix_weighs_targets_by_the_area_that_is_left() -> None:
    own = torch.arange(16.0).view(16, 1, 1, 1).expand(16, 3, 20, 30).contiguous()
    shares = []
    for seed in range(40):
        torch.manual_seed(seed)
        mixed, targets = mix(own, torch.eye(16), Recipe(cutmix_alpha=1.0))
        left = (mixed == own).float().mean((1, 2, 3))
        torch.testing.assert_close(targets.diagonal(), left)
        torch.testing.assert_close(targets.sum(1), torch.ones(16))
        other = (mixed[:, 0] != own[:, 0]).any(0)  # (20, 30), the same box in every image
        rows, columns = other.any(1).nonzero(), other.any(0).nonzero()
        if len(rows):
            height, width = (int(place.max() - place.min()) + 1 for place in (rows, columns))
            assert int(other.sum()) == height * width
        for image, target in zip(mixed, targets, strict=True):
            seen = {int(value) for value in image.unique()}
            assert seen == {int(index) for index in target.nonzero()}
        shares.append(float(left.min()))
    assert min(shares) < 0.4
    assert max(shares) > 0.9


def test_with_both_half_of_the_batches_are_cut_and_half_blended() -> None:
    own = torch.arange(4.0).view(4, 1, 1, 1).expand(4, 3, 8, 8).contiguous()
    cut = 0
    for seed in range(200):
        torch.manual_seed(seed)
        mixed, _ = mix(own, torch.eye(4), Recipe(mixup_alpha=1.0, cutmix_alpha=1.0))
        cut += bool((mixed == mixed.round()).all())
    assert 70 < cut < 130


def test_without_either_nothing_is_mixed() -> None:
    inputs, targets = torch.rand(4, 3, 8, 8), torch.eye(4)
    assert mix(inputs, targets, Recipe()) == (inputs, targets)
