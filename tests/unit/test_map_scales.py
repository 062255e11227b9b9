"""Which scale holds, and what its legend says."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from desktop_app.core.map_names import Scale
from desktop_app.core.map_scales import map_scale
from desktop_app.core.maps import ValueRange

MAPS = np.array([[[0, 1]], [[-2, 5]]], dtype=np.float32)
VALUES = MAPS[:, :, :1].copy()
IMAGES = (ValueRange(-4, 9), 37)


@pytest.mark.parametrize(
    ("wanted", "ranges", "legend"),
    [
        ("layer", [[-2, 5]], "layer"),
        ("channel", [[0, 1], [-2, 5]], "channel 1"),
        ("images", [[-4, 9]], "over 37 images"),
        ("pinned", [[0.5, 2]], "pinned"),
    ],
)
def test_each_scale_has_its_range_and_says_its_name(
    wanted: Scale, ranges: list[list[float]], legend: str
) -> None:
    scale = map_scale(MAPS, wanted, symmetric=False, over_images=IMAGES, pinned=ValueRange(0.5, 2))
    assert scale.kind == wanted
    assert_array_equal(scale.ranges(MAPS), ranges)
    assert scale.range_of(MAPS, 1) == ValueRange(*ranges[-1])
    assert scale.legend_of(1) == legend


@pytest.mark.parametrize(
    ("wanted", "ranges"),
    [
        ("layer", [[-5, 5]]),
        ("channel", [[-1, 1], [-5, 5]]),
        ("images", [[-9, 9]]),
        ("pinned", [[-2, 2]]),
    ],
)
def test_a_diverging_table_widens_every_range_about_zero(
    wanted: Scale, ranges: list[list[float]]
) -> None:
    scale = map_scale(MAPS, wanted, symmetric=True, over_images=IMAGES, pinned=ValueRange(0.5, 2))
    assert_array_equal(scale.ranges(MAPS), ranges)
    assert scale.range_of(MAPS, 1) == ValueRange(*ranges[-1])


def test_pinned_numbers_that_had_to_be_widened_are_said_to_be() -> None:
    pinned = ValueRange(-1, 3)
    assert map_scale(MAPS, "pinned", symmetric=False, pinned=pinned).legend == "pinned"
    assert map_scale(MAPS, "pinned", symmetric=True, pinned=pinned).legend == "pinned, ±"
    assert map_scale(MAPS, "pinned", symmetric=True, pinned=ValueRange(-3, 3)).legend == "pinned"


def test_single_values_have_no_range_of_their_own() -> None:
    scale = map_scale(VALUES, "channel", symmetric=False)
    assert (scale.kind, scale.legend_of(0)) == ("layer", "layer")
    assert_array_equal(scale.ranges(VALUES), [[-2, 0]])


def test_until_images_are_indexed_the_layers_range_holds_and_the_legend_says_so() -> None:
    scale = map_scale(MAPS, "images", symmetric=False)
    assert scale.kind == "layer"
    assert scale.legend == "layer, for now"
    assert_array_equal(scale.ranges(MAPS), [[-2, 5]])


def test_one_image_is_one() -> None:
    scale = map_scale(MAPS, "images", symmetric=False, over_images=(ValueRange(0, 1), 1))
    assert scale.legend == "over 1 image"


def test_without_pinned_numbers_the_layers_range_holds() -> None:
    assert map_scale(MAPS, "pinned", symmetric=False).kind == "layer"
