"""Ranges, colour indices and figures of maps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from desktop_app.core.maps import (
    ZERO,
    ValueRange,
    channel_ranges,
    histogram,
    layer_range,
    map_statistics,
    quantise,
    resample_bilinear,
    widened,
)


def layer(*channels: list[float]) -> NDArray[np.float32]:
    """Channels of one row each, float32 (C, 1, W)."""
    return np.array(channels, dtype=np.float32)[:, None, :]


def test_layer_range_covers_all_channels() -> None:
    assert layer_range(layer([0, 2], [1, 5])) == ValueRange(0, 5)


def test_channel_ranges_are_each_channels_own() -> None:
    assert_array_equal(channel_ranges(layer([0, 2], [1, 5])), [[0, 2], [1, 5]])


def test_symmetric_range_is_centred_on_zero() -> None:
    assert layer_range(layer([-1, 2], [0, -7]), symmetric=True) == ValueRange(-7, 7)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_set_no_range(bad: float) -> None:
    maps = layer([0, 2], [bad, 5])
    assert_array_equal(channel_ranges(maps), [[0, 2], [5, 5]])


def test_a_channel_without_finite_values_has_the_range_zero() -> None:
    assert_array_equal(channel_ranges(layer([np.nan, np.inf])), [[0, 0]])


def test_quantise_takes_the_ends_to_the_ends_and_rounds() -> None:
    maps = layer([0, 1, 0.5, 1 / 255 * 0.6, 1 / 255 * 0.4])
    assert_array_equal(quantise(maps, np.array([[0.0, 1.0]]))[0, 0], [0, 255, 128, 1, 0])


def test_quantise_clips_what_lies_outside() -> None:
    assert_array_equal(quantise(layer([-9, 9]), np.array([[0.0, 1.0]]))[0, 0], [0, 255])


def test_quantise_uses_each_channels_own_range() -> None:
    maps = layer([0, 1], [0, 100])
    assert_array_equal(quantise(maps, channel_ranges(maps))[:, 0], [[0, 255], [0, 255]])


def test_quantise_draws_values_that_are_not_finite_at_the_ends() -> None:
    maps = layer([np.nan, np.inf, -np.inf, 1])
    assert_array_equal(quantise(maps, np.array([[0.0, 1.0]]))[0, 0], [0, 255, 0, 255])


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0, 1e-42, np.nan])
def test_constant_maps_are_drawn_in_the_first_colour(value: float) -> None:
    maps = layer([value, value])
    assert_array_equal(quantise(maps, channel_ranges(maps)), np.zeros((1, 1, 2)))


def test_zero_is_the_middle_of_a_symmetric_range_even_when_all_is_zero() -> None:
    maps = layer([0, 0], [-2, 0])
    indices = quantise(maps, channel_ranges(maps, symmetric=True), symmetric=True)
    assert_array_equal(indices[:, 0], [[128, 128], [1, 128]])


def test_a_span_beyond_float32_is_quantised_without_a_warning() -> None:
    maps = layer([-3e38, 0, 3e38])
    indices = quantise(maps, channel_ranges(maps))
    assert indices[0, 0, 0] == 0
    assert indices[0, 0, 2] == 255


def test_statistics_agree_with_numpy() -> None:
    maps = np.random.default_rng(3).normal(size=(7, 5, 4)).astype(np.float32).clip(min=0)
    figures = map_statistics(maps)
    assert_array_equal(figures.minimum, maps.min(axis=(1, 2)))
    assert_array_equal(figures.maximum, maps.max(axis=(1, 2)))
    assert_allclose(figures.mean, maps.mean(axis=(1, 2)), rtol=1e-6)
    assert_allclose(figures.zeros, (maps == 0).mean(axis=(1, 2)))
    assert_array_equal(figures.not_finite, np.zeros(7))


def test_statistics_count_what_is_not_finite_and_leave_it_out() -> None:
    figures = map_statistics(layer([np.nan, 0, 4, np.inf], [1, 1, 1, 1]))
    assert_array_equal(figures.not_finite, [2, 0])
    assert_array_equal(figures.mean, [2, 1])
    assert_array_equal(figures.maximum, [4, 1])
    assert_array_equal(figures.zeros, [0.25, 0])


def test_histogram_counts_every_finite_value_once() -> None:
    values = np.array([0, 0.1, 0.9, 1.0, np.nan, np.inf], dtype=np.float32)
    assert_array_equal(histogram(values, ValueRange(0, 1), bins=2), [2, 2])


def test_histogram_of_a_constant_map_stands_in_the_middle() -> None:
    values = np.full(6, 4, dtype=np.float32)
    assert_array_equal(histogram(values, ValueRange(4, 4), bins=3), [0, 6, 0])


def test_resample_keeps_a_ramp_a_ramp_and_holds_the_edges() -> None:
    values = np.array([[0, 1]], dtype=np.float32)
    result = resample_bilinear(values, height=1, width=8)
    assert_allclose(result[0], [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1])


def test_resample_agrees_with_pillow() -> None:
    from PIL import Image

    values = np.random.default_rng(4).normal(size=(7, 5)).astype(np.float32)
    expected = np.asarray(Image.fromarray(values).resize((40, 35), Image.Resampling.BILINEAR))
    assert_allclose(resample_bilinear(values, height=35, width=40), expected, atol=1e-5)


def test_variance_agrees_with_numpy_also_far_from_zero() -> None:
    maps = np.random.default_rng(5).normal(1000, 0.5, size=(4, 9, 8)).astype(np.float32)
    expected = maps.astype(np.float64).var(axis=(1, 2))
    assert_allclose(map_statistics(maps).variance, expected, rtol=1e-3)


def test_statistics_of_both_infinities_are_those_of_the_rest() -> None:
    figures = map_statistics(layer([-np.inf, 1, 3, np.inf]))
    assert_array_equal(figures.mean, [2])
    assert_array_equal(figures.not_finite, [2])


def test_variance_leaves_out_what_is_not_finite() -> None:
    figures = map_statistics(layer([np.nan, 1, 3, np.inf], [np.nan, np.nan, np.inf, np.nan]))
    assert_array_equal(figures.variance, [1, 0])


def test_exact_zeros_alone_have_the_middle_index_of_a_symmetric_range() -> None:
    tiny = np.float32(1e-45)
    maps = layer([0, -0.0, tiny, -tiny, 1e-9, -1e-9, 0.004, -0.004, 3, -3, 7])
    indices = quantise(maps, np.array([[-3.0, 3.0]]), symmetric=True)[0, 0]
    assert_array_equal(indices[:2], [ZERO, ZERO])
    assert (indices[2:] != ZERO).all()
    assert_array_equal(indices[2:6], [ZERO + 1, ZERO - 1] * 2)
    assert_array_equal(indices[-3:], [255, 1, 255])


@pytest.mark.parametrize("reach", [1e-30, 0.1, 1 / 3, 7.7, 1e30])
def test_the_ends_of_a_symmetric_range_are_the_ends_of_the_table(reach: float) -> None:
    maps = layer([-reach, reach])
    ranges = channel_ranges(maps, symmetric=True)
    assert_array_equal(quantise(maps, ranges, symmetric=True)[0, 0], [1, 255])


def test_no_last_bit_pushes_an_end_beyond_itself() -> None:
    reaches = np.random.default_rng(6).uniform(0.1, 10, 400).astype(np.float32)
    maps = np.stack([-reaches, reaches], axis=1)[:, None]
    ranges = channel_ranges(maps, symmetric=True)
    assert set(quantise(maps, ranges, symmetric=True).ravel().tolist()) == {1, 255}


def test_values_that_are_not_finite_are_drawn_at_the_ends_of_a_symmetric_range_too() -> None:
    maps = layer([np.nan, np.inf, -np.inf])
    indices = quantise(maps, np.array([[-1.0, 1.0]]), symmetric=True)
    assert_array_equal(indices[0, 0], [0, 255, 0])


def test_a_range_is_widened_to_the_farther_of_its_ends() -> None:
    assert widened(ValueRange(-1, 5)) == ValueRange(-5, 5)
    assert widened(ValueRange(-7, -2)) == ValueRange(-7, 7)
