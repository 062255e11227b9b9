"""One process for each person, with the real program: what a second start does, and costs."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.e2e.screen import wait_until
from tests.unseen_window import PATIENCE_S, UnseenProgram, end

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="windows end by a signal here")


@pytest.fixture
def program(tmp_path: Path) -> UnseenProgram:
    (tmp_path / "home").mkdir()
    return UnseenProgram(tmp_path / "home")


def recent(program: UnseenProgram) -> set[str]:
    """The files that the window has opened, as it remembers them."""
    (settings,) = program.home.rglob("settings.json")
    return set(json.loads(settings.read_text("utf-8"))["recent"])


def test_later_start_is_over_before_qt_or_numpy_is_loaded(program: UnseenProgram) -> None:
    traced = UnseenProgram(
        program.home, command=(sys.executable, "-X", "importtime", "-m", "desktop_app")
    )
    with program.window():
        later = traced.run("later.png")
    assert later.returncode == 0
    assert later.stdout == ""
    loaded = {line.rpartition("|")[2].strip() for line in later.stderr.splitlines()}
    assert "desktop_app.first_process" in loaded
    heavy = ("PySide6", "shiboken6", "numpy", "msgspec", "onnx", "onnxruntime", "PIL")
    assert [name for name in loaded if name.split(".")[0] in heavy] == []


def test_relative_path_is_meant_from_where_the_later_start_was(
    program: UnseenProgram, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    named = os.fsdecode(b"caf\xc3\xa9.png")
    elsewhere = UnseenProgram(program.home, root=folder)
    with program.window("first.png") as process:
        assert elsewhere.run(named, "--", "--portable").returncode == 0
        assert end(process)[0] == 0
    expected = {str(program.root / "first.png"), str(folder / named), str(folder / "--portable")}
    assert recent(program) == expected


def test_of_starts_at_the_same_instant_exactly_one_opens_a_window(program: UnseenProgram) -> None:
    names = [f"/pictures/{number}.png" for number in range(4)]
    processes = [program.start(name) for name in names]

    def left() -> list[str] | None:
        running = [name for name, p in zip(names, processes, strict=True) if p.poll() is None]
        return running if len(running) <= 1 else None

    assert len(wait_until(left, "one is left", PATIENCE_S)) == 1
    assert [end(process)[0] for process in processes] == [0, 0, 0, 0]
    assert recent(program) == set(names)


def test_start_after_a_kill_opens_a_window(program: UnseenProgram) -> None:
    with program.window() as process:
        process.kill()
        process.wait(PATIENCE_S)
        with program.window("next.png") as successor:
            assert end(successor)[0] == 0
    assert any(name.endswith("next.png") for name in recent(program))


def test_window_opens_where_nothing_can_be_shared(program: UnseenProgram) -> None:
    """Where the lock would be lies a file: then, too, the program opens."""
    (program.home / ".local" / "state" / "residual-lens").mkdir(parents=True)
    (program.home / ".local" / "state" / "residual-lens" / "run").write_text("in the way")
    process = program.start("alone.png")
    wait_until(lambda: any(program.home.rglob("running-*.txt")) or None, "it has begun")
    status, said = end(process)
    assert "Nothing is shared" in said
    assert status in (0, -15)  # it may have been too early for a window to close
