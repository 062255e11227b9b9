"""The commands that hand on what is seen: each asks where to, and says so as a signal."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from desktop_app.state import LensState
from desktop_app.views.actions import Actions
from desktop_app.views.file_dialogs import FileDialogs
from desktop_app.views.picture_folder import picture_folder

_VIEW: Final = {"View (*.lensview)": "lensview"}
_PICTURE: Final = {"PNG picture (*.png)": "png"}
_PAGE: Final = {"HTML page (*.html)": "html"}
_TABLE: Final = {"CSV table (*.csv)": "csv", "JSON (*.json)": "json"}


class SharingCommands(QObject):
    """Enables the commands when there is something to save, and asks for its place.

    Signals:
        view_placed: Where to write a view file, a :class:`~pathlib.Path`; so are the others.
        picture_placed: Where to write the picture of the view.
        report_placed: Where to write the page of the analysis.
        predictions_placed: Where to write the table of all images; its ending says the format.
    """

    view_placed = Signal(object)
    picture_placed = Signal(object)
    report_placed = Signal(object)
    predictions_placed = Signal(object)

    def __init__(self, actions: Actions, dialogs: FileDialogs) -> None:
        super().__init__(actions)
        self._actions = actions
        self._dialogs = dialogs
        self._state = LensState()
        self._name = ""
        actions.save_view.triggered.connect(self._save_view)
        actions.open_view.triggered.connect(dialogs.ask_for_view)
        actions.save_picture.triggered.connect(self._save_picture)
        actions.export_report.triggered.connect(self._export_report)
        actions.export_predictions.triggered.connect(self._export_predictions)

    def follow(self, state: LensState) -> None:
        """Take a new snapshot: what can be saved, and what it would be called."""
        self._state = state
        actions, shown = self._actions, state.shown
        whole = shown is not None and None not in (shown.classification, shown.activations)
        for action in (actions.save_view, actions.save_picture, actions.export_report):
            action.setEnabled(whole)
        actions.export_predictions.setEnabled(bool(state.entries) and state.model is not None)
        self._name = "view" if shown is None else Path(shown.image.name).stem or "view"

    @Slot()
    def _save_view(self) -> None:
        self._ask("Save view", self._name, _VIEW, self.view_placed)

    @Slot()
    def _save_picture(self) -> None:
        self._ask("Save picture of the view", f"{self._name} view", _PICTURE, self.picture_placed)

    @Slot()
    def _export_report(self) -> None:
        self._ask("Export report", f"{self._name} report", _PAGE, self.report_placed)

    @Slot()
    def _export_predictions(self) -> None:
        self._ask("Export predictions", "predictions", _TABLE, self.predictions_placed)

    def _ask(
        self, title: str, name: str, filters: Mapping[str, str], placed: SignalInstance
    ) -> None:
        folder = picture_folder(self._state)
        dialog = self._dialogs.ask_where(title, name, filters, folder=folder)
        dialog.fileSelected.connect(partial(_place, placed))


def _place(placed: SignalInstance, chosen: str) -> None:
    placed.emit(Path(chosen))
