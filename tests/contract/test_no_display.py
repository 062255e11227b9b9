"""Started where no window can be: one sentence and an exit status, no core dump."""

import os
import subprocess
import sys

import pytest

SCREENS = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}


def start(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in SCREENS}
    return subprocess.run(
        [sys.executable, "-m", "desktop_app", *words],
        check=False,
        capture_output=True,
        text=True,
        env={**environment, **variables},
    )


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a screen")


@pytest.mark.parametrize(
    ("variables", "reason"),
    [({}, "no display"), ({"DISPLAY": ""}, "no display"), ({"DISPLAY": ":4711"}, "DISPLAY=:4711")],
)
def test_the_window_without_a_display_is_refused_in_one_sentence(
    variables: dict[str, str], reason: str
) -> None:
    done = start("picture.png", **variables)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert reason in done.stderr
    assert "residual-lens classify" in done.stderr


def test_a_word_that_is_no_file_and_no_command_is_called_that() -> None:
    done = start("frobnicate")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "residual-lens: no file and no command is called frobnicate; the commands are classify, "
    )
    assert len(done.stderr.splitlines()) == 1
    assert "no display" in start("/").stderr


def test_help_and_commands_need_no_display() -> None:
    assert start("--help").returncode == 0
    assert start("models").returncode == 0
