"""Whether a window can be opened is known before Qt is asked, which would end the process."""

import sys
from pathlib import Path

import pytest

from desktop_app.display import obstacle


def on_linux(variables: dict[str, str], *, answers: bool) -> str | None:
    return obstacle(variables, platform="linux", answers=lambda _display: answers)


@pytest.mark.parametrize("variables", [{}, {"DISPLAY": ""}, {"WAYLAND_DISPLAY": ""}])
def test_without_any_screen_there_is_no_window(variables: dict[str, str]) -> None:
    assert on_linux(variables, answers=True) == "there is no display for a window"


def test_a_display_that_answers_will_do() -> None:
    assert on_linux({"DISPLAY": ":0"}, answers=True) is None


def test_a_display_that_does_not_answer_is_named() -> None:
    assert on_linux({"DISPLAY": ":9"}, answers=False) == "no screen answers at DISPLAY=:9"


def test_wayland_is_taken_before_x(tmp_path: Path) -> None:
    variables = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert on_linux(variables, answers=False) == "there is no display for a window"
    (tmp_path / "wayland-0").touch()
    assert on_linux(variables, answers=False) is None


def test_wayland_that_was_refused_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "wayland-0").touch()
    variables = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}
    asked = {**variables, "QT_QPA_PLATFORM": "xcb", "DISPLAY": ":9"}
    assert on_linux(asked, answers=False) == "no screen answers at DISPLAY=:9"


def test_another_platform_plugin_needs_no_screen() -> None:
    assert on_linux({"QT_QPA_PLATFORM": "offscreen"}, answers=False) is None
    assert on_linux({"QT_QPA_PLATFORM": "vnc:port=5901"}, answers=False) is None


def test_other_systems_always_have_a_screen() -> None:
    assert obstacle({}, platform="win32") is None


@pytest.mark.skipif(sys.platform != "linux", reason="asks libxcb")
def test_a_display_number_that_nobody_serves_does_not_answer() -> None:
    assert obstacle({"DISPLAY": ":4711"}) == "no screen answers at DISPLAY=:4711"
