"""The plane of all images: what it keeps, its signs, and sets that span no plane."""

import numpy as np
import pytest

from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import Cancelled
from desktop_app.core.projection import principal_plane


def elongated(count: int, size: int, seed: int = 0) -> np.ndarray:
    """Features that vary ten times more along one direction than along the next, and so on."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(size, size)))
    spread = 10.0 ** -np.arange(size)
    rows = rng.normal(size=(count, size)) * spread @ axes + rng.normal(size=size) * 5
    return rows.astype(np.float32)


@pytest.mark.parametrize("shape", [(400, 6), (6, 400)], ids=["many images", "many features"])
def test_either_route_gives_what_the_singular_values_say(shape: tuple[int, int]) -> None:
    rows = np.random.default_rng(1).normal(size=shape).astype(np.float32) * np.arange(
        1, shape[1] + 1, dtype=np.float32
    )
    plane = principal_plane(rows)
    left, singular, _ = np.linalg.svd(
        rows - rows.mean(axis=0, dtype=np.float64), full_matrices=False
    )
    expected = left[:, :2] * singular[:2]
    signs = np.sign((plane.points * expected).sum(axis=0))
    np.testing.assert_allclose(plane.points, expected * signs, rtol=1e-4, atol=1e-3)
    assert plane.explained == pytest.approx((singular**2 / (singular**2).sum())[:2], rel=1e-5)


@pytest.mark.torch
@pytest.mark.parametrize("shape", [(300, 40), (40, 300)])
def test_torch_finds_the_same_plane(shape: tuple[int, int]) -> None:
    import torch

    rows = elongated(*shape)
    centred = torch.tensor(rows, dtype=torch.float64)
    centred -= centred.mean(dim=0)
    left, singular, _ = torch.pca_lowrank(centred, q=6, center=False, niter=8)
    expected = (left * singular)[:, :2].numpy()
    plane = principal_plane(rows)
    signs = np.sign((plane.points * expected).sum(axis=0))
    np.testing.assert_allclose(plane.points, expected * signs, rtol=1e-3, atol=1e-4)
    total = float((centred**2).sum())
    assert plane.explained == pytest.approx((singular**2)[:2].numpy() / total, rel=1e-4)


def test_signs_do_not_depend_on_the_order_of_the_images() -> None:
    rows = elongated(50, 8)
    order = np.random.default_rng(5).permutation(50)
    there, back = principal_plane(rows).points, principal_plane(rows[order]).points
    np.testing.assert_allclose(back, there[order], atol=1e-4)


@pytest.mark.parametrize("shape", [(50, 8), (8, 50)])
def test_more_of_the_weightiest_feature_lies_to_the_right_and_above(shape: tuple[int, int]) -> None:
    rows = elongated(*shape)
    for mirrored in (rows, -rows):
        points = principal_plane(mirrored).points
        for along in points.T:
            weights = along @ (mirrored - mirrored.mean(axis=0))
            assert weights[np.abs(weights).argmax()] > 0


def test_the_first_component_explains_most() -> None:
    first, second = principal_plane(elongated(200, 5)).explained
    assert first > 0.95
    assert 0 < second < first
    assert first + second <= 1


def test_no_image_gives_no_point() -> None:
    plane = principal_plane(np.empty((0, 7), np.float32))
    assert plane.points.shape == (0, 2)
    assert plane.explained == (0, 0)


def test_one_image_lies_in_the_middle() -> None:
    plane = principal_plane(np.array([[1, 2, 3]], np.float32))
    assert plane.points.tolist() == [[0, 0]]
    assert plane.explained == (0, 0)


def test_two_images_lie_on_a_line() -> None:
    plane = principal_plane(np.array([[0, 0, 0], [0, 3, 4]], np.float32))
    assert plane.points == pytest.approx(np.array([[-2.5, 0], [2.5, 0]]), abs=1e-6)
    assert plane.explained == pytest.approx((1, 0))


@pytest.mark.parametrize("shape", [(9, 3), (3, 9)])
def test_equal_images_lie_on_one_point(shape: tuple[int, int]) -> None:
    plane = principal_plane(np.full(shape, 0.3, np.float32))
    assert plane.points == pytest.approx(np.zeros((shape[0], 2)))
    assert plane.explained == (0, 0)


def test_an_image_whose_features_are_not_finite_has_no_place_and_moves_no_other() -> None:
    rows = elongated(20, 4)
    broken = rows.copy()
    broken[3, 1], broken[7, 0] = np.nan, np.inf
    kept = [row for row in range(20) if row not in {3, 7}]
    plane = principal_plane(broken)
    assert np.isnan(plane.points[[3, 7]]).all()
    np.testing.assert_allclose(plane.points[kept], principal_plane(rows[kept]).points, atol=1e-5)


def test_the_switch_stops_it() -> None:
    switch = Cancellation()
    switch.cancel()
    with pytest.raises(Cancelled):
        principal_plane(elongated(200, 5), switch)
