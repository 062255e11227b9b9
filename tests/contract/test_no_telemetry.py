"""Nothing of ours lets ONNX Runtime leave traces: an empty home stays empty.

The official wheels have telemetry on by default on Linux since 1.31; a bare import writes a
device id under ``~/.cache/Microsoft``. The last test shows that these tests would see it.
"""

import os
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest

from desktop_app import paths
from desktop_app.__main__ import COMMANDS
from tests.e2e.screen import wait_until
from tests.unseen_window import UnseenProgram, end

ROOT = Path(__file__).resolve().parents[2]
OUR_FOLDER = "residual-lens"


def run_in_empty_home(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with nothing set that could hide a trace or prevent it."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"},
    )


def traces(home: Path) -> list[str]:
    """Return the files under ``home`` that lie in no folder of ours."""
    files = (path.relative_to(home) for path in home.rglob("*") if not path.is_dir())
    return sorted(str(path) for path in files if OUR_FOLDER not in path.parts)


@pytest.mark.parametrize("module", ["desktop_app.core.sessions", "model_export.__main__"])
def test_import_leaves_no_trace(tmp_path: Path, module: str) -> None:
    script = f"import {module}; import onnxruntime"
    done = run_in_empty_home(tmp_path, "-c", script)
    assert done.returncode == 0, done.stderr
    assert traces(tmp_path) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_leaves_no_trace(tmp_path: Path, command: str) -> None:
    done = run_in_empty_home(tmp_path, "-m", "desktop_app", command, "--help")
    assert done.returncode == 0, done.stderr
    assert traces(tmp_path) == []


@pytest.mark.parametrize("command", ["doctor", "models"])
def test_run_of_a_command_leaves_no_trace(tmp_path: Path, command: str) -> None:
    done = run_in_empty_home(tmp_path, "-m", "desktop_app", command, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert traces(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the window is closed by a signal here")
def test_window_leaves_nothing_but_our_own_folders(tmp_path: Path) -> None:
    program = UnseenProgram(tmp_path)
    picture = paths.samples() / "two-fingers.png"
    with program.window(picture, "--provider", "cpu") as process:
        wait_until(lambda: "two-fingers" in remembered(tmp_path) or None, "it has been opened")
        assert end(process)[0] == 0
    assert traces(tmp_path) == []
    strange = {path for path in tmp_path.rglob("*") if path.is_dir() and not any(path.iterdir())}
    assert [path for path in strange if OUR_FOLDER not in path.parts] == []


def remembered(home: Path) -> str:
    return "".join(path.read_text("utf-8") for path in home.rglob("settings.json"))


@pytest.mark.skipif(
    sys.platform != "linux" or tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 31),
    reason="this ONNX Runtime has no telemetry that is on by default",
)
def test_bare_import_would_leave_a_trace(tmp_path: Path) -> None:
    done = run_in_empty_home(tmp_path, "-c", "import onnxruntime")
    assert done.returncode == 0, done.stderr
    assert any("deviceid" in trace for trace in traces(tmp_path))
