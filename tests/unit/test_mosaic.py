"""Geometry and pixels of the picture of tiles."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from desktop_app.core.mosaic import TileLayout, compose, fit_tiles, resize_tiles

LAYOUT = TileLayout(count=5, columns=3, tile_width=4, tile_height=2, gap=1)


def test_layout_measures_full_rows_without_an_outer_gap() -> None:
    assert (LAYOUT.rows, LAYOUT.width, LAYOUT.height) == (2, 14, 5)


@pytest.mark.parametrize(
    ("point", "tile"),
    [
        ((0, 0), 0),
        ((3.9, 1.9), 0),
        ((4, 0), None),  # the gap to the right
        ((0, 2), None),  # the gap below
        ((5, 0), 1),
        ((0, 3), 3),
        ((10, 3), None),  # past the last tile
        ((15, 0), None),  # past the last column
        ((-1, 0), None),
        ((0, -1), None),
    ],
)
def test_the_tile_under_a_point(point: tuple[float, float], tile: int | None) -> None:
    assert LAYOUT.tile_at(*point) == tile


@given(count=st.integers(1, 3000), columns=st.integers(1, 60), index=st.integers(0, 2999))
def test_the_corner_of_a_tile_lies_in_that_tile(count: int, columns: int, index: int) -> None:
    layout = TileLayout(count=count, columns=columns, tile_width=9, tile_height=7, gap=3)
    if index < count:
        assert layout.tile_at(*layout.corner(index)) == index


def test_visible_rows_include_those_cut_by_the_edges() -> None:
    layout = TileLayout(count=100, columns=1, tile_width=10, tile_height=10, gap=2)
    assert layout.rows_between(15, 40) == range(1, 4)
    assert layout.rows_between(-5, 5) == range(1)
    assert len(layout.rows_between(5000, 6000)) == 0


@given(
    count=st.integers(1, 2048),
    width=st.integers(200, 2000),
    height=st.integers(100, 1500),
)
def test_fitted_tiles_all_show_and_no_larger_ones_would(
    count: int, width: int, height: int
) -> None:
    edge = fit_tiles(count, width=width, height=height, gap=3, smallest=36, largest=160)

    def fits(size: int) -> bool:
        columns, rows = (width + 3) // (size + 3), (height + 3) // (size + 3)
        return columns * rows >= count

    if fits(36):
        assert fits(edge)
        assert edge == 160 or not fits(edge + 1)
    else:
        assert edge >= 36
        assert (width + 3) // (edge + 3) == (width + 3) // 39


def test_compose_puts_every_tile_at_its_corner() -> None:
    indices = np.arange(1, 6, dtype=np.uint8).reshape(5, 1, 1)
    canvas = compose(indices, LAYOUT, range(2))
    assert_array_equal(
        canvas,
        [
            [1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 3, 3, 3, 3, 0],
            [1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 3, 3, 3, 3, 0],
            [0] * 15,
            [4, 4, 4, 4, 0, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0],
            [4, 4, 4, 4, 0, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0],
            [0] * 15,
        ],
    )


def test_compose_makes_only_the_rows_that_are_asked_for() -> None:
    indices = np.arange(1, 6, dtype=np.uint8).reshape(5, 1, 1)
    assert_array_equal(
        compose(indices, LAYOUT, range(1, 2)), compose(indices, LAYOUT, range(2))[3:]
    )


def test_larger_tiles_repeat_pixels() -> None:
    tile = np.array([[[1, 2], [3, 4]]], dtype=np.uint8)
    expected = [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert_array_equal(resize_tiles(tile, height=4, width=4)[0], expected)


def test_smaller_tiles_take_the_mean() -> None:
    tile = np.array([[[0, 255, 10, 11]]], dtype=np.uint8)
    assert_array_equal(resize_tiles(tile, height=1, width=2), [[[128, 11]]])


def test_the_mean_of_very_many_pixels_does_not_overflow() -> None:
    white = np.full((1, 1, 2600), 255, dtype=np.uint8)
    assert_array_equal(resize_tiles(white, height=1, width=10)[0], [[255] * 10])


@pytest.mark.parametrize(("size", "target"), [(7, 3), (112, 58), (9, 8), (600, 1)])
def test_a_smaller_tile_shows_the_means_of_what_its_pixels_cover(size: int, target: int) -> None:
    row = np.random.default_rng(size).integers(0, 256, (1, 1, size), dtype=np.uint8)
    edges = np.arange(target + 1) * size // target
    parts = [row[0, 0, begin:end] for begin, end in pairwise(edges)]
    expected = [(int(part.sum()) + len(part) // 2) // len(part) for part in parts]
    assert resize_tiles(row, height=1, width=target)[0, 0].tolist() == expected


def test_only_the_rows_that_are_seen_are_gathered_from_their_order() -> None:
    indices = np.arange(6, dtype=np.uint8)[:, None, None]
    layout = TileLayout(count=4, columns=2, tile_width=1, tile_height=1, gap=1)
    picture = compose(indices, layout, range(1, 2), channels=np.array([5, 4, 3, 0]))
    assert picture[0].tolist() == [3, 0, 0, 0]
