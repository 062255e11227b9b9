"""Toolbar, notices, status line: the frame's small parts."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from desktop_app.core.records import LayerKind, Provider
from desktop_app.parts.survey import IndexProgress, Survey
from desktop_app.state import LensState, Progress, ShowReport
from desktop_app.transitions import add_notice
from desktop_app.views.actions import Actions
from desktop_app.views.icons import IconButton, IconName, pixmap
from desktop_app.views.labels import ElidedLabel
from desktop_app.views.main_menu import MainMenu
from desktop_app.views.notice_bar import NoticeBar
from desktop_app.views.notice_rows import TALLEST_PX
from desktop_app.views.status_line import StatusLine
from desktop_app.views.theme import DARK, LIGHT, apply_theme
from desktop_app.views.toolbar import Toolbar
from tests.gui.window_states import CPU, listing, model_of, notice, shown_state


@pytest.fixture
def toolbar(qtbot: QtBot) -> Toolbar:
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = Actions(window)
    bar = Toolbar(actions)
    bar.add_menus(MainMenu(actions, window))
    window.setCentralWidget(bar)
    window.resize(900, 60)
    window.show()
    bar.setProperty("window_kept", window)
    return bar


# --- toolbar -------------------------------------------------------------------------------------


def test_the_badge_says_what_runs_and_why(toolbar: Toolbar) -> None:
    toolbar.render(LensState(provider=CPU))
    assert (toolbar.provider.title, toolbar.provider.detail) == ("CPU", "no NVIDIA driver found")
    assert toolbar.provider.toolTip() == "Runs on CPU: no NVIDIA driver found"
    cuda = Provider(name="cuda", reason="it loaded", device="NVIDIA H200")
    toolbar.render(LensState(provider=cuda))
    assert (toolbar.provider.title, toolbar.provider.detail) == ("CUDA", "NVIDIA H200")


def test_the_model_is_named_with_its_classes_and_size(toolbar: Toolbar) -> None:
    toolbar.render(LensState(model=model_of()))
    assert (toolbar.model.title, toolbar.model.detail) == ("Pets", "5 classes · 64 × 64")
    toolbar.render(LensState(model=model_of(), loading_model="signs"))
    assert (toolbar.model.title, toolbar.model.detail) == ("signs", "loading…")


def test_a_model_is_chosen_from_the_menu(toolbar: Toolbar, qtbot: QtBot) -> None:
    toolbar.render(LensState(models=(listing("pets"), listing("signs")), model=model_of()))
    toolbar.model_menu.aboutToShow.emit()
    pets, signs = toolbar.model_menu.actions()[:2]
    assert pets.isChecked()
    assert not signs.isChecked()
    with qtbot.waitSignal(toolbar.model_chosen) as chosen:
        signs.trigger()
    assert chosen.args == [Path("/models/signs.onnx")]


def test_the_model_menu_names_models_as_the_button_does(toolbar: Toolbar) -> None:
    opened = model_of(name="mine")
    toolbar.render(LensState(models=(listing("pets"), listing("signs")), model=opened))
    toolbar.model_menu.aboutToShow.emit()
    offered = toolbar.model_menu.actions()[:3]
    titles = [action.text().split("  ·  ")[0] for action in offered]
    assert titles == ["Pets", "Signs", toolbar.model.title]
    assert [action.isChecked() for action in offered] == [False, False, True]


def test_a_provider_is_chosen_from_the_menu_which_says_what_runs(
    toolbar: Toolbar, qtbot: QtBot
) -> None:
    toolbar.render(LensState(provider=CPU, provider_choice="auto"))
    for _ in range(2):  # a menu opened again is filled again, not doubled
        toolbar.provider_menu.aboutToShow.emit()
    actions = [a for a in toolbar.provider_menu.actions() if not a.isSeparator()]
    assert [a.data() for a in actions] == [None, "auto", "cpu", "cuda", None]
    assert "no NVIDIA driver" in actions[0].text()
    assert [a.isChecked() for a in actions[1:4]] == [True, False, False]
    spy = QSignalSpy(toolbar.provider_chosen)
    actions[3].trigger()
    assert [spy.at(i) for i in range(spy.count())] == [["cuda"]]


def test_a_long_model_name_is_shortened_and_whole_in_the_tooltip(toolbar: Toolbar) -> None:
    long = replace(model_of(), title="A network with a very long title " * 5)
    toolbar.render(LensState(model=long))
    assert toolbar.model.width() <= 460
    assert toolbar.model.toolTip() == str(long.path)
    assert toolbar.model.title == long.title


def test_the_models_tooltip_tells_a_calibrated_model(toolbar: Toolbar) -> None:
    toolbar.render(LensState(model=replace(model_of(), temperature=1.314)))
    assert "calibrated: temperature 1.31" in toolbar.model.toolTip()


# --- notices -------------------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot) -> NoticeBar:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    return bar


def test_a_notice_says_what_why_and_what_to_do(bar: NoticeBar) -> None:
    bar.render(LensState(notices=(notice(7, "Cannot open <b>cat</b>.jpg"),)))
    assert bar.isVisible()
    (row,) = bar.rows()
    assert row.accessibleName() == (
        "Error: Cannot open <b>cat</b>.jpg. the file is empty. Save it again."
    )
    assert "&lt;b&gt;" in row.words.text()
    assert not row.isModal()


def test_a_notice_without_an_action_has_no_button(bar: NoticeBar) -> None:
    bar.render(LensState(notices=(notice(1),)))
    assert not bar.rows()[0].action_button.isVisible()


def test_what_a_notice_offers_is_an_intention_also_by_keyboard(
    bar: NoticeBar, qtbot: QtBot
) -> None:
    offered = ShowReport(Path("/log/crash.txt"))
    bar.render(LensState(notices=(replace(notice(1), action=offered),)))
    (row,) = bar.rows()
    assert row.action_button.text() == "Show report"
    with qtbot.waitSignal(bar.action_chosen) as chosen:
        qtbot.mouseClick(row.action_button, Qt.MouseButton.LeftButton)
    assert chosen.args == [offered]
    row.action_button.setFocus()
    with qtbot.waitSignal(bar.action_chosen):
        qtbot.keyClick(row.action_button, Qt.Key.Key_Space)
    assert row.action_button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_one_of_several_notices_is_shown_and_the_others_open_in_place(
    bar: NoticeBar, qtbot: QtBot
) -> None:
    bar.resize(900, 60)
    bar.render(LensState(notices=(notice(1),)))
    alone, more = bar.height(), bar.more
    assert more is not None
    assert not more.isVisible()
    bar.render(LensState(notices=tuple(notice(number) for number in range(1, 5))))
    assert [row.isVisible() for row in bar.rows()] == [True, False, False, False]
    assert bar.height() == alone
    assert more.more.text() == "+3 more"
    assert bar.rows()[0].geometry().right() < more.x()
    qtbot.mouseClick(more.more, Qt.MouseButton.LeftButton)
    assert all(row.isVisible() for row in bar.rows())
    assert bar.height() == TALLEST_PX
    assert more.more.text() == "Show one"
    more.more.setFocus()
    qtbot.keyClick(more.more, Qt.Key.Key_Space)
    assert bar.height() == alone
    assert more.more.focusPolicy() & more.close_all.focusPolicy() & Qt.FocusPolicy.TabFocus
    bar.render(LensState(notices=(notice(2),)))
    assert not more.isVisible()


def test_an_error_does_not_hide_behind_what_is_only_told(bar: NoticeBar) -> None:
    told = replace(notice(4), severity="information")
    warned = replace(notice(3), severity="warning")
    bar.render(LensState(notices=(notice(1), notice(2), warned, told)))
    assert [row.number for row in bar.rows()] == [2, 4, 3, 1]
    assert bar.rows()[0].isVisible()
    bar.render(LensState(notices=(warned, told)))
    assert [row.number for row in bar.rows()] == [3, 4]
    bar.render(LensState(notices=(warned, told, notice(5))))
    assert [row.isVisible() for row in bar.rows()] == [True, False, False]
    assert bar.rows()[0].number == 5


def test_all_notices_are_closed_at_once(bar: NoticeBar, qtbot: QtBot) -> None:
    state = LensState(notices=(notice(3), notice(8)))
    bar.render(state)
    assert bar.more is not None
    spy = QSignalSpy(bar.notice_dismissed)
    bar.more.close_all.setFocus()
    qtbot.keyClick(bar.more.close_all, Qt.Key.Key_Space)
    assert [spy.at(index) for index in range(spy.count())] == [[3], [8]]


def test_opened_notices_are_scrolled_and_do_not_push_the_window(bar: NoticeBar) -> None:
    bar.resize(900, 60)
    state = LensState()
    for number in range(9):
        state = add_notice(state, "error", f"Failure {number}", why="it is a test")
        bar.render(state)
    assert len(bar.rows()) == 9
    assert bar.more is not None
    bar.more.more.click()
    assert bar.height() == bar.maximumHeight() == TALLEST_PX
    bar.render(replace(state, notices=state.notices[:1]))
    assert 0 < bar.height() < TALLEST_PX / 2


def test_the_newest_is_on_top_and_closing_is_an_intention(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.render(LensState(notices=(notice(1), notice(2, "Cannot open dog.jpg"))))
    assert bar.more is not None
    bar.more.more.click()
    newest, older = bar.rows()
    assert newest.y() < older.y()
    with qtbot.waitSignal(bar.notice_dismissed) as dismissed:
        qtbot.mouseClick(newest.close_button, Qt.MouseButton.LeftButton)
    assert dismissed.args == [2]
    bar.render(LensState(notices=(notice(1),)))
    assert bar.rows() == (older,)
    assert older.isVisible()
    bar.render(LensState())
    assert not bar.isVisible()


# --- status line ---------------------------------------------------------------------------------


def test_the_status_line_names_model_provider_and_times(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.render(shown_state())
    assert line.what.text() == "Pets · CPU: no NVIDIA driver found"
    assert line.times.text() == (
        "decode 9.1 ms · preprocess 3.2 ms · run 41.8 ms · all layers 57 ms"
    )
    line.render(replace(shown_state(), progress=Progress(312, 10_000), loading_model="signs"))
    assert line.what.text().endswith("loading signs… · 312 of 10,000 images")
    line.render(LensState())
    assert line.times.text() == ""


def test_the_status_line_says_how_far_classifying_and_indexing_are(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    survey = Survey(images=112, progress=IndexProgress(112, 500))
    line.render(replace(shown_state(), progress=Progress(120, 500), survey=survey))
    assert line.what.text().endswith("· classified 120 of 500 · indexed 112")
    line.render(replace(shown_state(), survey=survey))
    assert line.what.text().endswith("· indexing 112 of 500")
    short = Survey(progress=IndexProgress(0, 1))  # over before it could be read
    line.render(replace(shown_state(), survey=short))
    assert "indexing" not in line.what.text()


# --- small parts ---------------------------------------------------------------------------------


def test_a_label_that_shortens_its_text_has_it_as_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("res3b_branch2b_relu and so on")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.grab()
    assert label.toolTip() == "res3b_branch2b_relu and so on"
    label.resize(600, 20)
    label.grab()
    assert label.toolTip() == ""


@pytest.mark.parametrize("name", get_args(IconName))
def test_every_icon_is_there_and_draws_something(name: IconName) -> None:
    picture = pixmap(name, DARK.text, scale=2.0)
    assert picture.devicePixelRatio() == 2.0
    image = picture.toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32))


def test_every_kind_of_layer_has_its_mark() -> None:
    assert {f"kind-{kind}" for kind in get_args(LayerKind)} <= set(get_args(IconName))


def test_icons_follow_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    button = IconButton("close", "Close")
    qtbot.addWidget(button)
    dark = button.icon().pixmap(16, 16).toImage()
    apply_theme(qapp, LIGHT)
    assert button.icon().pixmap(16, 16).toImage() != dark
    tinted = pixmap("close", DARK.accent).toImage().pixelColor(8, 8)
    assert tinted.name() == DARK.accent.name()


def test_what_was_done_is_said_for_a_moment(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.render(shown_state())
    usual = line.what.text()
    line.say("Copied")
    line.render(shown_state())  # what happens meanwhile does not interrupt
    assert line.what.text() == "Copied"
    qtbot.waitUntil(lambda: line.what.text() == usual)
