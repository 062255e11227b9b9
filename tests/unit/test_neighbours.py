"""The nearest images by their features: order, ties, and rows that have no direction."""

import numpy as np
import pytest

from desktop_app.core.neighbours import Neighbour, cosine_similarities, nearest


def features(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_the_most_similar_comes_first_and_the_row_itself_not_at_all() -> None:
    found = nearest(features((1, 0), (0, 1), (1, 1), (1, 0.1), (-1, 0)), 0, 10)
    assert [each.row for each in found] == [3, 2, 1, 4]
    assert [each.similarity for each in found] == pytest.approx(
        [1 / np.hypot(1, 0.1), np.sqrt(0.5), 0, -1]
    )


def test_length_does_not_count() -> None:
    assert nearest(features((1, 2), (100, 200), (0.001, 0.002)), 0, 2) == (
        Neighbour(1, 1.0),
        Neighbour(2, 1.0),
    )


def test_of_equals_the_lower_row_comes_first_in_any_block() -> None:
    rng = np.random.default_rng(3)
    one = rng.normal(size=2048).astype(np.float32)
    rows = np.stack([one * scale for scale in rng.uniform(0.1, 9, size=2500)]).astype(np.float32)
    assert [each.row for each in nearest(rows, 2000, 4)] == [0, 1, 2, 3]


def test_as_many_as_asked_for() -> None:
    rows = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    assert len(nearest(rows, 4, 3)) == 3
    assert len(nearest(rows, 4, 100)) == 8
    assert nearest(rows, 4, 0) == ()


def test_one_image_has_no_neighbours() -> None:
    assert nearest(features((1, 2, 3)), 0, 5) == ()


def test_a_row_of_zeros_is_similar_to_nothing() -> None:
    rows = features((1, 0), (0, 0), (0, 1))
    assert [each.row for each in nearest(rows, 0, 5)] == [2]
    assert nearest(rows, 1, 5) == ()


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_is_similar_to_nothing(broken: float) -> None:
    rows = features((1, 0), (broken, 1), (0, 1))
    assert [each.row for each in nearest(rows, 0, 5)] == [2]
    assert nearest(rows, 1, 5) == ()


def test_large_and_small_values_do_not_overflow() -> None:
    rows = features((3e38, 3e38), (1e-30, 1e-30), (3e38, 0))
    assert cosine_similarities(rows, 0) == pytest.approx([1, 1, np.sqrt(0.5)])


def test_a_row_that_is_not_there_is_an_error() -> None:
    with pytest.raises(IndexError):
        nearest(features((1, 0)), 1, 5)
