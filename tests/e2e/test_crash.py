"""The real program is killed, and started again: what it says, and what it kept."""

import json
import os
import signal
from pathlib import Path

import pytest

from desktop_app.settings import load_settings
from tests.e2e.companion import Companion
from tests.e2e.conftest import StartLens
from tests.e2e.lens import PATIENCE_S, Lens
from tests.e2e.screen import wait_until

pytestmark = pytest.mark.e2e

SHOW_REPORT = (-107, 69)
"""The notice's button: from the window's right edge, from its top."""


def kill(lens: Lens, number: signal.Signals) -> None:
    os.kill(lens.process.pid, number)
    assert lens.process.wait(PATIENCE_S) == -number


def hidden_panels(settings: Path) -> list[str] | None:
    """What the layout in the settings says; None while there is none."""
    layout = load_settings(settings)[0].layout
    return None if not layout else list(json.loads(layout)["hidden"])


def reports(lens: Lens) -> list[Path]:
    return list(lens.logs.glob("crash-*.txt"))


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGSEGV, "Segmentation fault"), (signal.SIGABRT, "Aborted")],
)
def test_a_crash_is_said_at_the_next_start_and_its_report_can_be_copied(
    start_lens: StartLens,
    companion: Companion,
    pictures: dict[str, Path],
    number: signal.Signals,
    words: str,
) -> None:
    lens = start_lens(pictures["red"])
    lens.wait_for_top("red")
    kill(lens, number)
    assert reports(lens) == []
    lens = start_lens(pictures["red"])
    lens.wait_for_top("red")
    (report,) = reports(lens)
    assert f"The program was ended: {words}" in report.read_text("utf-8")
    lens.screenshot("crash-notice")
    lens.click(*SHOW_REPORT)
    shown = wait_until(lambda: set(lens.windows()) - {lens.window}, "the report is shown")
    lens.screenshot("crash-report")
    lens.press_in(shown.pop(), "Tab", "space")  # Copy
    copied = wait_until(
        lambda: text if words in (text := companion.clipboard_text()) else "", "it is copied"
    )
    assert copied == report.read_text("utf-8")
    assert "stays on this machine" in copied
    assert "lens-worker" in copied or "worker.py" in copied  # the stacks of all threads
    assert lens.quit() == 0
    assert reports(lens) == [report]
    assert list(lens.logs.glob("running-*")) == []


def test_a_kill_from_outside_is_no_crash_and_costs_no_settings(
    start_lens: StartLens, pictures: dict[str, Path]
) -> None:
    lens = start_lens(pictures["red"])
    lens.wait_for_top("red")
    file = lens.home / ".config" / "residual-lens" / "settings.json"
    wait_until(lambda: hidden_panels(file) == [], "the settings are written")
    lens.press("ctrl+1")
    wait_until(lambda: hidden_panels(file) == ["images"], "the change is written")
    kill(lens, signal.SIGKILL)
    assert hidden_panels(file) == ["images"]
    lens = start_lens(pictures["red"])
    lens.wait_for_top("red")
    assert reports(lens) == []
    assert "was ended from outside" in (lens.logs / "residual-lens.log").read_text("utf-8")
    assert lens.quit() == 0
    assert load_settings(file)[1] is None
