"""The file of an open model, read once more: further views of a network are made of it.

A training may have exported to it meanwhile. Layers of the network that was opened, and evidence of
the one that has taken its place, must not stand side by side, so it is refused then.
"""

import onnx

from desktop_app.core.errors import ModelUnreadableError
from desktop_app.core.file_stamp import stamp_of
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.records import Model


def read_again(model: Model) -> onnx.ModelProto:
    """The parsed file, complete with all weights.

    Raises:
        ModelMissingError: It has gone.
        ModelUnreadableError: It cannot be read any more, or has changed since it was opened.
    """
    proto = read_onnx(model.path)
    refuse_another(model)  # afterwards: it may change while it is read
    return proto


def refuse_another(model: Model) -> None:
    """Check that the file is the one that was opened; a model without a stamp is not checked.

    Raises:
        ModelUnreadableError: It has changed, or has gone.
    """
    if model.stamp is not None and stamp_of(model.path) != model.stamp:
        raise ModelUnreadableError(
            f"cannot look into {model.path.name}",
            why="the file has changed since it was opened",
            remedy="Open the model again.",
        )
