"""Channels of a layer as numbers in a file, with the scale that they were shown on."""

import io

import numpy as np

from desktop_app.core.layer_picture import LayerPicture


def channels_npz(picture: LayerPicture) -> bytes:
    """Some channels of a layer in NumPy's own format.

    The arrays, for N channels:

    - ``maps``: float32 (N, H, W), the values as the network computed them.
    - ``channels``: int64 (N,), their numbers in the layer.
    - ``low``, ``high``: float64 (N,), the values that the first and the last colour stood for.
    - ``layer``, ``model``, ``image``, ``scale``: texts without an axis; ``scale`` as in the legend.
    """
    shown = picture.maps[list(picture.channels)]
    ranges = np.broadcast_to(picture.scale.ranges(shown), (len(shown), 2))
    file = io.BytesIO()
    np.savez_compressed(
        file,
        maps=shown,
        channels=np.asarray(picture.channels, dtype=np.int64),
        low=ranges[:, 0],
        high=ranges[:, 1],
        layer=np.array(picture.layer),
        model=np.array(picture.model),
        image=np.array(picture.image),
        scale=np.array(picture.scale.legend),
    )
    return file.getvalue()
