"""Views for tests: a file for the commands, of a sample that ships, and a record."""

from pathlib import Path

from desktop_app.core.analysis import Analysis
from desktop_app.core.maps import layer_range
from desktop_app.core.view_file import (
    ImageReference,
    ModelReference,
    View,
    ViewScale,
    write_view,
)

SAMPLE = Path(__file__).resolve().parents[1] / "resources" / "samples" / "two-fingers.png"


def write_example(path: Path, *, model: str, image: Path = SAMPLE) -> Path:
    """Write a view of the sample's ``conv1``; the model is found by its name alone."""
    view = View(
        image=ImageReference(name=image.name, path=str(image)),
        model=ModelReference(name=model),
        layer="conv1",
        channel=3,
        scale=ViewScale(kind="layer", low=-1.0, high=1.0, legend="layer"),
    )
    write_view(path, view)
    return path


def view_of_channel(analysis: Analysis) -> View:
    """The second channel of an analysis's ``conv1``, on the layer's scale."""
    shown = layer_range(analysis.activations.values["conv1"])
    return View(
        image=ImageReference(name="pasted picture"),
        model=ModelReference(name="tiny"),
        layer="conv1",
        channel=1,
        scale=ViewScale(kind="layer", low=shown.low, high=shown.high, legend="layer"),
    )
