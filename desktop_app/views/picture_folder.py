"""Where a person keeps the picture on screen: what is saved first goes beside it."""

from desktop_app import paths
from desktop_app.state import LensState


def picture_folder(state: LensState) -> str:
    """The folder of the picture on screen; empty for a pasted one and for the program's samples."""
    path = None if state.shown is None else state.shown.image.path
    if path is None or path.is_relative_to(paths.samples()):
        return ""
    return str(path.parent)
