"""What breaks becomes a report: errors in every thread, and ends that only a file can tell of."""

import json
import logging
import signal
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop_app.crash_report import kept_reports, read_report
from desktop_app.crash_watch import CrashWatch
from desktop_app.last_run import look_back
from desktop_app.log_file import keeping_log

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[tuple[str, Path | None]]:
    return []


@pytest.fixture
def watch(
    tmp_path: Path, clock: Clock, told: list[tuple[str, Path | None]]
) -> Iterator[CrashWatch]:
    with keeping_log(tmp_path) as lines:
        watch = CrashWatch(tmp_path, lines, None, clock=clock)
        watch.listen(lambda line, report: told.append((line, report)), lambda: None)
        with watch.hooks():
            yield watch


def caught(what: str = "division by zero") -> ZeroDivisionError:
    with pytest.raises(ZeroDivisionError) as raised:
        raise ZeroDivisionError(what)
    return raised.value


def fail_by_hook(error: BaseException) -> None:
    """As Qt does with an error that leaves a slot."""
    sys.excepthook(type(error), error, error.__traceback__)


# --- errors of this run --------------------------------------------------------------------------


def test_an_error_nobody_caught_is_logged_reported_and_told(
    watch: CrashWatch, tmp_path: Path, told: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("desktop_app.before").warning("the picture was odd")
    watch.note("Model", "everyday")
    fail_by_hook(caught())
    (report,) = kept_reports(tmp_path)
    text = read_report(report)
    assert "ZeroDivisionError: division by zero\nIn the window's thread" in text
    assert "raise ZeroDivisionError(what)" in text
    assert "Model          everyday" in text
    assert f"Python         {sys.version.split()[0]}" in text
    assert "desktop_app.before: the picture was odd" in text
    assert told == [("ZeroDivisionError: division by zero", report)]
    assert str(report) in caplog.text


def test_an_error_that_ends_a_thread_has_a_report(
    watch: CrashWatch, tmp_path: Path, told: list[Any]
) -> None:
    thread = threading.Thread(target=lambda: {}["nothing"], name="reader")
    thread.start()
    thread.join()
    assert told == [("KeyError: 'nothing'", kept_reports(tmp_path)[0])]
    assert "In the thread reader" in read_report(told[0][1])


def test_an_error_in_a_destructor_has_a_report(
    watch: CrashWatch, tmp_path: Path, told: list[Any]
) -> None:
    class Fragile:
        def __del__(self) -> None:
            raise OSError("cannot let go")

    Fragile()
    assert [line for line, _ in told] == ["OSError: cannot let go"]


def test_what_qt_calls_critical_has_a_report_with_the_way_there(
    watch: CrashWatch, told: list[Any]
) -> None:
    watch.fail_with("Qt: cannot make a surface")
    ((line, report),) = told
    assert line == "Qt: cannot make a surface"
    assert "test_what_qt_calls_critical" in read_report(report)


def test_critical_words_that_differ_in_numbers_alone_make_one_report_and_no_flood(
    watch: CrashWatch, tmp_path: Path, told: list[Any], clock: Clock
) -> None:
    for number in range(200):
        clock.now += 1 / 60
        watch.fail_with(f"Qt: surface {number} at 0x{0xDEAD_0000 + number:x} (size -1) is lost")
    assert len(kept_reports(tmp_path)) == 1
    assert [line for line, _ in told] == ["Qt: surface 0 at 0xdead0000 (size -1) is lost"]
    assert len((tmp_path / "residual-lens.log").read_text().splitlines()) < 10


def test_the_end_of_a_thread_by_sys_exit_is_no_error(watch: CrashWatch, told: list[Any]) -> None:
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()
    assert told == []


def test_ctrl_c_closes_the_window_and_is_no_error(watch: CrashWatch, told: list[Any]) -> None:
    interrupted: list[bool] = []
    watch.listen(pytest.fail, lambda: interrupted.append(True))
    fail_by_hook(KeyboardInterrupt())
    assert interrupted == [True]


def test_a_paint_event_that_always_fails_makes_one_report_and_no_flood(
    watch: CrashWatch, tmp_path: Path, told: list[Any], clock: Clock
) -> None:
    for number in range(6000):
        clock.now += 1 / 60
        fail_by_hook(caught(f"at {id(clock) + number}"))  # words with addresses in them
    assert len(kept_reports(tmp_path)) == 1
    assert len(told) == 1
    log = (tmp_path / "residual-lens.log").read_text()
    assert log.count("Traceback") == 1
    assert len(log.splitlines()) < 25
    assert "1000 times now" in log


def test_an_error_that_comes_again_after_a_while_is_told_again_with_the_same_report(
    watch: CrashWatch, tmp_path: Path, told: list[Any], clock: Clock
) -> None:
    fail_by_hook(caught())
    clock.now += 6
    fail_by_hook(caught())
    assert len(kept_reports(tmp_path)) == 1
    assert told == [told[0], told[0]]


def test_a_run_with_many_different_errors_leaves_the_reports_of_earlier_runs(
    watch: CrashWatch, tmp_path: Path, told: list[Any]
) -> None:
    (tmp_path / "crash-20200101T000000Z.txt").write_text("of an earlier run")
    for letter in string.ascii_lowercase:
        watch.fail_with(f"trouble {letter}")
    assert len(kept_reports(tmp_path)) == 6
    assert len(told) == 26
    assert told[-1] == ("trouble z", None)


def test_an_error_somebody_caught_has_a_report_and_is_told_by_them(
    watch: CrashWatch, tmp_path: Path, told: list[Any]
) -> None:
    error = caught()
    report = watch.report(error, "answering Analyse")
    assert report is not None
    assert "While answering Analyse" in read_report(report)
    assert watch.report(error, "answering Analyse") == report
    assert told == []


def test_an_error_whose_words_fail_too_has_a_report(watch: CrashWatch, told: list[Any]) -> None:
    class WordlessError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

        __repr__ = __str__

    with pytest.raises(WordlessError) as raised:
        raise WordlessError
    fail_by_hook(raised.value)
    ((line, report),) = told
    assert line == "WordlessError"
    assert "raise WordlessError" in read_report(report)


def test_a_recursion_without_end_has_a_report(watch: CrashWatch, told: list[Any]) -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as raised:
        deeper()
    fail_by_hook(raised.value)
    assert "more times" in read_report(told[0][1])


def test_the_hooks_are_given_back(tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    with keeping_log(tmp_path) as lines, CrashWatch(tmp_path, lines, None).hooks():
        assert sys.excepthook is not before[0]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


# --- how earlier runs ended ----------------------------------------------------------------------

RUN = """
import logging, os, signal, sys
from pathlib import Path
from desktop_app.crash_watch import CrashWatch
from desktop_app.log_file import keeping_log
from desktop_app.run_file import telling_its_end

folder = Path(sys.argv[1])
with keeping_log(folder) as lines, telling_its_end(folder) as run:
    watch = CrashWatch(folder, lines, run)
    with watch.hooks():
        watch.note("Model", "everyday, being loaded")
        watch.note("Model", "everyday")
        logging.getLogger("x").warning("about to end")
        print("running", flush=True)
        exec(sys.stdin.readline())
"""


def start(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, folder],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


def end(process: "subprocess.Popen[str]", by: str) -> int:
    process.communicate(f"{by}\n", timeout=30)
    return process.returncode


def left_by(folder: Path) -> list[Path]:
    return list(folder.glob("running-*"))


needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="ends by signals")


@needs_signals
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGSEGV, "Segmentation fault"),
        (signal.SIGABRT, "Aborted"),
        (signal.SIGBUS, "Bus error"),
        (signal.SIGFPE, "Floating point exception"),
    ],
)
def test_a_fatal_signal_becomes_a_report_at_the_next_start(
    tmp_path: Path, number: signal.Signals, words: str
) -> None:
    assert end(start(tmp_path), f"os.kill(os.getpid(), {number:d})") == -number
    assert kept_reports(tmp_path) == ()
    report = look_back(tmp_path)
    assert report is not None
    assert kept_reports(tmp_path) == (report,)
    text = read_report(report)
    assert f"The program was ended: {words}" in text
    assert "most recent call first" in text
    assert "Model          everyday\n" in text
    assert "about to end" in text
    assert left_by(tmp_path) == []
    assert look_back(tmp_path) is None


@needs_signals
def test_the_stacks_of_all_threads_are_told(tmp_path: Path) -> None:
    process = start(tmp_path)
    waits = "__import__('threading').Event().wait"
    end(process, f"__import__('threading').Thread(target={waits}, daemon=True).start(); "
        "os.kill(os.getpid(), signal.SIGSEGV)")  # fmt: skip
    report = look_back(tmp_path)
    assert report is not None
    assert read_report(report).count("most recent call first") == 2


def test_a_run_that_ended_well_leaves_nothing(tmp_path: Path) -> None:
    assert end(start(tmp_path), "pass") == 0
    assert left_by(tmp_path) == []
    assert look_back(tmp_path) is None


@needs_signals
def test_another_living_processs_file_is_not_taken_for_a_crash(tmp_path: Path) -> None:
    living = start(tmp_path)
    (file,) = left_by(tmp_path)
    file.write_text(file.read_text() + "Fatal Python error: Segmentation fault\n")
    assert look_back(tmp_path) is None
    assert left_by(tmp_path) == [file]
    end(living, "os.kill(os.getpid(), signal.SIGKILL)")
    assert look_back(tmp_path) is not None


@needs_signals
def test_a_run_killed_from_outside_is_no_crash_but_stands_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    end(start(tmp_path), "os.kill(os.getpid(), signal.SIGKILL)")
    assert look_back(tmp_path) is None
    assert left_by(tmp_path) == []
    assert "was ended from outside" in caplog.text


def test_an_error_that_ends_the_program_is_reported_at_once_and_told_at_the_next_start(
    tmp_path: Path,
) -> None:
    assert end(start(tmp_path), "{}['nothing']") == 1
    (report,) = kept_reports(tmp_path)
    assert "KeyError: 'nothing'\nWhile running the program" in read_report(report)
    assert look_back(tmp_path) == report
    assert kept_reports(tmp_path) == (report,)
    assert left_by(tmp_path) == []


@needs_signals
def test_what_was_said_right_before_the_end_comes_first(tmp_path: Path) -> None:
    end(start(tmp_path), "watch.note_fatal('Qt: no platform plugin'); os.abort()")
    report = look_back(tmp_path)
    assert report is not None
    text = read_report(report)
    assert "The program was ended: Qt: no platform plugin" in text
    assert "Fatal Python error: Aborted" in text


@needs_signals
@needs_signals
def test_a_crash_that_no_report_can_be_written_of_is_told_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    end(start(tmp_path), "os.abort()")
    with monkeypatch.context() as full:
        full.setattr("desktop_app.last_run.write_report", lambda *_: None)
        assert look_back(tmp_path) is None
    assert "no report" in caplog.text
    report = look_back(tmp_path)
    assert report is not None
    assert "Aborted" in read_report(report)
    assert left_by(tmp_path) == []


@needs_signals
def test_a_fault_after_the_runs_end_is_written_into_no_file_of_others(tmp_path: Path) -> None:
    bystander = tmp_path / "bystander"
    done = subprocess.run(
        [sys.executable, "-c", ENDED_BEFORE, tmp_path / "log", bystander], cwd=ROOT, check=False
    )
    assert done.returncode == -signal.SIGABRT
    assert bystander.read_bytes() == b""


ENDED_BEFORE = """
import os, sys
from pathlib import Path
from desktop_app.run_file import telling_its_end

sys.stderr = None  # as on Windows without a console
before = os.open(os.devnull, os.O_RDONLY)
os.close(before)
with telling_its_end(Path(sys.argv[1])):
    pass
assert os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT) == before  # the run's own file had it
os.abort()
"""


@needs_signals
def test_of_several_crashes_the_newest_is_told(tmp_path: Path) -> None:
    for words in ("one", "two"):
        end(start(tmp_path), f"watch.note_fatal('{words}'); os.abort()")
    newest = look_back(tmp_path)
    assert newest is not None
    assert "The program was ended: two" in read_report(newest)
    assert len(kept_reports(tmp_path)) == 2


def test_files_of_other_origin_do_not_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "running-folder.txt").mkdir()
    (tmp_path / "running-noise.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "running-empty.txt").touch()
    report = look_back(tmp_path)
    assert report is not None
    assert (tmp_path / "running-empty.txt").exists()  # its process may just be starting


def test_where_nothing_can_be_written_the_program_runs(tmp_path: Path) -> None:
    taken = tmp_path / "log"
    taken.write_bytes(b"a file where the folder should be")
    assert end(start(taken), "pass") == 0
    assert look_back(taken) is None


def test_nothing_heavy_is_loaded_to_make_a_report(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", LOADS, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(process.stdout)
    assert loaded["before"] == loaded["after"]
    heavy = {"numpy", "onnxruntime", "onnx", "PIL", "PySide6", "msgspec"}
    assert heavy.isdisjoint(name.split(".")[0] for name in loaded["after"])


LOADS = """
import json, logging, sys
from pathlib import Path
from desktop_app.crash_watch import CrashWatch
from desktop_app.last_run import look_back
from desktop_app.log_file import keeping_log
from desktop_app.run_file import telling_its_end

logging.getLogger().addHandler(logging.NullHandler())
folder = Path(sys.argv[1])
with keeping_log(folder) as lines, telling_its_end(folder) as run:
    watch = CrashWatch(folder, lines, run)
    look_back(folder)
    with watch.hooks():
        before = sorted(sys.modules)
        sys.excepthook(KeyError, KeyError("x"), None)
        print(json.dumps({"before": before, "after": sorted(sys.modules)}))
"""
