"""The methods that explain a class: their names, and what each shows, in plain words.

The names are a contract: the command line takes them, files carry them. Nothing here needs NumPy:
the window's commands are there before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from desktop_app.core.map_names import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodFacts:
    """What a person should know of a method.

    Attributes:
        title: Its usual name.
        shows: One sentence on what is seen, at whatever layer; which one it is stands beside it.
        paper: Who proposed it, and when.
        signed: Whether values below 0 speak against the class.
        at_layer: Whether it can be asked at any layer; the others explain the input, but CAM,
            which has one layer of its own.
        slow: Whether the network runs many times.
    """

    title: str
    shows: str
    paper: str
    signed: bool = False
    at_layer: bool = False
    slow: bool = False


METHODS: Final[Mapping[Method, MethodFacts]] = MappingProxyType(
    {
        "cam": MethodFacts(
            title="CAM",
            shows="What each place of the last maps adds to the class’s score, exactly.",
            paper="Zhou et al. 2016",
            signed=True,
        ),
        "gradcam": MethodFacts(
            title="Grad-CAM",
            shows="Where the channels that matter for the class are active.",
            paper="Selvaraju et al. 2017",
            at_layer=True,
        ),
        "gradcam++": MethodFacts(
            title="Grad-CAM++",
            shows="Like Grad-CAM, but small and repeated objects count as much as large ones.",
            paper="Chattopadhyay et al. 2018",
            at_layer=True,
        ),
        "layercam": MethodFacts(
            title="LayerCAM",
            shows="Where activity itself speaks for the class, place by place: fine in early "
            "layers too.",
            paper="Jiang et al. 2021",
            at_layer=True,
        ),
        "gradient": MethodFacts(
            title="Gradient",
            shows="Which pixels would change the score most if they changed a little.",
            paper="Simonyan et al. 2014",
        ),
        "smoothgrad": MethodFacts(
            title="SmoothGrad",
            shows="The gradient, averaged over noisy copies of the picture, so that chance fades.",
            paper="Smilkov et al. 2017",
            slow=True,
        ),
        "guided-backprop": MethodFacts(
            title="Guided backpropagation",
            shows="Fine edges that excite the network; they hardly depend on the class.",
            paper="Springenberg et al. 2015",
        ),
        "integrated-gradients": MethodFacts(
            title="Integrated gradients",
            shows="How the score’s difference to a black picture is shared out among the pixels.",
            paper="Sundararajan et al. 2017",
            signed=True,
            slow=True,
        ),
        "occlusion": MethodFacts(
            title="Occlusion",
            shows="How much score is lost when a grey square hides a place.",
            paper="Zeiler and Fergus 2014",
            signed=True,
            slow=True,
        ),
    }
)
"""In the order in which they are offered."""
