"""Channels as one PNG: pixels, numbers of the channels, and the scale that goes with it."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from desktop_app.core.colour_tables import DIVERGING, colour_table
from desktop_app.core.layer_picture import LayerPicture, channels_page, channels_png, layer_png
from desktop_app.core.map_scales import MapScale, map_scale
from desktop_app.core.maps import ValueRange

MAPS = np.arange(4 * 7 * 7, dtype=np.float32).reshape(4, 7, 7)


def opened(png: bytes) -> tuple[NDArray[np.uint8], dict[str, str]]:
    with PillowImage.open(io.BytesIO(png)) as picture:
        picture.load()
        return np.asarray(picture), dict(picture.text)  # type: ignore[attr-defined]


def written(picture: LayerPicture) -> bytes:
    return channels_png(picture, channels_page(picture))


def layer_scale(maps: NDArray[np.float32]) -> MapScale:
    return map_scale(maps, "layer", symmetric=False)


def test_a_layer_shows_all_channels_with_exact_numbers() -> None:
    pixels, text = opened(layer_png("conv1", MAPS))
    table = colour_table("inferno")
    assert (pixels[0, 0] == table[0]).all()
    assert text["layer"] == "conv1"
    assert text["shape"] == "4,7,7"
    assert (text["low"], text["high"]) == ("0.0", "195.0")
    assert text["scale"] == "layer"
    assert text["channels"] == "0,1,2,3"


def test_chosen_channels_stand_in_the_order_given_on_the_layers_scale() -> None:
    picture = LayerPicture(
        layer="conv1",
        maps=MAPS,
        channels=(3, 0),
        scale=layer_scale(MAPS),
        image="köter.jpg",
    )
    pixels, text = opened(written(picture))
    table = colour_table("inferno")
    assert (pixels[0, 0] == table[round(147 / 195 * 255)]).all()  # channel 3 begins with 147
    assert text["channels"] == "3,0"
    assert (text["low"], text["high"]) == ("0.0", "195.0")
    assert text["image"] == "köter.jpg"


def test_tiles_that_are_large_enough_carry_their_channels_number() -> None:
    black = np.zeros((2, 4, 4), dtype=np.float32)
    shown = map_scale(black, "pinned", symmetric=False, pinned=ValueRange(0, 1))

    def tile(tile_px: int) -> NDArray[np.uint8]:
        picture = LayerPicture(
            layer="x", maps=black, channels=(1, 0), scale=shown, colormap="gray", tile_px=tile_px
        )
        return opened(written(picture))[0][:tile_px, :tile_px]

    assert tile(24).max() == 0
    numbered = tile(64)
    assert numbered.max() > 200
    assert numbered[:40].max() == 0  # at the bottom


def test_channels_on_their_own_scales_have_their_numbers_below() -> None:
    scale = map_scale(MAPS, "channel", symmetric=False)
    picture = LayerPicture(layer="conv1", maps=MAPS, channels=(0, 2), scale=scale)
    pixels, text = opened(written(picture))
    assert (text["low"], text["high"]) == ("0.0,98.0", "48.0,146.0")
    assert text["scale"] == "each channel"
    edge = 84  # 80 at least, in whole factors of 7
    below = pixels[edge : edge + 16, :edge]
    assert below.max() > 200


@pytest.mark.parametrize("colormap", sorted(DIVERGING))
def test_zero_is_neutral_in_a_diverging_picture(colormap: str) -> None:
    maps = np.array([[[0, 1], [-3, 0]]], dtype=np.float32)
    scale = map_scale(maps, "pinned", symmetric=True, pinned=ValueRange(-1, 7))
    picture = LayerPicture(layer="x", maps=maps, channels=(0,), scale=scale, colormap=colormap)
    pixels, text = opened(written(picture))
    assert (pixels[0, 0] == colour_table(colormap)[128]).all()
    assert (text["low"], text["high"]) == ("-7.0", "7.0")


def test_the_legend_has_room_for_all_it_says() -> None:
    name = "a_layer_with_a_very_long_name_" * 4
    narrow, wide = (
        opened(written(LayerPicture(layer=each, maps=MAPS, channels=(0,), scale=layer_scale(MAPS))))
        for each in ("conv1", name)
    )
    assert wide[0].shape[1] > narrow[0].shape[1] > 300
    # Between the words and the bar's first number nothing is drawn.
    legend = wide[0][-24:-12]
    empty = (legend == legend[0, 0]).all(axis=(0, 2))
    runs = "".join("." if column else "x" for column in empty).split("x")
    assert max(len(run) for run in runs) >= 20
