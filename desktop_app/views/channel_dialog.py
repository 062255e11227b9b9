"""The dialog that asks where channels are to be saved, and as what."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_app.core.layer_picture import LayerPicture

_PICTURE: Final = "Picture (*.png)"
_NUMBERS: Final = "Numbers for NumPy (*.npz)"
_SUFFIXES: Final = {_PICTURE: "png", _NUMBERS: "npz"}
_SIZE: Final = (840, 520)


class ChannelDialog(QFileDialog):
    """Does not block: what was chosen arrives as a signal.

    Signals:
        path_chosen: A :class:`~pathlib.Path` that ends in .png or .npz.
    """

    path_chosen = Signal(object)

    def __init__(self, picture: LayerPicture, folder: str, window: QWidget) -> None:
        """Propose a name from layer and channels, in ``folder``."""
        super().__init__(window, "Save channels", folder)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilters(list(_SUFFIXES))
        self.setDefaultSuffix("png")
        self.selectFile(f"{proposed_stem(picture)}.png")
        self.filterSelected.connect(self._on_filter)
        self.fileSelected.connect(self._on_selected)
        self.resize(*_SIZE)

    @Slot(str)
    def _on_filter(self, name: str) -> None:
        """Give the name the suffix of what it will hold."""
        suffix = _SUFFIXES.get(name, "png")
        self.setDefaultSuffix(suffix)
        if chosen := self.selectedFiles():
            path = Path(chosen[0])
            if path.suffix.lower() in {".png", ".npz"}:
                self.selectFile(path.with_suffix(f".{suffix}").name)

    @Slot(str)
    def _on_selected(self, name: str) -> None:
        if name:
            self.path_chosen.emit(Path(name))


def proposed_stem(picture: LayerPicture) -> str:
    """A file's name for some channels: "res2a_relu-44", "res2a_relu-5-channels"."""
    plain = "".join(c if c.isalnum() or c in "._-" else "_" for c in picture.layer)[:60]
    if len(picture.channels) == 1:
        return f"{plain}-{picture.channels[0]}"
    if len(picture.channels) == len(picture.maps):
        return plain
    return f"{plain}-{len(picture.channels)}-channels"
