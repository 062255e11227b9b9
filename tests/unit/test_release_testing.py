"""The limit over the tests of the frozen program holds, whatever hangs and whoever started it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from release import testing
from release.flavours import ROOT
from release.testing import run_limited

from tests.e2e.screen import wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="process groups are Unix's")

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, sys;"
    "signal.signal(signal.SIGINT, signal.SIG_IGN);"
    "print('ready', file=open(sys.argv[1], 'w'), flush=True); signal.pause()", sys.argv[1]])
print(child.pid, file=open(sys.argv[2], "w"), flush=True)
child.wait()
"""
TALKATIVE = """
import signal, sys
try:
    print("ready", file=open(sys.argv[1], "w"), flush=True)
    signal.pause()
except KeyboardInterrupt:
    print("here", flush=True)
"""
LIMIT_S = 3600


def is_running(pid: int) -> bool:
    """Whether it lives; one that nobody has waited for yet does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a command says that it hangs; then its time is up, however long it took."""
    path = tmp_path / "ready"

    class Waited(subprocess.Popen[bytes]):
        def wait(self, timeout: float | None = None) -> int:
            if timeout == LIMIT_S:
                wait_until(path.exists, "the command hangs")
                timeout = 0
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Waited)
    return path


def test_a_command_in_time_gives_its_status() -> None:
    words = [sys.executable, "-c", "raise SystemExit(3)"]
    assert run_limited(words, limit_s=60, variables=os.environ) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_command_that_hangs_is_stopped_with_what_it_started(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "_LAST_WORDS_S", 0.1)
    number = tmp_path / "pid"
    words = [sys.executable, "-c", STUBBORN, str(ready), str(number)]
    assert run_limited(words, limit_s=LIMIT_S, variables=os.environ) is None
    wait_until(lambda: not is_running(int(number.read_text())), "it has ended")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_a_command_leaves_running_is_ended(tmp_path: Path) -> None:
    number = tmp_path / "pid"
    leave = f"sleep 600 & echo $! > '{number}'"
    assert run_limited(["sh", "-c", leave], limit_s=60, variables=os.environ) == 0
    wait_until(lambda: not is_running(int(number.read_text())), "it has ended")


def test_a_command_that_is_stopped_may_say_where_it_was(
    ready: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [sys.executable, "-c", TALKATIVE, str(ready)]
    assert run_limited(words, limit_s=LIMIT_S, variables=os.environ) is None
    assert capfd.readouterr().out == "here\n"


SKIPPING = """
import pytest
from tests.frozen.no_skips import NO_LIBRARIES

def test_that_is_skipped():
    pytest.skip({reason})
"""


@pytest.mark.parametrize(
    ("reason", "package", "status"),
    [
        ("'this machine lets nobody trace'", "residual-lens.deb", 1),
        ("'this machine lets nobody trace'", "", 0),
        ("NO_LIBRARIES", "residual-lens.deb", 0),
    ],
)
def test_what_cannot_be_tested_of_a_package_fails(
    reason: str, package: str, status: int, tmp_path: Path
) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING.format(reason=reason))
    (tmp_path / "conftest.py").write_text("from tests.frozen.conftest import *\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={tmp_path}", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        # The project's own pytest options, which find .ci, are left out.
        env={**os.environ, "RESIDUAL_LENS_PACKAGE": package, "PYTHONPATH": str(ROOT / ".ci")},
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert ("the package is not proven" in done.stdout) == bool(status)
