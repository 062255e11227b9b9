"""Two activations of one layer: their difference, their common ranges, and what does not fit."""

import numpy as np
import pytest

from desktop_app.core.comparison import (
    difference,
    joint_channel_ranges,
    obstacle,
    shared_layers,
)
from desktop_app.core.records import Layer, Model
from tests.gui.window_states import layer_of, model_of


def maps(*values: float) -> np.ndarray:
    """One channel per value, 1 × 2, the second pixel zero."""
    return np.array([[[value, 0]] for value in values], np.float32)


def two(*layers: Layer) -> Model:
    return model_of(layers, name="other")


def test_the_difference_is_what_b_has_more_than_a() -> None:
    found = difference(maps(1, 5), maps(4, 3))
    assert found is not None
    assert found.tolist() == [[[3, 0]], [[-2, 0]]]
    assert found.dtype == np.float32
    assert not found.flags.writeable


@pytest.mark.parametrize("shape", [(3, 1, 2), (2, 2, 2), (2, 1, 1)])
def test_other_shapes_have_no_difference(shape: tuple[int, ...]) -> None:
    assert difference(maps(1, 2), np.zeros(shape, np.float32)) is None


def test_infinities_do_not_break_the_difference() -> None:
    found = difference(maps(np.inf, 3e38), maps(np.inf, -3e38))
    assert found is not None
    assert np.isnan(found[0, 0, 0])
    assert found[1, 0, 0] == -np.inf


def test_ranges_cover_both() -> None:
    assert joint_channel_ranges(maps(1, -2), maps(4, 3)).tolist() == [[0, 4], [-2, 3]]


def test_symmetric_ranges_reach_as_far_as_either() -> None:
    ranges = joint_channel_ranges(maps(1, -7), maps(4, 3), symmetric=True)
    assert ranges.tolist() == [[-4, 4], [-7, 7]]


def test_a_channel_without_a_finite_value_does_not_pull_the_range_to_zero() -> None:
    a = np.full((1, 1, 2), np.nan, np.float32)
    b = np.array([[[5, 6]]], np.float32)
    assert joint_channel_ranges(a, b).tolist() == [[5, 6]]


def test_ranges_of_maps_of_two_sizes_are_common_all_the_same() -> None:
    assert joint_channel_ranges(np.ones((2, 4, 4), np.float32), maps(3, 0)).tolist() == [
        [0, 3],
        [0, 1],
    ]


def test_shared_layers_agree_in_name_and_shape() -> None:
    one = two(layer_of("conv1", (4, 8, 8)), layer_of("pool1", (4, 4, 4)), layer_of("fc5", (5,)))
    other = two(layer_of("conv1", (4, 8, 8)), layer_of("pool1", (4, 3, 3)), layer_of("fc6", (6,)))
    assert shared_layers(one, other) == {"conv1"}


def test_what_does_not_fit_is_said() -> None:
    other = two(layer_of("pool1", (4, 3, 3)))
    assert obstacle(layer_of("fc5", (5,)), other) == "Other has no fc5"
    assert obstacle(layer_of("pool1", (4, 4, 4)), other) == "pool1 is 4 × 3 × 3 in Other"
    assert obstacle(layer_of("pool1", (4, 3, 3)), other) == ""
