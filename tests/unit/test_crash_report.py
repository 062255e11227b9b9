"""Crash reports: what stands in one, how many are kept, and that making one never fails."""

import os
import stat
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from desktop_app.crash_report import (
    KEPT,
    MOST_BYTES,
    compose,
    kept_reports,
    read_report,
    write_report,
    written_at,
)

WHEN = datetime(2026, 11, 21, 9, 30, 12, tzinfo=UTC)
FACTS = {"Residual Lens": "0.1.0, frozen", "Python": "3.11.7", "Model": "everyday"}


def report(what: str = "ZeroDivisionError: division by zero", where: str = "  line 1") -> str:
    return compose(what, when=WHEN, where=where, facts=FACTS, log=["one", "two"])


def test_a_report_says_first_that_it_stays_here_and_what_may_be_private() -> None:
    lines = report().splitlines()
    assert lines[0] == "Residual Lens crash report"
    first = " ".join(lines[:6])
    assert "stays on this machine" in first
    assert "sends it nowhere" in first
    assert "names of files and folders, and of the open model, may be private" in first


def test_a_report_tells_what_when_where_and_in_which_program() -> None:
    text = report()
    assert "ZeroDivisionError: division by zero\n2026-11-21 09:30:12 UTC" in text
    assert "Python         3.11.7\n" in text
    assert "Model          everyday\n" in text
    assert text.index("0.1.0, frozen") < text.index("line 1") < text.index("one\ntwo")


def test_times_are_in_utc_whatever_the_clock() -> None:
    there = WHEN.astimezone(timezone(timedelta(hours=9)))
    assert compose("x", when=there, where="", facts={}, log=[]) == compose(
        "x", when=WHEN, where="", facts={}, log=[]
    )


def test_the_name_of_the_users_folder_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    text = report(where='File "/home/ada/photos/cat.jpg"')
    assert "ada" not in text
    assert 'File "~/photos/cat.jpg"' in text


def test_a_user_without_a_home_has_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert "line 1" in report()


def test_a_very_long_traceback_loses_its_middle_and_nothing_else(tmp_path: Path) -> None:
    where = "first\n" + "x" * 10 * MOST_BYTES + "\nlast"
    path = write_report(tmp_path, report(where=where), WHEN)
    assert path is not None
    assert path.stat().st_size <= MOST_BYTES
    text = read_report(path)
    assert "first" in text
    assert "last" in text
    assert "characters left out" in text
    assert text.endswith("one\ntwo\n")


def test_reports_of_one_second_have_names_of_their_own_and_are_sorted(tmp_path: Path) -> None:
    paths = [write_report(tmp_path, f"{number}", WHEN) for number in range(3)]
    later = write_report(tmp_path, "later", WHEN + timedelta(seconds=1))
    assert [path.name for path in paths if path] == [
        "crash-20261121T093012Z.txt",
        "crash-20261121T093012Z-02.txt",
        "crash-20261121T093012Z-03.txt",
    ]
    assert kept_reports(tmp_path) == (later, paths[2], paths[1], paths[0])
    assert later is not None
    assert written_at(later) == WHEN + timedelta(seconds=1)
    assert written_at(tmp_path / "crash-yesterday.txt") is None


def test_no_more_than_the_newest_ten_are_kept(tmp_path: Path) -> None:
    (tmp_path / "residual-lens.log").touch()
    for minute in range(KEPT + 5):
        write_report(tmp_path, str(minute), WHEN + timedelta(minutes=minute))
    assert [path.read_text() for path in kept_reports(tmp_path)] == [
        str(minute) for minute in range(KEPT + 4, 4, -1)
    ]
    assert (tmp_path / "residual-lens.log").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of another kind")
def test_nobody_else_on_the_machine_can_read_a_report(tmp_path: Path) -> None:
    path = write_report(tmp_path, report(), WHEN)
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_stray_bytes_of_a_file_name_are_written_and_read(tmp_path: Path) -> None:
    path = write_report(tmp_path, report(what="caf\udce9.png"), WHEN)
    assert path is not None
    assert "caf\\udce9.png" in read_report(path)


def test_a_folder_that_cannot_be_written_costs_the_report_and_nothing_else(tmp_path: Path) -> None:
    taken = tmp_path / "log"
    taken.write_bytes(b"a file where the folder should be")
    assert write_report(taken, report(), WHEN) is None
    assert kept_reports(taken) == ()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_leaves_no_empty_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def open_full(path: Path, flags: int, mode: int) -> int:
        os.close(opened(path, flags, mode))
        return opened("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(os, "open", open_full)
    assert write_report(tmp_path, report(), WHEN) is None
    assert kept_reports(tmp_path) == ()


def test_a_report_that_has_gone_is_said_in_its_place(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in read_report(tmp_path / "crash-gone.txt")
