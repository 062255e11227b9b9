"""A second start on the same screen: its files go to the window that is open."""

import itertools
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import isolated_home
from tests.e2e.companion import Companion
from tests.e2e.conftest import keep_evidence
from tests.e2e.lens import FROM_SOURCE, ROOT, Lens
from tests.e2e.screen import Screen, wait_until

Start = Callable[..., Lens]
StartAgain = Callable[..., int]

pytestmark = pytest.mark.e2e


@pytest.fixture
def variables(screen: Screen, tmp_path: Path) -> dict[str, str]:
    """One person's environment, for all of their starts."""
    home = tmp_path / "home"
    home.mkdir()
    return {**screen.environment(), **isolated_home(home)}


@pytest.fixture
def start(
    screen: Screen,
    companion: Companion,
    tiny_model: Path,
    variables: dict[str, str],
    request: pytest.FixtureRequest,
) -> Iterator[Start]:
    """Start the program and wait for a window of its own."""
    home = Path(variables["HOME"])
    numbers = itertools.count(1)
    with ExitStack() as stack:

        def started(*words: str | Path) -> Lens:
            lens = Lens(
                screen,
                companion,
                home=home,
                log=home.with_name(f"lens-{next(numbers)}.log"),
                arguments=["--model", str(tiny_model), "--provider", "cpu", *map(str, words)],
                variables=variables,
            )
            stack.callback(lens.kill)
            stack.callback(keep_evidence, lens, request.node)
            return lens

        yield started


@pytest.fixture
def start_again(variables: dict[str, str]) -> StartAgain:
    """Start the program where a window is open already, and return how it ended."""

    def run(*words: str | Path) -> int:
        command = [*FROM_SOURCE, *map(str, words)]
        return subprocess.run(command, cwd=ROOT, check=False, timeout=60, env=variables).returncode

    return run


def topmost(screen: Screen, lens: Lens) -> int:
    """The window that is seen where the middle of ``lens`` is."""
    x, y, width, height = screen.geometry(lens.window)
    screen.move_mouse(x + width // 2, y + height // 2)
    found = dict(
        line.split("=", 1) for line in screen.xdotool("getmouselocation", "--shell").split()
    )
    return int(found["WINDOW"])


def test_second_start_hands_its_picture_to_the_open_window(
    start: Start, start_again: StartAgain, pictures: dict[str, Path]
) -> None:
    lens = start(pictures["red"])
    lens.wait_for_top("red")
    assert start_again(pictures["blue"]) == 0
    lens.wait_for_top("blue")
    assert lens.windows() == [lens.window]
    lens.screenshot("second-start")
    assert lens.quit() == 0


def test_second_start_brings_the_open_window_to_the_front(
    start: Start, start_again: StartAgain, screen: Screen
) -> None:
    lens = start()
    other = start("--new-instance")
    assert topmost(screen, lens) == other.window
    assert start_again() == 0
    wait_until(lambda: topmost(screen, lens) == lens.window or None, "it has come to the front")
    assert other.quit() == 0
    assert lens.quit() == 0


def test_window_that_hangs_is_left_and_opens_nothing_later(
    start: Start, start_again: StartAgain, companion: Companion, pictures: dict[str, Path]
) -> None:
    hung = start(pictures["red"])
    hung.wait_for_top("red")
    companion.put_on_clipboard()  # else whoever asks for what is on it waits, too
    hung.process.send_signal(signal.SIGSTOP)
    lens = start(pictures["green"])
    lens.wait_for_top("green")
    lens.screenshot("second-start-alone")
    assert lens.quit() == 0
    hung.process.send_signal(signal.SIGCONT)
    assert start_again() == 0
    hung.wait_for_top("red")
    assert hung.quit() == 0
