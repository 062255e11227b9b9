"""The frozen program's window, used as a person does: drop, read, look inside, quit."""

import itertools
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.companion import Companion
from tests.e2e.conftest import keep_evidence
from tests.e2e.lens import PATIENCE_S, QUIT, Lens
from tests.e2e.screen import Screen, wait_until
from tests.frozen.pictures import LABEL
from tests.frozen.program import no_network, run, tracing
from tests.frozen.test_places import NONSENSE
from tests.frozen.window import (
    FOLDER,
    LAYER,
    StartWindow,
    open_layer,
    settings_in,
    strangers_in,
    wait_until_painted,
    words_of_worry,
)
from tests.traces import Trace

pytestmark = pytest.mark.frozen


@pytest.fixture
def start_window(
    screen: Screen,
    companion: Companion,
    program: Path,
    home: Path,
    request: pytest.FixtureRequest,
) -> Iterator[StartWindow]:
    """Start the frozen program's window with a home, a screen and nothing else."""
    logs = (home.with_name(f"window-{number}.log") for number in itertools.count())
    with ExitStack() as stack:

        def start(
            *paths: Path, before: tuple[str, ...] = (), variables: dict[str, str] | None = None
        ) -> Lens:
            lens = Lens(
                screen,
                companion,
                home=home,
                log=next(logs),
                command=[*before, str(program)],
                arguments=[str(path) for path in paths],
                variables={"HOME": str(home), "DISPLAY": screen.name, **(variables or {})},
                artefacts=FOLDER / request.node.originalname,
            )
            stack.callback(lens.kill)
            stack.callback(keep_evidence, lens, request.node)
            return lens

        yield start


def test_photo_dropped_layer_opened_without_a_network(
    start_window: StartWindow, photo: Path, home: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    lens = start_window(before=(*tracing(trace, detached=True), *no_network()))
    wait_until_painted(lens, "empty")
    lens.drop(photo)
    predictions = lens.wait_for_top(LABEL)
    assert predictions[0][1] > 90
    lens.screenshot("predicted")
    open_layer(lens)
    assert lens.quit() == 0
    assert settings_in(home)["layer"] == LAYER
    assert words_of_worry(lens) == []
    assert strangers_in(home) == []
    Trace(trace).wait_for_end(lens.process.pid)
    assert Trace(trace).opened("libQt6Widgets") != [], "the trace saw nothing at all"
    assert Trace(trace).internet() == []


def test_photo_named_with_nonsense_in_the_environment(
    start_window: StartWindow, photo: Path
) -> None:
    lens = start_window(photo, variables=NONSENSE)
    lens.wait_for_top(LABEL)
    assert lens.quit() == 0


def test_after_kill_it_starts_again(start_window: StartWindow, photo: Path) -> None:
    first = start_window(photo)
    first.wait_for_top(LABEL)
    first.process.send_signal(signal.SIGKILL)
    assert first.process.wait(PATIENCE_S) == -signal.SIGKILL
    second = start_window(photo)
    second.wait_for_top(LABEL)
    second.screenshot("second")
    assert second.quit() == 0


def test_damaged_settings_are_set_aside(start_window: StartWindow, photo: Path, home: Path) -> None:
    settings = home / ".config" / "residual-lens" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"top_k": ')
    lens = start_window(photo)
    lens.wait_for_top(LABEL)
    lens.screenshot("notice")
    assert lens.quit() == 0
    (aside,) = settings.parent.glob("settings.damaged-*.json")
    assert aside.read_text() == '{"top_k": '
    json.loads(settings.read_text())


def test_a_second_start_hands_its_photo_to_the_first(
    start_window: StartWindow, screen: Screen, program: Path, photo: Path, home: Path
) -> None:
    first = start_window()
    run(program, photo, variables={"HOME": str(home), "DISPLAY": screen.name})
    first.wait_for_top(LABEL)
    assert first.windows() == [first.window]
    assert first.quit() == 0


def test_of_two_starts_at_once_one_window_is_left(
    screen: Screen, program: Path, photo: Path, home: Path
) -> None:
    variables = {"HOME": str(home), "DISPLAY": screen.name}
    with ExitStack() as stack:
        starts = [
            stack.enter_context(subprocess.Popen([program, photo], env=variables)) for _ in "ab"
        ]
        for start in starts:
            stack.callback(start.kill)
        wait_until(lambda: [s for s in starts if s.poll() is not None], "one of both gives way")
        (ended,) = [start for start in starts if start.returncode is not None]
        (left,) = [start for start in starts if start is not ended]
        (window,) = wait_until(lambda: screen.windows(left.pid), "the other shows its window")
        assert ended.returncode == 0
        screen.press(window, QUIT)
        assert left.wait(PATIENCE_S) == 0
