"""The dialogs that ask for files. None of them blocks: what was chosen arrives as a signal."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

_EVERYTHING: Final = "All files (*)"
_MODELS: Final = "Models (*.onnx)"
_VIEWS: Final = "Views (*.lensview)"
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
        second_model_chosen: The file of a model to compare with, a :class:`~pathlib.Path`.
    """

    chosen = Signal(object)
    cuda_folder_chosen = Signal(object)
    second_model_chosen = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._folder = ""

    @Slot()
    def ask_for_files(self) -> QFileDialog:
        """Ask for pictures, models and views."""
        from desktop_app.core.decoding import readable_suffixes  # noqa: PLC0415 - the decoders

        patterns = " ".join(f"*{suffix}" for suffix in sorted(readable_suffixes()))
        everything = f"Pictures, models and views ({patterns} *.onnx *.lensview)"
        filters = [everything, _MODELS, _VIEWS, _EVERYTHING]
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
    def ask_for_view(self) -> QFileDialog:
        """Ask for a view file."""
        return self._ask("Open view", QFileDialog.FileMode.ExistingFile, [_VIEWS, _EVERYTHING])

    def ask_where(
        self, title: str, name: str, filters: Mapping[str, str], *, folder: str = ""
    ) -> QFileDialog:
        """Ask where to write a file; what is chosen is the dialog's ``fileSelected``.

        Args:
            title: Of the dialog.
            name: Suggested, without its ending.
            filters: What a person can choose → the ending that then belongs to the name; the
                first one is chosen to begin with.
            folder: Where to begin as long as no folder has been chosen.
        """
        dialog = self._made(title, QFileDialog.FileMode.AnyFile, list(filters), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        first = next(iter(filters.values()))
        dialog.setDefaultSuffix(first)
        dialog.filterSelected.connect(partial(_follow_filter, dialog, filters))
        dialog.selectFile(f"{name}.{first}")
        dialog.fileSelected.connect(self._remember_folder)
        dialog.open()
        return dialog

    @Slot()
    def ask_for_second_model(self) -> QFileDialog:
        """Ask for the file of a model to compare with."""
        mode, title = QFileDialog.FileMode.ExistingFile, "Compare with another model"
        dialog = self._shown(title, mode, [_MODELS, _EVERYTHING])
        dialog.fileSelected.connect(self._on_second_model)
        return dialog

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
        dialog = self._made(title, mode, filters)
        dialog.open()
        return dialog

    def _made(
        self, title: str, mode: QFileDialog.FileMode, filters: list[str], folder: str = ""
    ) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._folder or folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if mode == QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if filters:
            dialog.setNameFilters(filters)
        dialog.resize(*_SIZE)
        return dialog

    @Slot(str)
    def _remember_folder(self, name: str) -> None:
        self._folder = str(Path(name).parent)

    @Slot(str)
    def _on_cuda_folder(self, name: str) -> None:
        if name:
            self.cuda_folder_chosen.emit(Path(name))

    @Slot(str)
    def _on_second_model(self, name: str) -> None:
        if name:
            self._folder = str(Path(name).parent)
            self.second_model_chosen.emit(Path(name))

    @Slot("QStringList")
    def _on_selected(self, names: list[str]) -> None:
        paths = tuple(Path(name) for name in names)
        if paths:
            self._folder = str(paths[0].parent)
            self.chosen.emit(paths)


def _follow_filter(dialog: QFileDialog, filters: Mapping[str, str], chosen: str) -> None:
    """Give the name the ending of the format that was chosen."""
    suffix = filters.get(chosen)
    if suffix is None:
        return
    dialog.setDefaultSuffix(suffix)
    names = dialog.selectedFiles()
    if names and Path(names[0]).suffix.removeprefix(".") in filters.values():
        dialog.selectFile(Path(names[0]).with_suffix(f".{suffix}").name)
