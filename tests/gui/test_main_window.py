"""The window: every intention through the real widgets, drops, layout, and what it must have."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeySequence,
)
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_app.core.bundled import SAMPLES
from desktop_app.state import LensState, Progress
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import DARK, LIGHT, current_roles
from tests.gui.window_states import entries_of, notice, shown_state

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow()
    window.complete()
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    QTest.keyClick(window, key, modifiers)


# --- intentions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "modifiers", "signal", "arguments"),
    [
        (Qt.Key.Key_PageDown, CTRL, "image_chosen", [2]),
        (Qt.Key.Key_Down, ALT, "layer_stepped", [1]),
        (Qt.Key.Key_Up, ALT, "layer_stepped", [-1]),
        (Qt.Key.Key_Right, ALT, "channel_chosen", [1]),
        (Qt.Key.Key_C, CTRL | SHIFT, "copy_predictions_requested", []),
        (Qt.Key.Key_Period, CTRL, "cancel_requested", []),
        (Qt.Key.Key_Q, CTRL, "close_requested", []),
    ],
)
def test_a_shortcut_is_an_intention(
    window: MainWindow,
    key: Qt.Key,
    modifiers: Qt.KeyboardModifier,
    signal: str,
    arguments: list[int],
) -> None:
    window.render(replace(shown_state(), progress=Progress(1, 3)))
    spy = QSignalSpy(getattr(window, signal))
    press(window, key, modifiers)
    assert [spy.at(i) for i in range(spy.count())] == [arguments]


def test_stepping_stops_at_the_ends(window: MainWindow) -> None:
    window.render(shown_state(count=1))
    images, channels = QSignalSpy(window.image_chosen), QSignalSpy(window.channel_chosen)
    press(window, Qt.Key.Key_PageDown, CTRL)
    press(window, Qt.Key.Key_PageUp, CTRL)
    press(window, Qt.Key.Key_Left, ALT)
    assert images.count() == channels.count() == 0


@pytest.mark.parametrize(
    ("command", "signal", "arguments"),
    [
        ("samples", "samples_requested", [SAMPLES]),
        ("remove_image", "image_removed", [1]),
        ("clear_images", "images_cleared", []),
    ],
)
def test_a_menu_entry_is_an_intention(
    window: MainWindow, command: str, signal: str, arguments: list[int]
) -> None:
    window.render(shown_state())
    spy = QSignalSpy(getattr(window, signal))
    getattr(window.commands, command).trigger()
    assert [spy.at(i) for i in range(spy.count())] == [arguments]


def test_panels_pass_their_intentions_on(window: MainWindow, qtbot: QtBot) -> None:
    window.render(replace(shown_state(), notices=(notice(9),)))
    with qtbot.waitSignal(window.image_chosen) as image:
        QTest.keyClick(window.parts.images.view, Qt.Key.Key_Down)
    with qtbot.waitSignal(window.image_removed) as removed:
        QTest.keyClick(window.parts.images.view, Qt.Key.Key_Delete)
    with qtbot.waitSignal(window.layer_chosen) as layer:
        QTest.keyClick(window.parts.layers.view, Qt.Key.Key_Up)
    with qtbot.waitSignal(window.notice_dismissed) as dismissed:
        qtbot.mouseClick(window.notices.rows()[0].close_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.options_changed) as options:
        QTest.keyClick(window.parts.predictions.count, Qt.Key.Key_Up)
    assert [image.args, removed.args, layer.args, dismissed.args] == [[2], [2], ["res2a"], [9]]
    assert options.args[0].top_k == 6


def test_thumbnails_in_view_are_wanted_and_shown(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.thumbnails_wanted) as wanted:
        window.render(LensState(entries=entries_of(10_000)))
    assert wanted.args[0][0] == 1
    window.set_thumbnail(1, np.zeros((40, 40, 3), np.uint8))
    assert window.parts.images.rows.ask_for_missing(0, 0) == ()


def test_model_and_provider_menus_are_intentions(window: MainWindow, qtbot: QtBot) -> None:
    window.render(shown_state())
    window.toolbar.model_menu.aboutToShow.emit()
    with qtbot.waitSignal(window.model_chosen) as model:
        window.toolbar.model_menu.actions()[1].trigger()
    window.toolbar.provider_menu.aboutToShow.emit()
    with qtbot.waitSignal(window.provider_chosen) as provider:
        chosen = [a for a in window.toolbar.provider_menu.actions() if a.data() == "cuda"]
        chosen[0].trigger()
    assert [model.args, provider.args] == [[Path("/models/signs.onnx")], ["cuda"]]


def test_a_recent_file_is_opened(window: MainWindow, qtbot: QtBot) -> None:
    paths = (Path("/photos/a&b.jpg"), Path("/photos/c.jpg"))
    window.render(LensState(recent=paths))
    window.parts.menu.recent.aboutToShow.emit()
    with qtbot.waitSignal(window.paths_opened) as opened:
        window.parts.menu.recent.actions()[0].trigger()
    assert opened.args == [(paths[0],)]
    window.render(LensState())
    assert not window.parts.menu.recent.isEnabled()


def test_the_overlay_and_the_theme_are_options(window: MainWindow) -> None:
    window.render(shown_state())
    spy = QSignalSpy(window.options_changed)
    press(window, Qt.Key.Key_E, CTRL)
    window.commands.themes["light"].trigger()
    assert [spy.at(0)[0].overlay, spy.at(1)[0].theme] == [False, "light"]


def test_rendering_alone_is_no_intention(window: MainWindow) -> None:
    signals = (
        window.image_chosen,
        window.layer_chosen,
        window.channel_chosen,
        window.options_changed,
        window.provider_chosen,
        window.model_chosen,
    )
    spies = [QSignalSpy(signal) for signal in signals]
    state = shown_state()
    window.render(state)
    window.render(replace(state, layer="res2b", channel=2, pending=3))
    options = replace(state.options, top_k=9, overlay=False, theme="light", colormap="viridis")
    window.render(replace(state, options=options))
    window.render(LensState())
    assert [spy.count() for spy in spies] == [0] * len(spies)


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "mode"),
    [
        ("open", QFileDialog.FileMode.ExistingFiles),
        ("open_folder", QFileDialog.FileMode.Directory),
        ("open_model", QFileDialog.FileMode.ExistingFile),
    ],
)
def test_open_asks_without_blocking(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, command: str, mode: QFileDialog.FileMode
) -> None:
    getattr(window.commands, command).trigger()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.fileMode() == mode
    with qtbot.waitSignal(window.paths_opened) as opened:
        dialog.filesSelected.emit([str(tmp_path / "a.png"), str(tmp_path / "b.onnx")])
    assert opened.args == [(tmp_path / "a.png", tmp_path / "b.onnx")]
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


# --- drops and the clipboard ---------------------------------------------------------------------


def mime_of(*urls: QUrl) -> QMimeData:
    mime = QMimeData()
    mime.setUrls(list(urls))
    return mime


def enter(
    window: MainWindow,
    mime: QMimeData,
    actions: Qt.DropAction = Qt.DropAction.CopyAction,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> QDragEnterEvent:
    event = QDragEnterEvent(QPoint(50, 50), actions, mime, Qt.MouseButton.LeftButton, modifier)
    QApplication.sendEvent(window, event)
    return event


def move(
    window: MainWindow,
    mime: QMimeData,
    actions: Qt.DropAction = Qt.DropAction.CopyAction,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> QDragMoveEvent:
    event = QDragMoveEvent(QPoint(50, 50), actions, mime, Qt.MouseButton.LeftButton, modifier)
    QApplication.sendEvent(window, event)
    return event


def drop(
    window: MainWindow,
    mime: QMimeData,
    actions: Qt.DropAction = Qt.DropAction.CopyAction,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> QDropEvent:
    event = QDropEvent(QPointF(50, 50), actions, mime, Qt.MouseButton.LeftButton, modifier)
    QApplication.sendEvent(window, event)
    return event


def test_a_drop_of_files_opens_them(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    mime = mime_of(QUrl.fromLocalFile(str(tmp_path / "a.png")), QUrl.fromLocalFile(str(tmp_path)))
    assert enter(window, mime).isAccepted()
    assert window.parts.drops.frame.isVisible()
    assert window.parts.drops.frame.geometry() == window.rect()
    with qtbot.waitSignal(window.paths_opened) as opened:
        assert drop(window, mime).isAccepted()
    assert opened.args == [(tmp_path / "a.png", tmp_path)]
    assert not window.parts.drops.frame.isVisible()


@pytest.mark.parametrize("happen", [enter, move, drop])
def test_what_is_dropped_is_copied_even_where_moving_is_proposed(
    happen: Callable[..., QDropEvent], window: MainWindow, tmp_path: Path
) -> None:
    mime = mime_of(QUrl.fromLocalFile(str(tmp_path / "a.png")))
    either = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    enter(window, mime)
    event = happen(window, mime, either, Qt.KeyboardModifier.ShiftModifier)
    assert event.isAccepted()
    assert event.dropAction() == Qt.DropAction.CopyAction


@pytest.mark.parametrize("happen", [enter, move, drop])
def test_what_can_only_be_moved_is_refused(
    happen: Callable[..., QDropEvent], window: MainWindow, tmp_path: Path
) -> None:
    mime = mime_of(QUrl.fromLocalFile(str(tmp_path / "a.png")))
    opened = QSignalSpy(window.paths_opened)
    assert not happen(window, mime, Qt.DropAction.MoveAction).isAccepted()
    assert opened.count() == 0
    assert not window.parts.drops.frame.isVisible()


def test_a_drag_that_leaves_takes_the_hint_with_it(window: MainWindow) -> None:
    enter(window, mime_of(QUrl("https://example.org/dog.png")))
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.parts.drops.frame.isVisible()


def test_a_drag_of_text_is_not_welcome(window: MainWindow) -> None:
    mime = QMimeData()
    mime.setText("hello")
    assert not enter(window, mime).isAccepted()
    assert not window.parts.drops.frame.isVisible()


def test_a_bare_address_is_refused_with_a_reason(window: MainWindow, qtbot: QtBot) -> None:
    mime = mime_of(QUrl("https://example.org/dog.png"))
    enter(window, mime)
    with qtbot.waitSignal(window.drop_refused) as refused:
        drop(window, mime)
    assert "example.org" in refused.args[0]


def test_a_picture_is_pasted(window: MainWindow, qtbot: QtBot) -> None:
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    image.fill(0xFF0A141E)
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(window.source_received) as received:
        press(window, Qt.Key.Key_V, CTRL)
    assert received.args[0].name == "pasted picture"


def test_an_empty_clipboard_is_said(window: MainWindow, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().clear()
    with qtbot.waitSignal(window.drop_refused) as refused:
        press(window, Qt.Key.Key_V, CTRL)
    assert refused.args == ["it holds no picture, no file and no model", "pasted"]


def test_pasting_into_a_field_pastes_there(window: MainWindow) -> None:
    window.render(shown_state())
    QGuiApplication.clipboard().setText("relu")
    refused = QSignalSpy(window.drop_refused)
    press(window, Qt.Key.Key_L, CTRL)
    QTest.keyClick(window.parts.layers.search, Qt.Key.Key_V, CTRL)
    assert window.parts.layers.search.text() == "relu"
    assert refused.count() == 0


def test_no_part_of_the_window_takes_a_drop_for_itself(window: MainWindow) -> None:
    takers = [child for child in window.findChildren(QWidget) if child.acceptDrops()]
    assert takers == []
    assert window.acceptDrops()


# --- panels and layout ---------------------------------------------------------------------------


def test_everything_fits_at_1280_by_800(window: MainWindow) -> None:
    window.render(shown_state())
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 800
    assert (window.width(), window.height()) == (1280, 800)
    for panel in (
        window.parts.images, window.photo, window.seen, window.parts.predictions,
        window.parts.layer_tabs, window.parts.grid, window.parts.channel, window.status,
    ):  # fmt: skip
        corner = panel.mapTo(window, panel.rect().bottomRight())
        assert window.rect().contains(corner)
        assert panel.width() > 150 or panel.height() > 20


def test_a_hidden_panel_comes_back_as_wide_as_it_was(window: MainWindow) -> None:
    before = window.parts.predictions.width()
    press(window, Qt.Key.Key_3, CTRL)
    assert not window.parts.predictions.isVisible()
    press(window, Qt.Key.Key_3, CTRL)
    assert window.parts.predictions.isVisible()
    assert window.parts.predictions.width() == before


def test_the_lower_row_gives_its_room_back_when_all_of_it_is_hidden(window: MainWindow) -> None:
    before = window.photo.height()
    for name in ("layers", "grid", "channel"):
        window.commands.panels[name].trigger()
    QApplication.processEvents()
    assert window.photo.height() > before + 200
    window.commands.panels["grid"].trigger()
    QApplication.processEvents()
    assert window.parts.grid.isVisible()


def test_searching_brings_a_hidden_panel_back(window: MainWindow) -> None:
    window.render(shown_state())
    window.commands.panels["layers"].trigger()
    press(window, Qt.Key.Key_L, CTRL)
    assert window.parts.layers.search.hasFocus()
    assert window.commands.panels["layers"].isChecked()


def test_the_layout_survives_a_restart(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1280, 770)
    window.commands.panels["images"].trigger()
    window.panels._rows.setSizes([200, 900])
    layout = window.window_layout()
    again = MainWindow()
    again.complete()
    qtbot.addWidget(again)
    again.restore_layout(layout)
    with qtbot.waitActive(again):
        again.show()
        again.activateWindow()
    # The offscreen platform's screen is 800 pixels wide; Qt fits a restored window into it.
    assert again.height() == 770
    assert again.panels.hidden() == ("images",)
    assert not again.commands.panels["images"].isChecked()
    upper, lower = again.panels._rows.sizes()
    assert upper < 0.75 * lower


def test_nothing_moves_when_the_panels_come_into_a_window_on_screen(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.panels.set_shown("predictions", False)
    with qtbot.waitExposed(window):
        window.show()

    def places() -> list[list[int]]:
        QApplication.processEvents()
        return [splitter.sizes() for splitter in window.panels._splitters()]

    before = places()
    window.complete()
    assert places() == before
    assert window.panels.hidden() == ("predictions",)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\x00garbage",
        b"[]",
        b'{"version": 1}',
        b'{"version":99,"geometry":"","splitters":["","",""],"hidden":[]}',
        b'{"version":1,"geometry":"!","splitters":["","",""],"hidden":[]}',
        b'{"version":1,"geometry":"","splitters":["","",""],"hidden":["everything"]}',
        b'{"version":1,"geometry":"AAAA","splitters":["AAAA","/////w==","AAAB"],"hidden":[]}',
    ],
)
def test_garbage_is_no_layout(window: MainWindow, garbage: bytes) -> None:
    before = (window.geometry(), window.panels._lower.sizes(), window.panels.hidden())
    window.restore_layout(garbage)
    assert (window.geometry(), window.panels._lower.sizes(), window.panels.hidden()) == before


# --- what a window must have ----------------------------------------------------------------------


def test_every_control_has_an_accessible_name(window: MainWindow) -> None:
    window.render(replace(shown_state(), notices=(notice(1),), progress=Progress(1, 2)))
    nameless = [
        f"{type(child).__name__} in {type(child.parent()).__name__}"
        for child in window.findChildren(QWidget)
        if isinstance(child, CONTROLS)
        and not isinstance(child, QScrollBar)
        and not child.objectName().startswith("qt_")
        and not child.accessibleName()
        and not (isinstance(child, QAbstractButton) and child.text())
        and not isinstance(child.parent(), QAbstractSpinBox | QComboBox)
        and child.isVisibleTo(window)
    ]
    assert nameless == []


def test_no_shortcut_is_given_twice(window: MainWindow) -> None:
    keys = [
        listed.action.shortcut().toString()
        for listed in window.commands.listed
        if not listed.action.shortcut().isEmpty()
    ]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+O", "Ctrl+Shift+O", "Ctrl+V", "Ctrl+Shift+C", "Ctrl+Shift+P"} <= set(keys)


def test_every_command_is_in_the_menu(window: MainWindow) -> None:
    def all_of(menu: QWidget) -> set[str]:
        texts = set()
        for action in menu.actions():
            texts |= {action.text()}
            if (below := action.menu()) is not None:
                texts |= all_of(below)  # type: ignore[arg-type]
        return texts

    commands = {listed.action.text() for listed in window.commands.listed} - {"Menu"}
    assert commands <= all_of(window.parts.menu)


def test_f1_lists_every_shortcut_in_a_window_that_does_not_block(
    window: MainWindow, qtbot: QtBot
) -> None:
    press(window, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
    (dialog,) = window.findChildren(QDialog)
    texts = {label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text")}
    for listed in window.commands.listed:
        keys = listed.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        assert not keys or keys in texts
    assert {"In the channel grid", "All tiles at once", "In the photo", "Fit"} <= texts
    assert not dialog.isModal()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_a_window_that_is_asked_for_again_takes_the_place_of_the_first(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.commands.shortcuts.trigger()
    (first,) = window.findChildren(QDialog)
    first.move(40, 30)
    with qtbot.waitSignal(first.destroyed):
        window.commands.shortcuts.trigger()
    (second,) = window.findChildren(QDialog)
    assert second.isVisible()
    assert second.pos() == QPoint(40, 30)
    with qtbot.waitSignal(second.destroyed):
        second.close()


def test_the_keys_fit_a_small_screen_without_scrolling(window: MainWindow, qtbot: QtBot) -> None:
    press(window, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
    (dialog,) = window.findChildren(QDialog)
    area = dialog.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    content = area.widget()
    assert content is not None
    wanted = content.sizeHint()
    assert wanted.width() <= 1240
    assert wanted.height() <= 730
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_the_palette_opens_by_key_and_by_button(window: MainWindow, qtbot: QtBot) -> None:
    window.render(shown_state())
    press(window, Qt.Key.Key_P, CTRL | SHIFT)
    assert window.parts.palette.isVisible()
    qtbot.keyClicks(window.parts.palette.field, "res2b_relu")
    with qtbot.waitSignal(window.layer_chosen) as chosen:
        qtbot.keyClick(window.parts.palette.field, Qt.Key.Key_Return)
    assert chosen.args == ["res2b_relu"]
    qtbot.mouseClick(window.toolbar.search, Qt.MouseButton.LeftButton)
    assert window.parts.palette.isVisible()


def test_f10_opens_the_menu(window: MainWindow, qtbot: QtBot) -> None:
    press(window, Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier)
    assert window.parts.menu.isVisible()
    QTest.keyClick(window.parts.menu, Qt.Key.Key_Escape)
    assert not window.parts.menu.isVisible()


def test_full_screen_and_back(window: MainWindow) -> None:
    press(window, Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier)
    assert window.isFullScreen()
    press(window, Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier)
    assert not window.isFullScreen()


def test_the_command_knows_of_a_full_screen_that_it_did_not_give(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.showFullScreen()
    again = MainWindow()
    qtbot.addWidget(again)
    again.restore_layout(window.window_layout())
    assert again.isFullScreen()
    assert again.commands.full_screen.isChecked()
    again.showNormal()  # as the desktop may
    assert not again.commands.full_screen.isChecked()


def test_the_theme_of_the_state_is_worn(window: MainWindow) -> None:
    state = LensState()
    window.render(replace(state, options=replace(state.options, theme="light")))
    assert current_roles() is LIGHT
    assert window.grab().toImage().pixelColor(400, 3) == LIGHT.panel
    window.render(replace(state, options=replace(state.options, theme="dark")))
    assert current_roles() is DARK
    assert window.commands.themes["dark"].isChecked()


def test_the_title_names_the_picture_on_screen(window: MainWindow) -> None:
    assert window.windowTitle() == "Residual Lens"
    window.render(shown_state())
    assert window.windowTitle() == "IMG_00001.jpg — Residual Lens"


def test_the_window_closes_at_once_and_says_so(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.close_requested):
        assert window.close()


def test_text_goes_to_the_clipboard(window: MainWindow) -> None:
    window.set_clipboard_text("71.20 %\tgolden retriever")
    assert window.status.what.text() == "Copied"
    assert QGuiApplication.clipboard().text() == "71.20 %\tgolden retriever"


def test_focus_starts_nowhere_and_goes_everywhere_by_tab(window: MainWindow) -> None:
    window.render(shown_state())
    assert QApplication.focusWidget() in {None, window}
    reached = set()
    for _ in range(40):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    toolbar, parts = window.toolbar, window.parts
    wanted = {
        toolbar.open, toolbar.model, toolbar.provider, toolbar.search, toolbar.menu,
        parts.images.view, parts.predictions.count, parts.predictions.copy, parts.predictions.view,
        parts.predictions.search, parts.layer_tabs.bar, parts.network.canvas,
    }  # fmt: skip
    assert wanted <= reached


def test_a_theme_change_reaches_what_is_drawn(window: MainWindow) -> None:
    window.render(shown_state())
    state = shown_state()
    before = window.grab().toImage()
    window.render(replace(state, options=replace(state.options, theme="light")))
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    after = window.grab().toImage()
    for panel in (
        window.toolbar,
        window.parts.images,
        window.parts.predictions,
        window.parts.network,
        window.status,
    ):
        place = panel.mapTo(window, QPoint(4, panel.height() - 4))
        assert before.pixelColor(place) != after.pixelColor(place)
