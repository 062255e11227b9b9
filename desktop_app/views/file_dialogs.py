"""The dialogs that ask for files. None of them blocks: what was chosen arrives as a signal."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

_EVERYTHING: Final = "All files (*)"
_MODELS: Final = "Models (*.onnx)"
_SIZE: Final = (840, 520)
"""Of Qt's own dialog: names and whole dates side by side. Native ones choose for themselves."""


def keep_dialog_settings_in(folder: Path) -> None:
    """Have Qt keep what its own file dialog remembers in ``folder``; before the first dialog.

    Else every desktop without a native dialog gets a ``QtProject.conf`` among the user's
    settings. Windows and macOS, whose dialogs are native, ignore it.
    """
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(folder))


class FileDialogs(QObject):
    """Opens a dialog at the folder of the last choice.

    Signals:
        chosen: The paths, a tuple of :class:`~pathlib.Path`.
        cuda_folder_chosen: The folder with CUDA's libraries, a :class:`~pathlib.Path`.
    """

    chosen = Signal(object)
    cuda_folder_chosen = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._folder = ""

    @Slot()
    def ask_for_files(self) -> QFileDialog:
        """Ask for pictures and models."""
        from desktop_app.core.decoding import readable_suffixes  # noqa: PLC0415 - the decoders

        patterns = " ".join(f"*{suffix}" for suffix in sorted(readable_suffixes()))
        filters = [f"Pictures and models ({patterns} *.onnx)", _MODELS, _EVERYTHING]
        return self._ask("Open", QFileDialog.FileMode.ExistingFiles, filters)

    @Slot()
    def ask_for_folder(self) -> QFileDialog:
        """Ask for a folder of pictures."""
        return self._ask("Open folder", QFileDialog.FileMode.Directory, [])

    @Slot()
    def ask_for_model(self) -> QFileDialog:
        """Ask for a model file."""
        return self._ask(
            "Open model file", QFileDialog.FileMode.ExistingFile, [_MODELS, _EVERYTHING]
        )

    @Slot()
    def ask_for_cuda_folder(self) -> QFileDialog:
        """Ask for the folder with CUDA's libraries."""
        dialog = self._shown("CUDA libraries folder", QFileDialog.FileMode.Directory, [])
        dialog.fileSelected.connect(self._on_cuda_folder)
        return dialog

    def _ask(self, title: str, mode: QFileDialog.FileMode, filters: list[str]) -> QFileDialog:
        dialog = self._shown(title, mode, filters)
        dialog.filesSelected.connect(self._on_selected)
        return dialog

    def _shown(self, title: str, mode: QFileDialog.FileMode, filters: list[str]) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if mode == QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if filters:
            dialog.setNameFilters(filters)
        dialog.resize(*_SIZE)
        dialog.open()
        return dialog

    @Slot(str)
    def _on_cuda_folder(self, name: str) -> None:
        if name:
            self.cuda_folder_chosen.emit(Path(name))

    @Slot("QStringList")
    def _on_selected(self, names: list[str]) -> None:
        paths = tuple(Path(name) for name in names)
        if paths:
            self._folder = str(paths[0].parent)
            self.chosen.emit(paths)
