"""Where the dialogs that save begin: beside the picture on screen, then where one saved last."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from desktop_app import paths
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from desktop_app.views.picture_folder import picture_folder
from tests.gui.window_states import shown_state


def state_with(path: Path | None) -> LensState:
    state = shown_state()
    assert state.shown is not None
    return replace(state, shown=replace(state.shown, image=replace(state.shown.image, path=path)))


def folder_asked_for(window: MainWindow, action: QAction, chosen: Path) -> Path:
    """Where the command's dialog begins; then ``chosen`` is what it is told."""
    action.trigger()
    dialog = window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    begun = Path(dialog.directory().absolutePath())
    dialog.setParent(None)  # found no more; it goes when it is closed
    dialog.fileSelected.emit(str(chosen))
    dialog.close()
    return begun


@pytest.mark.parametrize("command", ["report", "channels"])
def test_saving_begins_beside_the_picture_and_goes_on_where_one_saved(
    window: MainWindow, command: str, tmp_path: Path
) -> None:
    photos, results = tmp_path / "photos", tmp_path / "results"
    photos.mkdir()
    results.mkdir()
    commands = window.commands
    action = commands.grid.save if command == "channels" else commands.export_report
    window.render(state_with(photos / "dog.jpg"))
    assert folder_asked_for(window, action, results / "one.png") == photos
    assert folder_asked_for(window, action, results / "two.png") == results


@pytest.mark.parametrize("path", [None, paths.samples() / "dog.jpg"])
def test_what_is_not_in_a_folder_of_ones_own_has_none(path: Path | None) -> None:
    assert picture_folder(state_with(path)) == ""
    assert picture_folder(LensState()) == ""
