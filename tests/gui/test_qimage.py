"""Arrays to pictures and back: no aliasing, odd row lengths, transparency, colour spaces."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QColorSpace, QImage

from desktop_app.views.colormaps import (
    CHOICES,
    ColormapChoice,
    choice,
    colour_at,
    colour_table,
    colour_values,
)
from desktop_app.views.qimage import from_qimage, indexed_image, screen_copy, to_qimage


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_round_trip_for_rows_that_are_no_multiple_of_four_bytes(width: int) -> None:
    pixels = np.random.default_rng(width).integers(0, 256, (4, width, 3), dtype=np.uint8)
    assert_array_equal(from_qimage(to_qimage(pixels)), pixels)


def test_the_picture_owns_its_memory() -> None:
    pixels = np.full((2, 3, 3), 200, dtype=np.uint8)
    picture = to_qimage(pixels)
    pixels[:] = 0
    assert picture.pixelColor(1, 1) == QColor(200, 200, 200)


def test_strided_arrays_are_copied_right() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 10, 3), dtype=np.uint8)
    assert_array_equal(from_qimage(to_qimage(pixels[::2, ::-1])), pixels[::2, ::-1])


@pytest.mark.parametrize(
    "image_format",
    [
        QImage.Format.Format_ARGB32,
        QImage.Format.Format_ARGB32_Premultiplied,
        QImage.Format.Format_RGBA8888,
        QImage.Format.Format_RGBA64,
    ],
)
def test_transparency_lies_over_white(image_format: QImage.Format) -> None:
    picture = QImage(3, 1, QImage.Format.Format_ARGB32)
    picture.setPixelColor(0, 0, QColor(0, 0, 0, 0))
    picture.setPixelColor(1, 0, QColor(255, 0, 0, 255))
    picture.setPixelColor(2, 0, QColor(0, 0, 0, 51))
    expected = [[[255, 255, 255], [255, 0, 0], [204, 204, 204]]]
    assert_array_equal(from_qimage(picture.convertToFormat(image_format)), expected)


@pytest.mark.parametrize(
    "image_format",
    [QImage.Format.Format_Grayscale8, QImage.Format.Format_Indexed8, QImage.Format.Format_Mono],
)
def test_other_formats(image_format: QImage.Format) -> None:
    picture = QImage(5, 2, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    assert_array_equal(from_qimage(picture.convertToFormat(image_format)), np.full((2, 5, 3), 255))


def test_other_colour_spaces_become_srgb() -> None:
    picture = QImage(1, 1, QImage.Format.Format_RGB32)
    picture.fill(QColor(128, 128, 128))
    picture.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgbLinear))
    red, green, blue = from_qimage(picture)[0, 0].tolist()
    assert red == green == blue
    assert red == pytest.approx(188, abs=1)  # sRGB of linear 128/255


def test_a_null_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="null"):
        from_qimage(QImage())


def test_the_result_is_read_only() -> None:
    assert not from_qimage(to_qimage(np.zeros((2, 2, 3), dtype=np.uint8))).flags.writeable


@pytest.mark.parametrize("size", [(3000, 4000), (40, 30), (200, 3), (1, 1)])
def test_screen_copies_have_the_size_and_the_colours_of_the_picture(size: tuple[int, int]) -> None:
    height, width = size
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[:, : (width + 1) // 2] = (250, 10, 20)
    copy = screen_copy(pixels, QSize(120, 90))
    assert copy.size() == QSize(120, 90)
    assert copy.pixelColor(10, 45) == QColor(250, 10, 20)
    if width > 1:
        assert copy.pixelColor(110, 45) == QColor(0, 0, 0)


@pytest.mark.parametrize("item", CHOICES, ids=lambda item: item.name)
def test_every_colour_map_has_256_opaque_colours(item: ColormapChoice) -> None:

    values = colour_values(item.name)
    assert values.shape == (256,)
    assert (values >> 24 == 0xFF).all()
    assert len(set(values.tolist())) > 200


def test_the_tables_are_the_published_ones() -> None:
    # Inferno's middle as matplotlib's _cm_listed.py has it: 0.735683, 0.215906, 0.330245.
    assert colour_at("inferno", 128) == QColor(188, 55, 84)


def test_a_name_from_another_version_falls_back_to_the_first_map() -> None:
    assert choice("no-such-map") is CHOICES[0]


def test_indexed_pictures_show_the_tables_colours() -> None:
    picture = indexed_image(np.array([[0, 128, 255]], dtype=np.uint8), "viridis")
    shown = [picture.pixelColor(x, 0).rgb() for x in range(3)]
    assert shown == [colour_table("viridis")[index] for index in (0, 128, 255)]
