"""The frozen program keeps to itself: no network, nothing in the home, no Qt without a window.

Traced by strace, which sees what was tried, and in a network of its own without a route, where
nothing that is tried could succeed. The first test shows that a trace would tell.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.frozen.pictures import LABEL
from tests.frozen.program import NAME, Words, predictions, run
from tests.frozen.tracing import Trace, traced

pytestmark = pytest.mark.frozen

COMMANDS: Final[dict[str, Words]] = {
    "classify": ["PHOTO", "--format", "json"],
    "layers": ["--format", "json"],
    "activations": ["PHOTO", "--layer", "conv1", "--output", "OUTPUT"],
    "models": ["--format", "json"],
    "doctor": ["--format", "json"],
}


def words_of(command: str, photo: Path, output: Path) -> Words:
    places = {"PHOTO": photo, "OUTPUT": output}
    return [command, *(places.get(str(word), word) for word in COMMANDS[command])]


def without_network() -> list[str]:
    """The words that, before a command, leave it a loopback that is down, and no route."""
    unshare = shutil.which("unshare") or "unshare"
    for words in ([unshare, "--net"], [unshare, "--user", "--map-current-user", "--net"]):
        if subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0:
            return words
    pytest.skip("this machine lets nobody make a network namespace")


def files_in(home: Path) -> list[Path]:
    return sorted(path.relative_to(home) for path in home.rglob("*") if not path.is_dir())


def test_a_trace_tells_of_a_connection_that_fails(tmp_path: Path) -> None:
    script = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('::', 9))"
    run(*traced(tmp_path / "trace"), sys.executable, "-c", script, status=1)
    assert Trace(tmp_path / "trace").internet() != []


def test_a_trace_tells_of_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    run(*traced(tmp_path / "trace"), "/usr/bin/touch", tmp_path / "none" / "file", status=1)
    assert str(tmp_path / "none" / "file") in Trace(tmp_path / "trace").written()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_asks_for_no_network_and_writes_nothing_unasked(
    command: str, program: Path, photo: Path, home: Path, tmp_path: Path
) -> None:
    words = words_of(command, photo, tmp_path / "output")
    run(*traced(tmp_path / "trace"), program, *words, variables={"HOME": str(home)})
    trace = Trace(tmp_path / "trace")
    assert trace.opened(str(program.parent)), "the trace saw nothing at all"
    assert trace.internet() == []
    unasked = {path for path in trace.written() if not path.startswith(("/dev/", "/proc/"))}
    assert [path for path in unasked if str(tmp_path / "output") not in path] == []
    assert files_in(home) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_without_a_route(
    command: str, program: Path, photo: Path, tmp_path: Path
) -> None:
    words = words_of(command, photo, tmp_path / "output")
    done = run(*without_network(), program, *words)
    if command == "classify":
        assert predictions(done.json() if not done.err else [])[0][1][0] == LABEL


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_no_qt(command: str, program: Path, photo: Path, tmp_path: Path) -> None:
    words = words_of(command, photo, tmp_path / "output")
    run(*traced(tmp_path / "trace"), program, *words)
    trace = Trace(tmp_path / "trace")
    assert trace.opened(NAME) != []
    assert trace.opened("Qt6") == []
    assert trace.opened("PySide6") == []
