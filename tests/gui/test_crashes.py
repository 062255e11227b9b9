"""When something breaks in the window: it is said, its report can be read, and work goes on."""

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QtMsgType, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app import paths
from desktop_app.answering.answers import Answers
from desktop_app.app import Program
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import OutputError
from desktop_app.core.records import FileSource
from desktop_app.crash_report import kept_reports, read_report, write_report
from desktop_app.crash_watch import CrashWatch
from desktop_app.first_process import Standing
from desktop_app.lens import Lens
from desktop_app.log_file import keeping_log
from desktop_app.messages import Analyse
from desktop_app.messages.base import Request
from desktop_app.qt_messages import qt_message_taker
from desktop_app.settings import Settings, load_settings
from desktop_app.state import LensState, Notice, ShowReport
from desktop_app.views.main_window import MainWindow
from desktop_app.views.report_window import ReportWindow
from tests.gui.window_states import shown_state

PATIENCE_MS = 30_000
WHEN = datetime(2026, 11, 21, 9, 30, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "log"
    monkeypatch.setattr(paths, "log_folder", lambda: folder)
    return folder


@pytest.fixture
def crashes(folder: Path) -> Iterator[CrashWatch]:
    with keeping_log(folder) as lines:
        crashes = CrashWatch(folder, lines, None)
        with crashes.hooks():
            yield crashes
            crashes.listen(None, None)


@pytest.fixture
def lens(qtbot: QtBot, tiny_model: Path, crashes: CrashWatch) -> Lens:
    paths.settings_file().unlink(missing_ok=True)  # of another test
    lens = Lens(MainWindow(), LensState(), crashes=crashes)
    qtbot.addWidget(lens.window, before_close_func=lambda _: lens.close())
    with qtbot.waitActive(lens.window):
        lens.window.show()
        lens.window.activateWindow()
    lens.start((), str(tiny_model))
    qtbot.waitUntil(lambda: lens.controller.state.model is not None, timeout=PATIENCE_MS)
    return lens


def report_windows() -> list[ReportWindow]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, ReportWindow)]


def newest(lens: Lens) -> Notice:
    return lens.controller.state.notices[-1]


# --- errors --------------------------------------------------------------------------------------


def test_a_slot_that_fails_is_said_with_its_report_and_the_window_goes_on(
    lens: Lens, folder: Path
) -> None:
    lens.window.drop_refused.connect(break_down)
    lens.window.drop_refused.emit("why", "dropped")
    notice = newest(lens)
    assert notice.what == "Something in the program went wrong"
    assert notice.why == "ZeroDivisionError: in a slot"
    (report,) = kept_reports(folder)
    assert notice.action == ShowReport(report)
    assert lens.controller.state.reports == (report,)
    text = read_report(report)
    assert "in break_down" in text
    assert "Model          tiny" in text
    assert "Provider       cpu (" in text
    assert "ONNX Runtime   1." in text
    assert lens.window.isVisible()


def break_down(*_: object) -> None:
    raise ZeroDivisionError("in a slot")


def test_a_paint_event_that_always_fails_is_said_once(
    lens: Lens, folder: Path, qtbot: QtBot
) -> None:
    painted: list[int] = []

    class Unpaintable(QWidget):
        def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
            painted.append(1)
            self.update()
            raise RuntimeError("cannot paint")

    broken = Unpaintable(lens.window)
    broken.show()
    qtbot.waitUntil(lambda: len(painted) >= 20, timeout=PATIENCE_MS)
    broken.hide()
    assert len(kept_reports(folder)) == 1
    notice = newest(lens)
    assert notice.why == "RuntimeError: cannot paint"
    assert len(lens.controller.state.notices) == 1


def test_a_request_that_breaks_the_worker_is_said_with_its_report(
    lens: Lens, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Answers, request: Request, switch: Cancellation) -> None:
        raise AssertionError("in the worker")

    monkeypatch.setattr(Answers, "answer", fail)
    lens.worker.submit(Analyse(1000, 1, FileSource(Path("/a.png"))))
    qtbot.waitUntil(lambda: bool(lens.controller.state.notices), timeout=PATIENCE_MS)
    assert newest(lens).why == "AssertionError: in the worker"
    (report,) = kept_reports(folder)
    assert newest(lens).action == ShowReport(report)
    assert "While answering Analyse" in read_report(report)


def test_a_thread_that_ends_by_an_error_is_said_in_the_window(lens: Lens, qtbot: QtBot) -> None:
    thread = threading.Thread(target=break_down, name="reader")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(lens.controller.state.notices), timeout=PATIENCE_MS)
    assert newest(lens).why == "ZeroDivisionError: in a slot"


def test_what_qt_calls_critical_is_said_and_a_warning_is_only_logged(
    lens: Lens, folder: Path, crashes: CrashWatch
) -> None:
    class Context:
        category = "qpa"

    take = qt_message_taker(crashes)
    take(QtMsgType.QtWarningMsg, Context(), "the surface is odd")  # type: ignore[arg-type]
    assert lens.controller.state.notices == ()
    take(QtMsgType.QtCriticalMsg, Context(), "the surface is gone")  # type: ignore[arg-type]
    assert newest(lens).why == "Qt: the surface is gone"
    assert "the surface is odd" in read_report(kept_reports(folder)[0])


def test_what_cannot_be_built_behind_the_window_is_said_in_it(
    qtbot: QtBot, crashes: CrashWatch, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    program = Program(LensState(), Settings(), crashes, Standing())
    qtbot.addWidget(program.window)
    monkeypatch.setattr(Lens, "__init__", break_down)
    program.show((), None)
    qtbot.waitUntil(lambda: bool(program.window.notices.rows()), timeout=PATIENCE_MS)
    assert "ZeroDivisionError" in program.window.notices.rows()[0].accessibleName()
    assert len(kept_reports(folder)) == 1
    program.close()


def test_ctrl_c_closes_the_window(lens: Lens) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not lens.window.isVisible()


# --- the run before ------------------------------------------------------------------------------


def test_a_run_that_crashed_is_said_at_the_next_start_and_its_report_opens(
    folder: Path, crashes: CrashWatch, qtbot: QtBot, request: pytest.FixtureRequest
) -> None:
    (folder / "running-1-1.txt").write_text(
        "fact: Model=everyday\nFatal Python error: Segmentation fault\n\nThread 0x1:\n"
    )
    lens = request.getfixturevalue("lens")
    (notice,) = lens.controller.state.notices
    assert notice.what == "Residual Lens ended unexpectedly last time"
    (row,) = lens.window.notices.rows()
    assert row.action_button.text() == "Show report"
    qtbot.mouseClick(row.action_button, Qt.MouseButton.LeftButton)
    (shown,) = report_windows()
    assert shown.isVisible()
    assert not shown.isModal()
    assert "The program was ended: Segmentation fault" in shown.text.toPlainText()
    assert "Model  everyday" in shown.text.toPlainText()
    shown.close()


def test_a_good_end_is_not_said(lens: Lens) -> None:
    assert lens.controller.state.notices == ()


# --- the report's window -------------------------------------------------------------------------


@pytest.fixture
def reports(folder: Path) -> tuple[Path, ...]:
    written = [write_report(folder, f"report {n}", WHEN.replace(hour=n)) for n in range(3)]
    assert all(written)
    return kept_reports(folder)


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    window.complete()
    qtbot.addWidget(window)
    window.show()
    return window


def test_without_reports_there_is_nothing_to_show(window: MainWindow) -> None:
    window.render(LensState())
    assert not window.commands.reports.isEnabled()


def test_the_menu_shows_the_newest_and_others_can_be_chosen(
    window: MainWindow, reports: tuple[Path, ...]
) -> None:
    window.render(replace(shown_state(), reports=reports))
    window.commands.reports.trigger()
    (shown,) = report_windows()
    assert shown.text.toPlainText() == "report 2"
    assert shown.choice.count() == 3
    QTest.keyClick(shown.choice, Qt.Key.Key_Down)
    assert shown.text.toPlainText() == "report 1"
    assert shown.text.isReadOnly()
    shown.close()


def test_a_report_is_copied_and_said_to_be(
    window: MainWindow, reports: tuple[Path, ...], qtbot: QtBot
) -> None:
    window.render(replace(shown_state(), reports=reports[:1]))
    window.commands.reports.trigger()
    (shown,) = report_windows()
    assert not shown.choice.isVisible()
    qtbot.mouseClick(shown.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "report 2"
    assert shown.said.text() == "Copied"
    shown.close()


@pytest.mark.parametrize("opens", [True, False])
def test_the_folder_opens_or_is_named(
    window: MainWindow,
    reports: tuple[Path, ...],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    opens: bool,
) -> None:
    asked: list[QUrl] = []

    def open_url(url: QUrl) -> bool:
        asked.append(url)
        return opens

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    shown = ReportWindow(reports, reports[0], window)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.mouseClick(shown.folder_button, Qt.MouseButton.LeftButton)
    assert asked == [QUrl.fromLocalFile(str(reports[0].parent))]
    assert shown.said.text() == ("" if opens else f"It lies in {reports[0].parent}")


def test_everything_in_the_reports_window_is_reached_by_tab_and_escape_closes(
    window: MainWindow, reports: tuple[Path, ...], qtbot: QtBot
) -> None:
    shown = ReportWindow(reports, reports[0], window)
    qtbot.addWidget(shown)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    assert shown.focusWidget() is shown.text
    reached = {shown.focusWidget()}
    for _ in range(5):
        QTest.keyClick(shown.focusWidget(), Qt.Key.Key_Tab)
        reached.add(shown.focusWidget())
    assert {shown.choice, shown.copy_button, shown.folder_button, shown.close_button} < reached
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def test_a_report_that_has_gone_meanwhile_is_said(
    window: MainWindow, reports: tuple[Path, ...], qtbot: QtBot
) -> None:
    reports[0].unlink()
    shown = ReportWindow(reports, reports[0], window)
    qtbot.addWidget(shown)
    assert "cannot be read" in shown.text.toPlainText()


def test_a_report_that_is_not_in_the_list_is_shown_all_the_same(
    window: MainWindow, reports: tuple[Path, ...], qtbot: QtBot
) -> None:
    shown = ReportWindow(reports[:2], reports[2], window)
    qtbot.addWidget(shown)
    assert shown.text.toPlainText() == "report 0"


# --- settings ------------------------------------------------------------------------------------


def saved() -> Settings:
    settings, damage = load_settings(paths.settings_file())
    assert damage is None
    return settings


def wait_for_the_first_save(qtbot: QtBot) -> bytes:
    """The layout as it began; what is written after that has a change of its own."""
    qtbot.waitUntil(lambda: bool(saved().layout), timeout=PATIENCE_MS)
    return saved().layout


def test_a_choice_is_on_the_disk_soon_without_closing(lens: Lens, qtbot: QtBot) -> None:
    wait_for_the_first_save(qtbot)
    options = replace(lens.controller.state.options, colormap="viridis")
    lens.window.options_changed.emit(options)
    qtbot.waitUntil(lambda: saved().options == options, timeout=PATIENCE_MS)


@pytest.mark.parametrize("change", ["size", "place", "splitter", "panel"])
def test_the_windows_layout_is_on_the_disk_soon_without_closing(
    lens: Lens, qtbot: QtBot, change: str
) -> None:
    before = wait_for_the_first_save(qtbot)
    window = lens.window
    if change == "size":
        window.resize(window.size().shrunkBy(window.contentsMargins()) / 1.3)
    elif change == "place":
        window.move(window.pos().x() + 40, window.pos().y() + 30)
    elif change == "splitter":
        _drag_a_splitter(window)
    else:
        window.commands.panels["images"].trigger()
    qtbot.waitUntil(lambda: saved().layout not in (b"", before), timeout=PATIENCE_MS)


def _drag_a_splitter(window: MainWindow) -> None:
    handle = window.panels._rows.handle(1)
    middle = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    middle.setY(middle.y() - 60)
    QTest.mouseMove(handle, middle)
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle)


def test_settings_that_cannot_be_written_are_said_once(
    lens: Lens, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OutputError("cannot write settings.json", why="the disk is full", remedy="Make room.")

    monkeypatch.setattr("desktop_app.settings_keeper.save_settings", refuse)
    lens.window.layer_chosen.emit("pool1")
    qtbot.waitUntil(lambda: bool(lens.controller.state.notices), timeout=PATIENCE_MS)
    assert newest(lens).what == "Cannot write settings.json"
    assert newest(lens).why == "the disk is full"


def test_damaged_settings_are_said_with_where_they_are_now(
    folder: Path, crashes: CrashWatch, qtbot: QtBot
) -> None:
    from desktop_app import app

    path = paths.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"options": {"top_k": 3, "colormap": 7}}))
    settings, damage = load_settings(path)
    state = app._remembered(settings, None, None, damage)
    assert state.options.top_k == 3
    (notice,) = state.notices
    assert notice.what == "Some settings could not be read"
    assert notice.why == "colormap is damaged; the rest was taken over"
    assert damage is not None
    assert str(damage.aside) in notice.remedy
