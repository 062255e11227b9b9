"""The order of channels: by each criterion, pinned ones first, dead ones left out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from desktop_app.core.channel_order import (
    arranged,
    channel_scores,
    dead_channels,
    similarities,
)
from desktop_app.core.map_names import Criterion
from desktop_app.core.maps import map_statistics


def layer(*channels: list[float]) -> NDArray[np.float32]:
    """Channels of one row each, float32 (C, 1, W)."""
    return np.array(channels, dtype=np.float32)[:, None, :]


MAPS = layer([0, 1, 2, 3], [0, 0, 0, 9], [2, 2, 2, 2], [0, 0, 0, 0], [3, 2, 1, 0])


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("number", [0, 1, 2, 3, 4]),
        ("mean", [1, 2, 0, 4, 3]),  # 1.5, 2.25, 2, 0, 1.5: the tie stays by number
        ("maximum", [1, 0, 4, 2, 3]),
        ("zeros", [3, 1, 0, 4, 2]),
        ("variance", [1, 0, 4, 2, 3]),
        ("evidence", [0, 1, 2, 3, 4]),
    ],
)
def test_channels_are_sorted_the_greatest_first_and_ties_by_number(
    criterion: Criterion, expected: list[int]
) -> None:
    figures = map_statistics(MAPS)
    order = arranged(channel_scores(criterion, MAPS, figures), dead=dead_channels(figures))
    assert order.channels.tolist() == expected


def test_the_most_similar_comes_first_and_constant_maps_last() -> None:
    figures = map_statistics(MAPS)
    scores = channel_scores("similarity", MAPS, figures, similar_to=4)
    order = arranged(scores, dead=dead_channels(figures))
    assert order.channels.tolist() == [4, 1, 0, 2, 3]


def test_similarity_is_the_correlation_of_the_values() -> None:
    maps = np.random.default_rng(2).normal(size=(6, 5, 4)).astype(np.float32)
    expected = np.corrcoef(maps.reshape(6, -1))[2]
    assert_allclose(similarities(maps, 2), expected, atol=1e-6)


def test_similarity_knows_no_offset_and_no_strength() -> None:
    one = np.random.default_rng(3).normal(size=(1, 4, 4)).astype(np.float32)
    maps = np.concatenate([one, one * 1e-3 + 50, one * -2, one * 1e25])
    assert_allclose(similarities(maps, 0), [1, 1, -1, 1], atol=1e-3)


def test_values_that_are_not_finite_spoil_no_other_channels_similarity() -> None:
    maps = layer([0, 1, 2, 3], [0, 1, np.nan, 3], [np.inf, 1, 2, 3], [3, 2, 1, 0])
    scores = similarities(maps, 0)
    assert_allclose(scores[[0, 3]], [1, -1], atol=1e-6)
    assert np.isfinite(scores).all()


def test_a_constant_map_is_similar_to_itself_alone() -> None:
    scores = similarities(MAPS, 2)
    assert scores[2] == 1
    assert np.isnan(scores[[0, 1, 3, 4]]).all()


def test_single_values_are_similar_where_they_are_near() -> None:
    maps = layer([1.0], [5.0], [4.5], [-3.0])
    assert_array_equal(similarities(maps, 1), [-4, 0, -0.5, -8])


def test_dead_channels_are_those_that_are_zero_everywhere() -> None:
    maps = layer([0, 0], [0, 1e-30], [np.nan, 0], [np.nan, np.nan], [-1, 1], [0, -0.0])
    assert dead_channels(map_statistics(maps)).tolist() == [True, False, False, False, False, True]


def test_dead_channels_can_be_hidden_and_are_counted_either_way() -> None:
    dead = np.array([False, True, False, True])
    shown = arranged(None, dead=dead)
    assert (shown.channels.tolist(), shown.dead, shown.hidden) == ([0, 1, 2, 3], 2, 0)
    hidden = arranged(None, dead=dead, hide_dead=True)
    assert (hidden.channels.tolist(), hidden.dead, hidden.hidden) == ([0, 2], 2, 2)
    assert hidden.places.tolist() == [0, -1, 1, -1]


def test_pinned_channels_come_first_in_the_order_they_were_pinned_in() -> None:
    scores = np.array([1, 5, 3, 4], dtype=np.float32)
    dead = np.array([True, False, False, False])
    order = arranged(scores, dead=dead, hide_dead=True, pinned=(2, 0, 99, 2))
    assert order.channels.tolist() == [2, 0, 1, 3]
    assert order.pinned == 2


def test_channels_without_a_score_come_last() -> None:
    scores = np.array([np.nan, 1, -np.inf, 2], dtype=np.float32)
    assert arranged(scores, dead=np.zeros(4, bool)).channels.tolist() == [3, 1, 2, 0]


def test_steps_follow_the_places_and_end_with_them() -> None:
    scores = np.array([1, 5, 3, 0], dtype=np.float32)
    order = arranged(scores, dead=np.array([False, False, False, True]), hide_dead=True)
    assert order.channels.tolist() == [1, 2, 0]
    assert (order.step(2, 1), order.step(2, -1)) == (0, 1)
    assert (order.step(0, 1), order.step(1, -1)) == (None, None)
    assert order.step(3, 1) == 1  # from a hidden channel to the first place
    assert order.place(3) is None


def test_two_thousand_ties_stay_by_number() -> None:
    scores = np.tile(np.array([1, 0], dtype=np.float32), 1000)
    order = arranged(scores, dead=np.zeros(2000, bool)).channels.tolist()
    assert order == [*range(0, 2000, 2), *range(1, 2000, 2)]
