"""A later start, as the window that is open already sees it."""

import os
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app import app
from desktop_app.__main__ import main
from desktop_app.arrivals import Arrivals
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.first_process import Standing, Start, claim
from desktop_app.first_process.listening import Visit
from desktop_app.first_process.meeting import TAKEN
from desktop_app.views.foreground import bring_to_front

START = Start(
    paths=(Path("/pictures/dog.jpg"),), model="signs", provider="cpu", cuda_folder=Path("/cuda")
)


class Waiting:
    """Another process that waits for a word, or has gone."""

    def __init__(self, *, gone: bool = False) -> None:
        self.gone = gone
        self.words: list[bytes] = []
        self.is_closed = False

    def read(self) -> bytes:
        return b""

    def answer(self, word: bytes) -> None:
        if self.gone:
            raise BrokenPipeError
        self.words.append(word)

    def close(self) -> None:
        self.is_closed = True


class Named:
    """Writes down what it is to open, and in which thread."""

    def __init__(self) -> None:
        self.opened: list[tuple[Start, threading.Thread]] = []

    def open_named(
        self,
        paths: tuple[Path, ...],
        *,
        model: str | None,
        provider: ProviderChoice | None,
        cuda_folder: Path | None,
    ) -> None:
        start = Start(paths=paths, model=model, provider=provider, cuda_folder=cuda_folder)
        self.opened.append((start, threading.current_thread()))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def named() -> Named:
    return Named()


@pytest.fixture
def arrivals(named: Named, window: QWidget) -> Arrivals:
    return Arrivals(named, window)


def arrive(arrivals: Arrivals, caller: Waiting, start: Start = START) -> None:
    """Tell of it from a thread that ends."""
    visit = Visit(start, caller)
    thread = threading.Thread(target=arrivals.arrived.emit, args=(visit,))
    thread.start()
    thread.join()


def test_later_start_is_opened_by_the_windows_thread_and_answered(
    qtbot: QtBot, arrivals: Arrivals, named: Named, window: QWidget
) -> None:
    window.showMinimized()
    caller = Waiting()
    arrive(arrivals, caller)
    assert caller.words == []
    qtbot.waitUntil(lambda: bool(named.opened))
    assert named.opened == [(START, threading.main_thread())]
    assert caller.words == [TAKEN]
    assert not window.isMinimized()


def test_later_start_that_has_given_up_is_not_opened_here_too(
    qtbot: QtBot, arrivals: Arrivals, named: Named
) -> None:
    arrive(arrivals, Waiting(gone=True))
    last = Waiting()
    arrive(arrivals, last, Start())
    qtbot.waitUntil(lambda: bool(last.words))
    assert [start for start, _ in named.opened] == [Start()]


def test_window_comes_back_as_it_was(window: QWidget) -> None:
    window.showMaximized()
    window.setWindowState(window.windowState() | Qt.WindowState.WindowMinimized)
    bring_to_front(window)
    assert window.windowState() & ~Qt.WindowState.WindowActive == Qt.WindowState.WindowMaximized


def test_window_that_was_closed_stays_closed_and_takes_nothing(
    qtbot: QtBot, arrivals: Arrivals, named: Named, window: QWidget
) -> None:
    window.close()
    bring_to_front(window)
    caller = Waiting()
    arrive(arrivals, caller)
    qtbot.waitUntil(lambda: caller.is_closed)
    assert caller.words == []
    assert named.opened == []
    assert not window.isVisible()


def test_permission_to_come_to_the_front_is_left_where_qt_looks(
    window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")  # so that it is put back
    bring_to_front(window, "permission")
    assert os.environ.pop("XDG_ACTIVATION_TOKEN") == "permission"


@pytest.mark.parametrize("words", [[], ["--new-instance"]])
def test_new_instance_neither_asks_nor_listens(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standings: list[Standing] = []

    def open_window(*_: object, standing: Standing, **__: object) -> int:
        standings.append(standing)
        return 0

    monkeypatch.setattr(app, "open_window", open_window)
    monkeypatch.setattr("desktop_app.paths.runtime_folder", lambda: tmp_path)
    assert main([*words, "dog.jpg"]) == 0
    (standing,) = standings
    heard: list[Visit] = []
    standing.listen(heard.append)
    is_first = any(path.suffix == ".socket" for path in tmp_path.iterdir())
    assert is_first is not bool(words)
    standing.close()
    follower = claim(tmp_path, START)
    assert follower is not None
    follower.close()


def test_first_process_that_does_not_answer_is_told_of(qtbot: QtBot) -> None:
    from desktop_app.state import LensState

    alone = Standing(obstacle="the first one does not answer")
    (notice,) = app._told_why_alone(LensState(), alone).notices
    assert "does not answer" in notice.why
    assert app._told_why_alone(LensState(), Standing()).notices == ()
