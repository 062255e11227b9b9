"""The window tries no network, and needs none."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop_app import paths
from tests.e2e.companion import Companion
from tests.e2e.lens import FROM_SOURCE, Lens
from tests.e2e.screen import Screen
from tests.traces import Trace, traced, tracing_obstacle, without_network

NEXT_LAYER = "alt+Down"
SOCKETS_OF_THE_DESKTOP = ("/tmp/.X11-unix/", "/run/", "/var/run/")  # noqa: S108 - X's own place

pytestmark = pytest.mark.e2e


@contextmanager
def opened_behind(
    words: Sequence[str], screen: Screen, companion: Companion, tmp_path: Path, picture: Path
) -> Iterator[Lens]:
    """Keep the window open with its bundled model and a picture, ``words`` before the program."""
    (tmp_path / "home").mkdir()
    lens = Lens(
        screen,
        companion,
        home=tmp_path / "home",
        log=tmp_path / "lens.log",
        command=[*words, *FROM_SOURCE],
        arguments=["--model", "signs", str(picture)],
    )
    try:
        yield lens
    finally:
        lens.kill()


def test_window_tries_no_network(screen: Screen, companion: Companion, tmp_path: Path) -> None:
    if reason := tracing_obstacle():
        pytest.skip(reason)
    picture = paths.samples() / "two-fingers.png"
    trace = Trace(tmp_path / "trace")
    words = traced(trace.file, detached=True)
    with opened_behind(words, screen, companion, tmp_path, picture) as lens:
        lens.wait_for_top("2")
        lens.press(NEXT_LAYER)
        lens.drop(paths.samples() / "coffee.jpg")
        lens.screenshot("traced")
        assert lens.quit() == 0
    trace.wait_for_end(lens.process.pid)
    assert trace.connected() != [], "the trace saw nothing at all"
    assert trace.internet() == []
    assert {Path(name).name for name in trace.programs()} == {Path(sys.executable).name}
    assert [
        name
        for name in trace.connected()
        if not name.startswith((*SOCKETS_OF_THE_DESKTOP, str(tmp_path)))
    ] == []


def test_window_works_without_a_network(
    screen: Screen, companion: Companion, tmp_path: Path
) -> None:
    words = without_network()
    if words is None:
        pytest.skip("this machine lets nobody make a network of their own")
    picture = paths.samples() / "two-fingers.png"
    with opened_behind(words, screen, companion, tmp_path, picture) as lens:
        lens.wait_for_top("2")
        assert lens.quit() == 0
