"""The measurement of the start: it waits for a window from outside, and says when there is none."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("Xlib")

from release.start_time import NoWindowError, Screen, Start, compare
from Xlib.error import DisplayConnectionError

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed"),
]

WINDOW = Path(__file__).parents[2] / ".ci" / "release" / "empty_window.py"


@pytest.fixture
def empty_window(tmp_path: Path) -> Path:
    """A program that shows a window."""
    path = tmp_path / "empty-window"
    path.write_text(f"#!/bin/sh\nexec {sys.executable} {WINDOW}\n")
    path.chmod(0o755)
    return path


def test_two_programs_are_started_in_turns_until_they_show_something(empty_window: Path) -> None:
    start = compare(empty_window, empty_window, rounds=2)
    assert start.lowest <= start.highest
    assert min(start.program_ms, start.empty_ms) > 0


def test_a_program_that_ends_without_a_window_is_named(tmp_path: Path) -> None:
    true = Path(shutil.which("true") or "")
    with Screen() as screen, pytest.raises(NoWindowError, match="true showed no window"):
        screen.time_start(true, screen.environment(tmp_path))


def test_no_server_is_left_where_nothing_can_be_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    servers: list[subprocess.Popen[bytes]] = []

    class Remembered(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            servers.append(self)

    def refuse(_name: str) -> None:
        raise DisplayConnectionError(":0", "no more clients")

    monkeypatch.setattr("release.start_time.subprocess.Popen", Remembered)
    monkeypatch.setattr("release.start_time.display.Display", refuse)
    with pytest.raises(DisplayConnectionError) as told, Screen():  # which keeps all in its frames
        pass
    assert told.traceback
    (server,) = servers
    try:
        assert server.poll() is not None
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize(("program_ms", "verdict"), [(150, "met"), (151, "missed")])
def test_the_goal_is_told(program_ms: float, verdict: str) -> None:
    start = Start(program_ms=program_ms, empty_ms=100, lowest=1.4, highest=1.6)
    assert str(start).endswith(f"goal 1.5 {verdict}")
