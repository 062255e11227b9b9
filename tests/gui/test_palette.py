"""The command palette and how it ranks."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.views.matching import score
from desktop_app.views.palette import Palette
from desktop_app.views.palette_rows import FIND_ROLE
from tests.gui.window_states import foreign_layers, residual_layers


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    QVBoxLayout(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window


@pytest.fixture
def palette(window: QWidget) -> Palette:
    palette = Palette(window)
    open_file, quit_program, hidden = (
        QAction("Open…", window, shortcut="Ctrl+O"),
        QAction("Quit", window),
        QAction("Cancel the folder run", window, enabled=False),
    )
    palette.open_with(residual_layers(), [open_file, quit_program, hidden])
    return palette


def found(palette: Palette) -> list[str]:
    rows = palette.rows
    return [rows.index(row).data(FIND_ROLE).text for row in range(rows.rowCount())]


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("res2", "res2a", "bn_res2"),
        ("relu", "conv1 relu", "prelude"),
        ("3b2b", "res3b_branch2b", "res3b_branch2a"),
        ("folder open", "Open folder…", "Open…"),
        ("OPEN", "Open…", "Reopen"),
    ],
)
def test_what_fits_better_comes_first(query: str, better: str, worse: str) -> None:
    best, second = score(query, better), score(query, worse)
    assert best is not None
    assert second is None or best < second


def test_commands_come_first_and_only_those_that_can_be_done(palette: Palette) -> None:
    assert found(palette)[:3] == ["Open…", "Quit", "conv1"]
    assert len(found(palette)) == 2 + len(residual_layers())


def test_a_command_that_cannot_be_given_now_is_found_and_says_so(
    palette: Palette, qtbot: QtBot
) -> None:
    qtbot.keyClicks(palette.field, "cancel the")
    assert found(palette) == ["Cancel the folder run"]
    row = palette.rows.index(0)
    triggered = QSignalSpy(row.data(FIND_ROLE).target.triggered)
    assert row.data() == "Cancel the folder run, not available now"
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    place = palette.view.visualRect(row).center()
    qtbot.mouseClick(palette.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert triggered.count() == 0
    assert palette.isVisible()


def test_what_can_be_done_comes_before_what_cannot(
    palette: Palette, window: QWidget, qtbot: QtBot
) -> None:
    names = [("Export report…", False), ("Export predictions…", True), ("Cut", False)]
    palette.open_with((), [QAction(name, window, enabled=can) for name, can in names])
    qtbot.keyClicks(palette.field, "export")
    assert found(palette) == ["Export predictions…", "Export report…"]
    qtbot.keyClicks(palette.field, " report")
    assert found(palette) == ["Export report…"]


def test_typing_finds_layers_by_name_and_by_place(palette: Palette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "2b relu")
    assert found(palette)[0] == "res2b_relu"
    palette.field.clear()
    qtbot.keyClicks(palette.field, "shortcut conv")
    assert found(palette) == ["res2a_branch1"]


def test_a_whole_name_comes_before_what_begins_so(palette: Palette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "Res2a ")
    with qtbot.waitSignal(palette.layer_chosen) as chosen:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert chosen.args == ["res2a"]


def test_enter_opens_the_layer_that_the_arrows_went_to(palette: Palette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "res2a")
    wanted = found(palette)[1]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.layer_chosen) as chosen:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert chosen.args == [wanted]
    assert not palette.isVisible()


def test_a_click_triggers_a_command(palette: Palette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "quit")
    action = palette.rows.index(0).data(FIND_ROLE).target
    spy = QSignalSpy(action.triggered)
    place = palette.view.visualRect(palette.rows.index(0)).center()
    qtbot.mouseClick(palette.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert spy.count() == 1
    assert not palette.isVisible()


def test_escape_and_leaving_put_it_away(palette: Palette, window: QWidget, qtbot: QtBot) -> None:
    assert palette.field.hasFocus()
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    palette.open_with((), [])
    window.setFocus()
    assert not palette.isVisible()


def test_nothing_found_is_said_and_enter_is_harmless(palette: Palette, qtbot: QtBot) -> None:
    spy = QSignalSpy(palette.layer_chosen)
    qtbot.keyClicks(palette.field, "zzzz")
    assert palette._nothing.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert spy.count() == 0


def test_it_stays_inside_a_small_window(palette: Palette, window: QWidget) -> None:
    palette.hide()
    window.resize(400, 500)
    palette.open_with(foreign_layers(1000), [])
    assert window.rect().contains(palette.geometry())
