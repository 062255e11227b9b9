"""The image list: rows, choice, thumbnails, the folder run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.core.records import FileSource, PixelsSource
from desktop_app.state import ImageEntry, LensState, Progress
from desktop_app.views.image_list import ImageList
from desktop_app.views.image_rows import (
    THUMBNAILS_KEPT,
    ImageRows,
    detail,
    headline,
    tip,
)
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import DARK
from tests.gui.window_states import entries_of, failed, ready, shown_state

GREY = np.full((40, 40, 3), 128, np.uint8)


@pytest.fixture
def images(qtbot: QtBot) -> ImageList:
    panel = ImageList()
    qtbot.addWidget(panel)
    panel.resize(220, 400)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    return panel


def chosen(count: int, number: int | None = 1) -> LensState:
    return LensState(entries=entries_of(count), pending=number)


# --- what a row says ----------------------------------------------------------------------------


def test_a_row_says_its_top_1_with_two_figures() -> None:
    entry = ready(entries_of(1)[0], "golden retriever", 0.7126)
    assert headline(entry) == "golden retriever"
    assert detail(entry) == ".71 · IMG_00001.jpg"


@pytest.mark.parametrize(
    ("probability", "said"),
    [(1.0, "1.00"), (0.9996, "1.00"), (0.9994, ".99"), (0.996, ".99"), (0.04, ".04"), (0.0, ".00")],
)
def test_certainty_is_said_only_where_it_is(probability: float, said: str) -> None:
    assert detail(ready(entries_of(1)[0], "x", probability)).split(" ")[0] == said


def test_a_failed_row_tells_why_and_a_stopped_one_what_to_do() -> None:
    entry = entries_of(1)[0]
    assert "the file is empty" in tip(failed(entry, "cannot open it: the file is empty"))
    assert "Click to classify" in tip(replace(entry, status="stopped"))
    assert str(Path("/photos/IMG_00001.jpg")) in tip(entry)
    assert tip(ImageEntry(1, PixelsSource("pasted picture", GREY))) == "pasted picture"


# --- rows follow the snapshot --------------------------------------------------------------------


def test_only_changed_rows_are_announced(qtbot: QtBot) -> None:
    rows = ImageRows()
    before = entries_of(1000)
    rows.show_entries(before)
    spy = QSignalSpy(rows.dataChanged)
    after = (*before[:500], ready(before[500], "cat", 0.5), *before[501:])
    rows.show_entries(after)
    assert spy.count() == 1
    assert [spy.at(0)[0].row(), spy.at(0)[1].row()] == [500, 500]
    rows.show_entries(after)
    assert spy.count() == 1


def test_added_and_removed_rows_do_not_reset_the_list(qtbot: QtBot) -> None:
    rows = ImageRows()
    entries = entries_of(50)
    resets, added, removed = (
        QSignalSpy(rows.modelReset),
        QSignalSpy(rows.rowsInserted),
        QSignalSpy(rows.rowsRemoved),
    )
    rows.show_entries(entries[:20])
    rows.show_entries(entries)
    rows.show_entries((*entries[:7], *entries[8:]))
    rows.show_entries(())
    assert resets.count() == 0
    assert added.count() == 2
    assert [removed.at(0)[1:], removed.at(1)[1:]] == [[7, 7], [0, 48]]
    assert rows.rowCount() == 0


def test_another_list_altogether_is_taken_over(qtbot: QtBot) -> None:
    rows = ImageRows()
    rows.show_entries(entries_of(5))
    rows.show_entries(entries_of(3, first=100))
    assert [rows.entry(row).number for row in range(rows.rowCount())] == [100, 101, 102]
    assert rows.row(101) == 1
    assert rows.row(3) is None


def test_bitmaps_in_rows_are_never_compared_by_value(qtbot: QtBot) -> None:
    """Two arrays with == would raise: removal must go by identity."""
    rows = ImageRows()
    entries = tuple(ImageEntry(n, PixelsSource("pasted", GREY.copy())) for n in (1, 2, 3))
    rows.show_entries(entries)
    rows.show_entries((entries[0], ImageEntry(3, PixelsSource("pasted", GREY.copy()))))
    assert rows.rowCount() == 2


def test_thumbnails_of_long_ago_are_let_go(qtbot: QtBot) -> None:
    rows = ImageRows()
    rows.show_entries(entries_of(THUMBNAILS_KEPT + 10))
    for number in range(1, THUMBNAILS_KEPT + 11):
        rows.set_thumbnail(number, GREY)
    # The first ten have gone and may be asked for again.
    assert rows.ask_for_missing(0, 20) == tuple(range(1, 11))
    assert rows.ask_for_missing(0, 20) == ()


# --- the panel -----------------------------------------------------------------------------------


def test_ten_thousand_rows_are_shown_and_the_chosen_one_is_in_view(images: ImageList) -> None:
    images.render(chosen(10_000, 9_000))
    assert images.view.currentIndex().row() == 8_999
    visible = images.view.visualRect(images.view.currentIndex())
    assert images.view.viewport().rect().intersects(visible)
    assert images._heading.text() == "10,000 images"
    assert not images.failed.isVisible()


def test_a_click_chooses_and_rendering_does_not(images: ImageList, qtbot: QtBot) -> None:
    spy = QSignalSpy(images.image_chosen)
    images.render(chosen(5))
    images.render(chosen(5, 3))
    assert spy.count() == 0
    place = images.view.visualRect(images.rows.index(1)).center()
    qtbot.mouseClick(images.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert spy.at(0) == [2]


def test_a_row_taken_away_chooses_no_other(images: ImageList) -> None:
    state = chosen(5, 3)
    images.render(state)
    spy = QSignalSpy(images.image_chosen)
    left = tuple(entry for entry in state.entries if entry.number != 3)
    images.render(LensState(entries=left))
    assert spy.count() == 0


def test_the_arrow_keys_choose(images: ImageList, qtbot: QtBot) -> None:
    images.render(chosen(5))
    spy = QSignalSpy(images.image_chosen)
    qtbot.keyClick(images.view, Qt.Key.Key_Down)
    assert spy.at(0) == [2]


def test_delete_removes_the_chosen_row(images: ImageList, qtbot: QtBot) -> None:
    images.render(chosen(5, 4))
    with qtbot.waitSignal(images.image_removed) as removed:
        qtbot.keyClick(images.view, Qt.Key.Key_Delete)
    assert removed.args == [4]


def test_the_context_menu_removes_and_copies_the_path(images: ImageList, qtbot: QtBot) -> None:
    images.render(chosen(5))
    menu = images.open_menu_for(2)
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy path"].trigger()
    assert QGuiApplication.clipboard().text() == str(Path("/photos/IMG_00003.jpg"))
    with qtbot.waitSignal(images.image_removed) as removed:
        actions["Remove"].trigger()
    assert removed.args == [3]
    with qtbot.waitSignal(images.images_cleared):
        actions["Remove all"].trigger()
    menu.deleteLater()


def test_thumbnails_are_asked_for_only_in_view_and_only_once(
    images: ImageList, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(images.thumbnails_wanted) as first:
        images.render(chosen(10_000))
    (numbers,) = first.args
    assert numbers[0] == 1
    assert len(numbers) < 30
    with qtbot.waitSignal(images.thumbnails_wanted) as later:
        images.view.scrollToBottom()
    (more,) = later.args
    assert more[-1] == 10_000
    assert not set(more) & set(numbers)


def test_a_thumbnail_is_drawn(images: ImageList) -> None:
    images.render(chosen(3, None))
    red = np.zeros((40, 40, 3), np.uint8)
    red[..., 0] = 255
    images.set_thumbnail(2, red)
    box = images.view.visualRect(images.rows.index(1))
    picture = images.view.viewport().grab().toImage()
    seen = picture.pixelColor(box.topLeft() + QPoint(30, 25))
    assert (seen.red(), seen.green(), seen.blue()) == (255, 0, 0)


def test_the_run_shows_how_far_it_is_and_can_be_cancelled(images: ImageList, qtbot: QtBot) -> None:
    images.render(replace(chosen(3), progress=Progress(312, 10_000, 2)))
    assert images._run.words.text() == "312 of 10,000 · 2 failed"
    assert images._run.bar.value() == 312
    with qtbot.waitSignal(images.cancel_requested):
        qtbot.mouseClick(images._run.cancel, Qt.MouseButton.LeftButton)
    images.render(chosen(3))
    assert not images._run.isVisible()


def right_click(images: ImageList, row: int, qtbot: QtBot) -> QMenu:
    """Press and release the right button on a row, as a desktop does; the menu that opens."""
    viewport, place = (
        images.view.viewport(),
        images.view.visualRect(images.rows.index(row)).center(),
    )
    qtbot.mousePress(viewport, Qt.MouseButton.RightButton, pos=place)
    where = viewport.mapToGlobal(place)
    asks = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, where)
    QGuiApplication.sendEvent(viewport, asks)
    qtbot.mouseRelease(viewport, Qt.MouseButton.RightButton, pos=place)
    menus = images.findChildren(QMenu)
    assert len(menus) == 1
    return menus[0]


def test_a_right_click_opens_no_picture_and_compares_the_row_with_the_one_on_screen(
    images: ImageList, qtbot: QtBot
) -> None:
    images.render(shown_state(count=3))
    opened = QSignalSpy(images.image_chosen)
    menu = right_click(images, 2, qtbot)
    assert opened.count() == 0
    assert images.view.currentIndex().row() == 0
    compare = menu.actions()[0]
    assert compare.isEnabled()
    with qtbot.waitSignal(images.comparison_wanted) as wanted:
        compare.trigger()
    assert wanted.args == [3]
    menu.close()


def test_the_key_for_removing_stands_in_the_menu_of_the_row_that_it_removes(
    images: ImageList,
) -> None:
    images.render(shown_state(count=3))
    for row, has_key in ((0, True), (2, False)):
        menu = images.open_menu_for(row)
        (remove,) = (action for action in menu.actions() if action.text() == "Remove")
        assert remove.shortcut().isEmpty() is not has_key
        menu.deleteLater()


def test_the_row_of_an_open_menu_is_marked(images: ImageList, qtbot: QtBot) -> None:
    images.render(shown_state(count=3))
    row = images.view.visualRect(images.rows.index(2))
    at = row.right() - 3, row.top() + 3
    menu = right_click(images, 2, qtbot)
    assert images.view.viewport().grab().toImage().pixelColor(*at) == DARK.hover
    menu.close()
    images.view.end_pointing()
    assert images.view.viewport().grab().toImage().pixelColor(*at) != DARK.hover


def test_an_empty_list_says_what_to_do(images: ImageList) -> None:
    images.render(LensState())
    assert images._empty.isVisible()
    images.render(chosen(1))
    assert not images._empty.isVisible()
    assert images.view.currentIndex() != QModelIndex()


def test_a_file_source_is_a_path_and_nothing_else_has_one(images: ImageList) -> None:
    source = PixelsSource("pasted picture", GREY)
    images.render(LensState(entries=(ImageEntry(1, source), *entries_of(1, first=2))))
    texts = [[action.text() for action in images.open_menu_for(row).actions()] for row in (0, 1)]
    assert "Copy path" not in texts[0]
    assert "Copy path" in texts[1]
    assert isinstance(images.rows.entry(1).source, FileSource)


def with_failures(count: int, *numbers: int) -> LensState:
    state = chosen(count, 1)
    entries = tuple(
        failed(entry, "It is cut off.") if entry.number in numbers else entry
        for entry in state.entries
    )
    return replace(state, entries=entries)


def middle_of(images: ImageList, row: int) -> int:
    return int(images.view.visualRect(images.rows.index(row)).center().y())


def test_the_heading_counts_what_failed_and_a_click_shows_one_after_the_other(
    images: ImageList, qtbot: QtBot
) -> None:
    images.render(with_failures(200, 90, 150))
    assert (images._heading.text(), images.failed.text()) == ("200 images ·", "2 failed")
    spy = QSignalSpy(images.image_chosen)
    inside = images.view.viewport().rect()
    for row in (89, 149, 89):  # around the end
        qtbot.mouseClick(images.failed, Qt.MouseButton.LeftButton)
        assert inside.contains(20, middle_of(images, row))
        picture = images.view.viewport().grab().toImage()
        marked, other = (picture.pixelColor(2, middle_of(images, n)) for n in (row, row - 1))
        assert marked != other
    assert spy.count() == 0  # it would only fail again


def test_the_mark_goes_when_an_image_is_chosen(images: ImageList, qtbot: QtBot) -> None:
    images.render(with_failures(4, 3))
    qtbot.keyClick(images.failed, Qt.Key.Key_Space)
    before = images.view.viewport().grab().toImage().pixelColor(2, middle_of(images, 2))
    qtbot.keyClick(images.view, Qt.Key.Key_Down)
    after = images.view.viewport().grab().toImage().pixelColor(2, middle_of(images, 2))
    assert before != after


def test_the_mark_goes_when_another_image_comes_on_screen(images: ImageList) -> None:
    state = with_failures(4, 3)
    images.render(state)
    images.show_next_failed()
    before = images.view.viewport().grab().toImage().pixelColor(2, middle_of(images, 2))
    images.render(replace(state, pending=2))
    after = images.view.viewport().grab().toImage().pixelColor(2, middle_of(images, 2))
    assert before != after


def test_without_failures_there_is_nothing_to_click(images: ImageList) -> None:
    images.render(with_failures(4, 3))
    assert images.failed.isVisible()
    images.render(chosen(1))
    assert not images.failed.isVisible()
    assert images._heading.text() == "1 image"


def test_the_command_shows_the_list_and_the_next_failed_row(
    window: MainWindow, qtbot: QtBot
) -> None:
    assert window.parts is not None
    command = window.commands.next_failed
    assert not command.isEnabled()  # in an empty window
    window.render(shown_state(count=12))
    assert not command.isEnabled()
    state = replace(shown_state(count=200), entries=with_failures(200, 120).entries)
    on_map = replace(state, options=replace(state.options, images_tab="map"))
    window.render(on_map)
    with qtbot.waitSignal(window.options_changed) as asked:
        command.trigger()
    assert asked.args[0].images_tab == "list"
    window.render(state)
    images = window.parts.images
    assert images.view.viewport().rect().contains(20, middle_of(images, 119))
