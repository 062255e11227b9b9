"""Hygiene for every test: no telemetry, no screen, no touch of the home, nothing left running."""

import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.leaks import LeakGuard

pytest_plugins = ["tests.model_fixtures"]

IMPORTS_QT = re.compile(
    r"^(?:from|import) (?:PySide6|pytestqt|desktop_app\.(?:app|controller|views))\b", re.MULTILINE
)

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before any import of onnxruntime, also in children
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the program, which may be imported after NumPy
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["MPLBACKEND"] = "agg"


def pytest_configure(config: pytest.Config) -> None:
    """Give the whole session a home of its own: no test may read or write the user's."""
    home = Path(tempfile.mkdtemp(prefix="residual-lens-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ.update(isolated_home(home))


def isolated_home(home: Path) -> dict[str, str]:
    """Return the variables that make ``home`` (made private, for Qt) the home of a program."""
    places = {
        "HOME": home,
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_RUNTIME_DIR": home / ".runtime",
    }
    places["XDG_RUNTIME_DIR"].mkdir(mode=0o700, exist_ok=True)
    return {name: str(path) for name, path in places.items()}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape stray bytes in what a test printed or logged: a worker's report has to be Unicode."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what imports Qt where dev.py found that Qt cannot be loaded."""
    if collection_path.suffix != ".py" or config.pluginmanager.hasplugin("pytest-qt"):
        return None
    return True if IMPORTS_QT.search(collection_path.read_text("utf-8")) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say plainly why a test cannot run here, and keep coverage out of what measures time."""
    without_torch = pytest.mark.skip(reason="torch is missing: pip install -e '.[build]'")
    has_torch = importlib.util.find_spec("torch") is not None
    for item in items:
        if item.get_closest_marker("torch") and not has_torch:
            item.add_marker(without_torch)
        if item.get_closest_marker("benchmark"):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread, a timer or a window behind for the next one."""
    guard = LeakGuard()
    yield
    guard.close()
    if leaks := guard.leaks():
        pytest.fail(f"left behind: {', '.join(leaks)}", pytrace=False)
