"""The provider badge: silent without a GPU, brief about one that stands unused, with the remedy."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QFileDialog, QWidgetAction
from pytestqt.qtbot import QtBot

from desktop_app.core.records import Provider, Remedy
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from desktop_app.views.provider_menu import ProviderMenu
from desktop_app.views.toolbar import Toolbar
from tests.gui.window_states import CPU

REMEDY = Remedy(what="Install NVIDIA's CUDA 13 and cuDNN 9 libraries", command="pip install 'it'")
UNUSED = Provider(
    name="cpu", reason="a GPU is there, but cuDNN is not", gpu_unused=True, remedy=REMEDY
)
QUIET = Provider(
    name="cpu", reason="no NVIDIA driver found", remedy=Remedy(what="Install a driver", command="x")
)


@pytest.fixture
def toolbar(window: MainWindow) -> Toolbar:
    return window.toolbar


def opened(toolbar: Toolbar, state: LensState) -> list[QAction]:
    toolbar.render(state)
    menu: ProviderMenu = toolbar.provider_menu
    menu.aboutToShow.emit()
    return [action for action in menu.actions() if not action.isSeparator()]


def texts(actions: list[QAction]) -> list[str]:
    return [action.text() for action in actions]


def test_an_unused_gpu_is_said_with_a_sign_and_its_remedy(toolbar: Toolbar) -> None:
    toolbar.render(LensState(provider=replace(UNUSED, gpu_unused=False)))
    narrow = toolbar.provider.sizeHint().width()
    toolbar.render(LensState(provider=UNUSED))
    badge = toolbar.provider
    assert (badge.title, badge.detail) == ("CPU", "a GPU is there, but cuDNN is not")
    assert badge.warns
    assert REMEDY.what in badge.toolTip()
    assert REMEDY.what in badge.accessibleDescription()
    assert badge.sizeHint().width() > narrow


def test_what_is_spoken_of_the_badge_follows_its_tip(toolbar: Toolbar) -> None:
    toolbar.render(LensState(provider=UNUSED))
    other = replace(REMEDY, what="Install something else")
    toolbar.render(LensState(provider=replace(UNUSED, remedy=other)))
    assert other.what in toolbar.provider.accessibleDescription()


@pytest.mark.parametrize("provider", [CPU, QUIET, Provider(name="cuda", reason="asked for")])
def test_a_machine_without_an_unused_gpu_does_not_shout(
    toolbar: Toolbar, provider: Provider
) -> None:
    actions = opened(toolbar, LensState(provider=provider))
    assert not toolbar.provider.warns
    assert "Install" not in toolbar.provider.toolTip()
    assert "Copy the command" not in texts(actions)
    assert len(actions) == 5


def test_the_sign_goes_when_the_gpu_runs(toolbar: Toolbar) -> None:
    toolbar.render(LensState(provider=UNUSED))
    toolbar.render(LensState(provider=Provider(name="cuda", reason="found", device="NVIDIA H200")))
    assert not toolbar.provider.warns
    assert toolbar.provider.detail == "NVIDIA H200"


def test_the_menu_gives_the_command(window: MainWindow, toolbar: Toolbar) -> None:
    actions = opened(toolbar, LensState(provider=UNUSED))
    advice = next(action for action in actions if isinstance(action, QWidgetAction))
    assert advice.text() == f"{REMEDY.what}."
    assert not advice.isEnabled()
    label = advice.defaultWidget()
    assert label.height() >= label.heightForWidth(label.width())
    copy = next(action for action in actions if action.text() == "Copy the command")
    assert copy.toolTip() == REMEDY.command
    copy.trigger()
    assert QGuiApplication.clipboard().text() == REMEDY.command
    assert window.status.what.text() == "Copied"


def test_a_remedy_without_a_command_offers_none(toolbar: Toolbar) -> None:
    old = Provider(
        name="cpu", reason="old driver", gpu_unused=True, remedy=Remedy(what="Update the driver")
    )
    actions = opened(toolbar, LensState(provider=old))
    assert "Update the driver." in texts(actions)
    assert "Copy the command" not in texts(actions)
    assert "command" not in toolbar.provider.toolTip()


def test_a_folder_is_chosen_without_blocking(window: MainWindow, qtbot: QtBot) -> None:
    actions = opened(window.toolbar, LensState(provider=UNUSED))
    next(action for action in actions if action.text() == "CUDA libraries folder…").trigger()
    (dialog,) = window.findChildren(QFileDialog)
    pictures = QSignalSpy(window.paths_opened)
    with qtbot.waitSignal(window.cuda_folder_chosen) as chosen:
        dialog.fileSelected.emit("/opt/cuda")
    assert chosen.args == [Path("/opt/cuda")]
    assert pictures.count() == 0
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_a_chosen_folder_can_be_forgotten(window: MainWindow, qtbot: QtBot) -> None:
    folder = Path("/opt/nvidia & co")
    actions = opened(window.toolbar, LensState(provider=UNUSED, cuda_folder=folder))
    assert actions[-1].text() == "Forget /opt/nvidia && co"
    assert actions[-1].toolTip() == str(folder)
    with qtbot.waitSignal(window.cuda_folder_chosen) as chosen:
        actions[-1].trigger()
    assert chosen.args == [None]
