"""Cutting a receptive field out of a photo: right place, right size, honest beyond the edge."""

import numpy as np
import pytest

from desktop_app.core.patches import picture_patch
from desktop_app.core.records import Pixels, Preprocessing

STRETCHED = Preprocessing(height=10, width=10, resize_rule="stretch")
CROPPED = Preprocessing(height=10, width=10)


@pytest.fixture
def photo() -> Pixels:
    """100 high, 200 wide; red tells the column, green the row."""
    rows, columns = np.mgrid[0:100, 0:200]
    return np.dstack([columns, rows, np.zeros_like(rows)]).astype(np.uint8)


def test_a_patch_is_the_field_on_the_photo(photo: Pixels) -> None:
    cut = picture_patch(photo, STRETCHED, (2, 5, 4, 9), side_px=500)
    assert cut.outline == pytest.approx((0.2, 0.5, 0.4, 0.9))
    np.testing.assert_array_equal(cut.patch, photo[50:90, 40:80])
    assert cut.inset == (0, 0, 1, 1)
    assert cut.shape == pytest.approx(1.0)
    assert cut.centre == pytest.approx((0.3, 0.7))
    assert not cut.patch.flags.writeable


def test_the_crop_is_taken_into_account(photo: Pixels) -> None:
    # The network was given columns 50 to 150 alone.
    cut = picture_patch(photo, CROPPED, (0, 0, 5, 5), side_px=500)
    np.testing.assert_array_equal(cut.patch, photo[0:50, 50:100])
    assert cut.outline == pytest.approx((0.25, 0, 0.5, 0.5))


def test_beyond_what_the_network_saw_there_is_no_picture(photo: Pixels) -> None:
    cut = picture_patch(photo, CROPPED, (-2, 4, 2, 8), side_px=500)
    np.testing.assert_array_equal(cut.patch, photo[40:80, 50:70])
    assert cut.inset == pytest.approx((0.5, 0, 1, 1))
    assert cut.centre == pytest.approx((0.25, 0.6))


def test_a_field_larger_than_the_input_is_the_input(photo: Pixels) -> None:
    cut = picture_patch(photo, CROPPED, (-20, -15, 25, 30), side_px=500)
    assert cut.outline == pytest.approx((0.25, 0, 0.75, 1))
    assert cut.inset == (0, 0, 1, 1)
    assert cut.centre == pytest.approx((0.25 + 0.5 * 0.25, 0.75))


def test_a_field_in_the_padding_alone_is_the_input(photo: Pixels) -> None:
    cut = picture_patch(photo, STRETCHED, (-4, 0, -1, 3), side_px=500)
    assert cut.outline == pytest.approx((0, 0, 1, 0.3))


def test_without_a_field_the_patch_is_all_that_the_network_saw(photo: Pixels) -> None:
    cut = picture_patch(photo, CROPPED, None, side_px=500)
    assert cut.outline == pytest.approx((0.25, 0, 0.75, 1))
    assert cut.centre is None


def test_pictures_are_reduced_and_never_enlarged(photo: Pixels) -> None:
    large = picture_patch(photo, STRETCHED, (0, 0, 10, 10), side_px=50)
    assert large.patch.shape[:2] == (25, 50)
    assert large.photo.shape[:2] == (25, 50)
    assert large.shape == pytest.approx(2.0)
    small = picture_patch(photo, STRETCHED, (0, 0, 1, 1), side_px=50)
    assert small.patch.shape[:2] == (10, 20)
