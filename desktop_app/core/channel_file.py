"""Channels of a layer as numbers in a file, with the scale that they were shown on."""

import io
from collections.abc import Sequence

import numpy as np

from desktop_app.core.map_scales import MapScale
from desktop_app.core.records import Tensor


def channels_npz(
    maps: Tensor,
    channels: Sequence[int],
    scale: MapScale,
    *,
    layer: str,
    model: str,
    image: str,
) -> bytes:
    """Some channels in NumPy's own format.

    The arrays, for N channels:

    - ``maps``: float32 (N, H, W), the values as the network computed them.
    - ``channels``: int64 (N,), their numbers in the layer.
    - ``low``, ``high``: float64 (N,), the values that the first and the last colour stood for.
    - ``layer``, ``model``, ``image``, ``scale``: texts without an axis; ``scale`` as in the legend.

    Args:
        maps: float32 (C, H, W), all channels of the layer.
        channels: Those to be stored, in order.
        scale: What they were shown on.
        layer: Its name.
        model: Its name.
        image: Its name.
    """
    shown = maps[list(channels)]
    ranges = np.broadcast_to(scale.ranges(shown), (len(shown), 2))
    file = io.BytesIO()
    np.savez_compressed(
        file,
        maps=shown,
        channels=np.asarray(channels, dtype=np.int64),
        low=ranges[:, 0],
        high=ranges[:, 1],
        layer=np.array(layer),
        model=np.array(model),
        image=np.array(image),
        scale=np.array(scale.legend),
    )
    return file.getvalue()
