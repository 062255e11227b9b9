"""The words for how maps are shown: in which colours, on which scale, in which order, why a class.

Without NumPy: the settings are read before the window's first picture.
"""

from typing import Literal

Colormap = Literal[
    "inferno",
    "magma",
    "viridis",
    "cividis",
    "gray",
    "crameri:berlin",
    "crameri:vik",
    "crameri:berlin_r",
    "crameri:vik_r",
]
"""The tables that maps are drawn in, as the ``cmap`` library calls them."""

Scale = Literal["layer", "channel", "images", "pinned"]
"""``layer``: one range for all channels, maps are comparable. ``channel``: each its own.
``images``: the layer's range over all loaded images. ``pinned``: two numbers that the user gave,
for every layer and image."""

Criterion = Literal["number", "mean", "maximum", "zeros", "variance", "similarity", "evidence"]
"""What channels are sorted by: ``similarity`` to one channel, ``evidence`` for the chosen class."""

Method = Literal[
    "cam",
    "gradcam",
    "gradcam++",
    "layercam",
    "gradient",
    "smoothgrad",
    "guided-backprop",
    "integrated-gradients",
    "occlusion",
]
"""How a class is explained; see :data:`~desktop_app.core.attribution.methods.METHODS`."""
