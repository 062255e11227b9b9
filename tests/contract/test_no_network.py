"""No command tries the network, and none needs it. The window: ``tests/e2e/test_no_network.py``.

Traced by strace, which sees what was tried, and in a network without a loopback, where nothing
that is tried could succeed. The first tests show that a trace would tell.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from desktop_app import paths
from desktop_app.__main__ import COMMANDS
from tests.example_view import write_example
from tests.traces import Trace, traced, tracing_obstacle, without_network

ROOT: Final = Path(__file__).resolve().parents[2]
OUTPUT: Final = "OUTPUT"
VIEW: Final = "VIEW"
DRAWN: Final = "DRAWN"
EXPLAINED: Final = "EXPLAINED"
PICTURE: Final = str(paths.samples() / "two-fingers.png")
WORDS: Final = {
    "classify": [PICTURE, "--format", "json"],
    "layers": ["--format", "json"],
    "activations": [PICTURE, "--layer", "conv1", "--format", "npz", "--output", OUTPUT],
    "explain": [PICTURE, "--method", "layercam", "--output", EXPLAINED],
    "render": [VIEW, "--output", DRAWN],
    "models": ["--format", "json"],
    "doctor": ["--format", "json"],
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")


@pytest.fixture(autouse=True)
def _needs_strace() -> None:
    if reason := tracing_obstacle():
        pytest.skip(reason)


def run(before: tuple[str, ...], arguments: list[str], home: Path) -> str:
    """Run Python in an empty home and return what it printed."""
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [*before, sys.executable, *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answer(printed: str, output: Path) -> Any:
    """What a command said and wrote, without what differs between any two runs."""
    said = json.loads(printed) if printed.startswith(("[", "{")) else printed
    if isinstance(said, list):
        said = [{k: v for k, v in row.items() if k != "timing_ms"} for row in said]
    files = {path.name: path.read_bytes() for path in sorted(output.rglob("*.[np][np][zg]"))}
    return str(said).replace(str(output), OUTPUT), files


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).connect(('::1', 9))",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
        "socket.getaddrinfo('example.invalid', 80)",
        "threading.Thread(target=socket.socket).start()",
        "subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'])",
        "urllib.request.urlopen('http://127.0.0.1:9/')",
    ],
)
def test_a_program_that_tries_is_found_out(attempt: str, tmp_path: Path) -> None:
    script = (
        "import contextlib, socket, subprocess, sys, threading, urllib.request\n"
        f"with contextlib.suppress(OSError):\n    {attempt}\n"
    )
    run(traced(tmp_path / "trace"), ["-c", script], tmp_path / "home")
    assert Trace(tmp_path / "trace").internet() != []


def test_a_socket_on_this_machine_is_none_of_the_network(tmp_path: Path) -> None:
    script = (
        "import contextlib, socket\n"
        "one, other = socket.socketpair()\n"
        "one.sendall(b'AF_INET'); other.recv(100)\n"
        "with contextlib.suppress(OSError):\n"
        "    socket.socket(socket.AF_UNIX).connect('/nowhere/AF_INET')\n"
    )
    run(traced(tmp_path / "trace"), ["-c", script], tmp_path / "home")
    trace = Trace(tmp_path / "trace")
    assert trace.connected() == ["/nowhere/AF_INET"]
    assert trace.internet() == []


def test_every_command_is_tried() -> None:
    assert set(WORDS) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_tries_no_network_and_answers_the_same_without_one(
    command: str, tmp_path: Path
) -> None:
    answers = []
    for name, before in {"with": traced(tmp_path / "trace"), "without": without_network()}.items():
        if before is None:
            pytest.skip("this machine lets nobody make a network of their own")
        output = tmp_path / name
        view = write_example(tmp_path / "hand.lensview", model="everyday")
        places = {OUTPUT: output, VIEW: view, DRAWN: output / "view.png"}
        places[EXPLAINED] = output / "why.npz"
        words = [str(places.get(word, word)) for word in WORDS[command]]
        home = tmp_path / "home"
        printed = run(before, ["-m", "desktop_app", command, *words], home)
        answers.append(answer(printed, output))
        assert list(home.iterdir()) == []
        assert Trace(tmp_path / "trace").internet() == []
    assert answers[0] == answers[1]
