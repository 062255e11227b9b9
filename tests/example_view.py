"""A view file of a sample that ships with the program, for tests of the commands."""

from pathlib import Path

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
