"""The frozen program keeps to itself: no network, nothing in the home, no Qt without a window.

Traced by strace, which sees what was tried, and in a network of its own without a route, where
nothing that is tried could succeed. ``tests/contract/test_no_network.py`` shows that a trace would
tell.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.example_view import write_example
from tests.frozen.pictures import LABEL
from tests.frozen.program import NAME, Words, no_network, predictions, run, tracing
from tests.traces import Trace

pytestmark = pytest.mark.frozen

PICTURE: Final = "OUTPUT/view.png"
EXPLAINED: Final = "OUTPUT/why.png"
COMMANDS: Final[dict[str, Words]] = {
    "classify": ["PHOTO", "--format", "json"],
    "layers": ["--format", "json"],
    "activations": ["PHOTO", "--layer", "conv1", "--output", "OUTPUT"],
    "explain": ["PHOTO", "--output", EXPLAINED],
    "render": ["VIEW", "--output", PICTURE],
    "models": ["--format", "json"],
    "doctor": ["--format", "json"],
}


def words_of(command: str, photo: Path, output: Path) -> Words:
    view = output.with_name("photo.lensview")
    write_example(view, model="everyday", image=photo)
    written = {PICTURE: output / "view.png", EXPLAINED: output / "why.png"}
    places = {"PHOTO": photo, "VIEW": view, "OUTPUT": output} | written
    return [command, *(places.get(str(word), word) for word in COMMANDS[command])]


def files_in(home: Path) -> list[Path]:
    return sorted(path.relative_to(home) for path in home.rglob("*") if not path.is_dir())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_asks_for_no_network_and_writes_nothing_unasked(
    command: str, program: Path, photo: Path, home: Path, tmp_path: Path
) -> None:
    words = words_of(command, photo, tmp_path / "output")
    run(*tracing(tmp_path / "trace"), program, *words, variables={"HOME": str(home)})
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
    done = run(*no_network(), program, *words)
    if command == "classify":
        assert predictions(done.json() if not done.err else [])[0][1][0] == LABEL


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_no_qt(command: str, program: Path, photo: Path, tmp_path: Path) -> None:
    words = words_of(command, photo, tmp_path / "output")
    run(*tracing(tmp_path / "trace"), program, *words)
    trace = Trace(tmp_path / "trace")
    assert trace.opened(NAME) != []
    assert trace.opened("Qt6") == []
    assert trace.opened("PySide6") == []
