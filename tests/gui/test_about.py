"""Help ▸ About: says what it is waiting for, then everything that ``doctor`` prints."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QRawFont
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QDialog, QListWidget, QPushButton, QTextBrowser
from pytestqt.qtbot import QtBot

from desktop_app import paths
from desktop_app.core.diagnosis import Diagnosis, Searched
from desktop_app.core.diagnosis_text import as_text
from desktop_app.core.records import Provider, Remedy
from desktop_app.state import LensState
from desktop_app.views.about import AboutWindow
from desktop_app.views.licences_window import licences_window
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import DARK, LIGHT, apply_theme, font
from tests.gui.window_states import shown_state

COMMAND = "python3 -m pip install --target '/home/me/a <b> & c' 'nvidia-cudnn-cu13~=9.0'"
FOUND = Diagnosis(
    versions={"residual-lens": "0.1.0", "onnx": "1.20"},
    flavour="gpu",
    frozen=True,
    portable=False,
    system="Linux 6.1 x86_64",
    memory_bytes=2**34,
    cores=8,
    gpu=None,
    cuda=Provider(
        name="cpu",
        reason="a GPU is there, but cuDNN is not",
        gpu_unused=True,
        remedy=Remedy(what="Install cuDNN", command=COMMAND, otherwise="Without Python: apt"),
    ),
    searched=(Searched("the chosen folder", "/opt/cuda", (), is_there=False),),
    missing=("libcudnn.so.9",),
    refused=(("/bad/libcublas.so.13", "file too short"),),
    others=(),
    models=("everyday",),
    paths={"settings": "/home/me/.config/residual-lens/settings.json"},
)


@pytest.fixture
def about(window: MainWindow, qtbot: QtBot) -> Iterator[AboutWindow]:
    window.render(shown_state())
    window.commands.about.trigger()
    (dialog,) = window.findChildren(AboutWindow)
    yield dialog
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def found(window: MainWindow) -> LensState:
    state = replace(shown_state(), diagnosis=FOUND)
    window.render(state)
    return state


def test_opening_it_asks_for_an_examination_and_says_so(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.examination_requested):
        window.commands.about.trigger()
    (dialog,) = window.findChildren(AboutWindow)
    assert "Looking at this machine…" in dialog.text.toPlainText()
    assert not dialog.copy_button.isEnabled()
    found(window)
    assert "Looking at" not in dialog.text.toPlainText()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_an_examination_that_broke_is_said(window: MainWindow, about: AboutWindow) -> None:
    window.render(replace(shown_state(), diagnosis_error="OSError: no more files"))
    assert "could not be examined: OSError: no more files" in about.text.toPlainText()
    assert not about.copy_button.isEnabled()


def test_it_tells_what_runs_why_what_to_do_and_where_things_are(
    window: MainWindow, about: AboutWindow
) -> None:
    found(window)
    words = about.text.toPlainText()
    for said in (
        "not usable: a GPU is there, but cuDNN is not",
        COMMAND,
        "Without Python: apt",
        "/opt/cuda: no such folder",
        "/bad/libcublas.so.13: file too short",
        "/home/me/.config/residual-lens/settings.json",
        "8 cores, 16.0 GiB of memory",
        "0.1.0, GPU build, frozen",
        "Licences",
        "Inter",
    ):
        assert said in words, said


def test_copy_gives_what_doctor_prints_and_the_desktop(
    window: MainWindow, about: AboutWindow, qtbot: QtBot
) -> None:
    found(window)
    qtbot.mouseClick(about.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    for line in as_text(FOUND).splitlines():
        assert " ".join(line.split()) in " ".join(copied.split())
    assert "Qt platform offscreen" in copied
    assert "screens" in copied
    assert about.copy_button.text() == "Copied"


def test_its_text_can_be_selected_and_copied_in_part(
    window: MainWindow, about: AboutWindow, qtbot: QtBot
) -> None:
    found(window)
    with qtbot.waitActive(about):
        about.activateWindow()
    about.text.setFocus()
    qtbot.keyClick(about.text, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert "cuda provider" in about.text.textCursor().selectedText()


def test_the_machine_s_name_is_drawn_as_it_is_written(
    window: MainWindow, about: AboutWindow
) -> None:
    found(window)
    line = about.text.document().find(FOUND.system).block()
    runs = line.layout().glyphRuns(0, line.length())
    drawn = [glyph for run in runs for glyph in run.glyphIndexes()]
    (written,) = QRawFont.fromFont(font(13)).glyphIndexesForString("x")
    assert line.text() == FOUND.system
    assert drawn.count(written) == FOUND.system.count("x")


def test_no_caret_stands_in_a_text_that_cannot_be_written_in(
    window: MainWindow, about: AboutWindow, qtbot: QtBot
) -> None:
    found(window)
    with qtbot.waitActive(about):
        about.activateWindow()
    about.close_button.setFocus()
    without_focus = about.text.viewport().grab().toImage()
    about.text.setFocus()
    assert about.text.hasFocus()
    assert about.text.viewport().grab().toImage() == without_focus
    qtbot.keyClick(about.text, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert about.text.textCursor().hasSelection()


def test_it_is_opened_once_and_anew_after_it_was_closed(window: MainWindow, qtbot: QtBot) -> None:
    asked = QSignalSpy(window.examination_requested)
    window.commands.about.trigger()
    window.commands.about.trigger()
    (dialog,) = window.findChildren(AboutWindow)
    assert asked.count() == 1
    with qtbot.waitSignal(dialog.destroyed):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    found(window)  # an answer that comes too late finds no window
    window.commands.about.trigger()
    assert asked.count() == 2
    (dialog,) = window.findChildren(AboutWindow)
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_its_colours_follow_the_theme(
    window: MainWindow, about: AboutWindow, qapp: QApplication
) -> None:
    found(window)
    assert DARK.secondary.name() in about.text.toHtml()
    apply_theme(qapp, LIGHT)
    QApplication.sendPostedEvents(about, QEvent.Type.PaletteChange)
    assert LIGHT.secondary.name() in about.text.toHtml()
    assert DARK.secondary.name() not in about.text.toHtml()


def test_a_new_snapshot_of_something_else_keeps_place_and_selection(
    window: MainWindow, about: AboutWindow
) -> None:
    state = found(window)
    bar = about.text.verticalScrollBar()
    assert bar.maximum() > 0
    about.text.selectAll()
    bar.setValue(bar.maximum())
    window.render(replace(state, loading_model="signs"))
    assert bar.value() == bar.maximum()
    assert about.text.textCursor().hasSelection()


@pytest.fixture
def licences(qtbot: QtBot) -> Iterator[Callable[[Path], QDialog]]:
    window = MainWindow()
    qtbot.addWidget(window)
    opened: list[QDialog] = []

    def show(folder: Path) -> QDialog:
        opened.append(licences_window(folder, window))
        opened[-1].show()
        return opened[-1]

    yield show
    for dialog in opened:
        with qtbot.waitSignal(dialog.destroyed):
            dialog.close()


def test_the_licences_of_everything_bundled_can_be_read(
    licences: Callable[[Path], QDialog], tmp_path: Path
) -> None:
    for file in (paths.resources() / "licences").glob("*.txt"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "third-party.txt").write_text("Qt\nLGPL <3>\n", "utf-8")
    dialog = licences(tmp_path)
    names, text = dialog.findChild(QListWidget), dialog.findChild(QTextBrowser)
    assert isinstance(names, QListWidget)
    assert isinstance(text, QTextBrowser)
    titles = [names.item(row).text() for row in range(names.count())]
    assert titles[0] == "Residual Lens"
    assert text.toPlainText().startswith("MIT License")
    assert titles[-1] == "Libraries"
    assert "Inter, the type family" in titles
    assert text.toPlainText()
    names.setCurrentRow(names.count() - 1)
    assert text.toPlainText() == "Qt\nLGPL <3>\n"


def test_the_licence_that_is_shown_is_the_program_s() -> None:
    shown = paths.resources() / "licences" / "residual-lens.txt"
    assert shown.read_bytes() == (paths.resources().parent / "LICENSE").read_bytes()


def test_the_licences_can_be_closed_with_a_button(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    dialog = licences_window(paths.resources() / "licences", window)
    dialog.show()
    button = dialog.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    assert button.text() == "Close"
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_licence_that_cannot_be_read_says_so(
    licences: Callable[[Path], QDialog], tmp_path: Path
) -> None:
    (tmp_path / "Gone.txt").symlink_to(tmp_path / "nowhere")
    text = licences(tmp_path).findChild(QTextBrowser)
    assert isinstance(text, QTextBrowser)
    assert "cannot be read" in text.toPlainText()
