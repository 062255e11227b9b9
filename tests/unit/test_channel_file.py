"""Channels as numbers: what was computed, and the scale that it was shown on."""

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from desktop_app.core.channel_file import channels_npz
from desktop_app.core.layer_picture import LayerPicture
from desktop_app.core.map_names import Scale
from desktop_app.core.map_scales import map_scale

MAPS = np.arange(3 * 2 * 2, dtype=np.float32).reshape(3, 2, 2)


@pytest.mark.parametrize(
    ("wanted", "low", "high", "legend"),
    [("layer", [0, 0], [11, 11], "layer"), ("channel", [8, 0], [11, 3], "each channel")],
)
def test_maps_and_their_scale_are_read_back(
    wanted: Scale, low: list[float], high: list[float], legend: str
) -> None:
    scale = map_scale(MAPS, wanted, symmetric=False)
    picture = LayerPicture(
        layer="conv1", maps=MAPS, channels=(2, 0), scale=scale, model="signs", image="köter.jpg"
    )
    stored = channels_npz(picture)
    with np.load(io.BytesIO(stored), allow_pickle=False) as file:
        found = {name: file[name] for name in file.files}
    assert_array_equal(found["maps"], MAPS[[2, 0]])
    assert found["maps"].dtype == np.float32
    assert_array_equal(found["channels"], [2, 0])
    assert_array_equal(found["low"], low)
    assert_array_equal(found["high"], high)
    texts = {name: str(found[name]) for name in ("layer", "model", "image", "scale")}
    assert texts == {"layer": "conv1", "model": "signs", "image": "köter.jpg", "scale": legend}
