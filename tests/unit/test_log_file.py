"""The log file that messages speak of, also when several processes write it."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app import __version__
from desktop_app.core.file_lock import try_lock
from desktop_app.log_file import keeping_log, last_lines

log = logging.getLogger("desktop_app.somewhere")


def logs(folder: Path) -> list[Path]:
    return sorted(folder.glob("residual-lens.log*"))


def test_warnings_and_crashes_are_in_the_log_file(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "log"
    with keeping_log(folder):
        log.warning("a name with stray bytes: %s", "caf\udce9")
        log.info("nothing of interest")
        error = ZeroDivisionError("division by zero")
        log.critical("Unexpected error", exc_info=error)
    log.warning("after the end")
    text = "".join(path.read_text("utf-8") for path in folder.iterdir())
    assert "stray bytes" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "nothing of interest" not in text
    assert "after the end" not in text


def test_a_run_begins_with_its_version_and_platform(tmp_path: Path) -> None:
    for _ in range(2):
        with keeping_log(tmp_path):
            log.warning("something")
    lines = last_lines(tmp_path)
    assert len(lines) == 4
    for line in (lines[0], lines[2]):
        assert line.startswith(f"Residual Lens {__version__} begins on ")
        assert line.endswith(f", process {os.getpid()}")


def test_the_log_never_grows_beyond_a_few_megabytes(tmp_path: Path) -> None:
    with keeping_log(tmp_path):
        for _ in range(50):
            log.warning("x" * 200_000)
        log.warning("y" * 2**22)
    assert len(logs(tmp_path)) == 3
    assert sum(path.stat().st_size for path in logs(tmp_path)) < 3.1 * 2**20


WRITER = """
import logging, sys
from pathlib import Path
from desktop_app.log_file import keeping_log
logging.getLogger().addHandler(logging.NullHandler())
with keeping_log(Path(sys.argv[1])):
    for number in range(600):
        logging.getLogger("x").warning("%s %d %s end", sys.argv[2], number, "." * 1000)
"""


def test_two_processes_share_the_log_through_its_rotations(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path, name], stderr=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]
    said = [writer.communicate(timeout=60)[1] for writer in writers]
    assert said == ["", ""]
    lines = [line for path in logs(tmp_path) for line in path.read_text("utf-8").splitlines()]
    for name in ("one", "two"):
        numbers = [int(line.split()[6]) for line in lines if f" x: {name} " in line]
        assert sorted(numbers) == list(range(600))
    assert all(line.endswith(" end") for line in lines if " x: " in line)
    assert len(logs(tmp_path)) == 2  # 1.25 MB in all: moved on once, not once by each


def test_the_last_lines_are_at_hand_and_no_more_than_fifty(tmp_path: Path) -> None:
    with keeping_log(tmp_path) as at_hand:
        for number in range(200):
            log.warning("message %d", number)
        lines = at_hand.lines()
    assert len(lines) == 50
    assert lines[-1].endswith("message 199")
    assert tuple(last_lines(tmp_path)) == lines


def test_a_folder_that_cannot_be_written_does_not_stop_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken = tmp_path / "log"
    taken.write_bytes(b"a file where the folder should be")
    with keeping_log(taken) as at_hand:
        log.warning("goes on")
    assert "There is no log file" in caplog.text
    assert "goes on" in caplog.text
    assert at_hand.lines()[-1].endswith("goes on")
    assert last_lines(taken) == ()


def test_a_log_that_is_taken_away_comes_back(tmp_path: Path) -> None:
    with keeping_log(tmp_path):
        for path in logs(tmp_path):
            path.unlink()
        log.warning("still here")
    assert last_lines(tmp_path)[-1].endswith("still here")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind there")
def test_log_is_as_closed_to_others_as_the_reports_that_quote_it(tmp_path: Path) -> None:
    with keeping_log(tmp_path):
        log.warning("x" * 900_000)
        log.warning("y" * 900_000)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [".residual-lens.log.lock", "residual-lens.log", "residual-lens.log.1"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_while_another_process_moves_the_log_on_a_line_makes_it_longer(tmp_path: Path) -> None:
    with keeping_log(tmp_path):
        log.warning("x" * 900_000)
        with (tmp_path / ".residual-lens.log.lock").open("ab") as lock:
            assert try_lock(lock.fileno())
            log.warning("y" * 900_000)
            assert len(logs(tmp_path)) == 1
        log.warning("z" * 900_000)
    assert len(logs(tmp_path)) == 2
