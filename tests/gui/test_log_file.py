"""The log file that messages speak of."""

import logging
from pathlib import Path

import pytest

from desktop_app import app


def test_warnings_and_crashes_are_in_the_log_file(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "log"
    with app.log_file(folder):
        log = logging.getLogger("desktop_app.somewhere")
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


def test_the_log_never_grows_beyond_a_few_megabytes(tmp_path: Path) -> None:
    with app.log_file(tmp_path):
        for _ in range(50):
            logging.getLogger("desktop_app.somewhere").warning("x" * 200_000)
    assert len(list(tmp_path.iterdir())) == 3
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3.1 * 2**20


def test_a_folder_that_cannot_be_written_does_not_stop_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken = tmp_path / "log"
    taken.write_bytes(b"a file where the folder should be")
    with app.log_file(taken):
        logging.getLogger("desktop_app.somewhere").warning("goes on")
    assert "There is no log file" in caplog.text
    assert "goes on" in caplog.text
