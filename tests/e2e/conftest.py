"""A screen, another program on it, and the real program, each afresh for every test."""

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.companion import Companion, start_companion
from tests.e2e.lens import Lens
from tests.e2e.screen import Screen, obstacle, start_screen

HUES = {"red": (210, 30, 30), "green": (30, 200, 30), "blue": (30, 40, 210)}

FAILED = pytest.StashKey[bool]()

StartLens = Callable[..., Lens]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    reason = obstacle()
    if reason is not None:
        pytest.skip(f"no screen for a real window: {reason}")
    with start_screen() as started:
        yield started


@pytest.fixture
def companion(screen: Screen) -> Iterator[Companion]:
    with start_companion(screen) as started:
        yield started


def keep_evidence(lens: Lens, node: pytest.Item) -> None:
    """Of a failed test, keep a picture of the screen and show what the program said."""
    if node.stash.get(FAILED, False):
        sys.stdout.write(f"{lens.screenshot(f'failed-{node.name}')}\n{lens.log.read_text()}")
        # Where it hung, what broke, what it remembers and has set aside.
        for told in (*lens.logs.glob("*.*"), *(lens.home / ".config").rglob("*.json")):
            sys.stdout.write(f"{told}\n{told.read_text('utf-8', 'replace')}")


@pytest.fixture
def start_lens(
    screen: Screen,
    companion: Companion,
    tiny_model: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[StartLens]:
    """Start the program with the tiny model and the given paths."""
    with ExitStack() as stack:

        def start(*paths: Path) -> Lens:
            home = tmp_path / "home"
            home.mkdir(exist_ok=True)  # a second start finds what the first left
            lens = Lens(
                screen,
                companion,
                home=home,
                log=tmp_path / "lens.log",
                arguments=["--model", str(tiny_model), "--provider", "cpu", *map(str, paths)],
            )
            stack.callback(lens.kill)
            stack.callback(keep_evidence, lens, request.node)
            return lens

        yield start


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One PNG per class of the tiny model: its hue with a little noise."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0).integers(-20, 20, (120, 160, 3))
    paths = {}
    for name, hue in HUES.items():
        pixels = np.clip(np.array(hue) + noise, 0, 255).astype(np.uint8)
        paths[name] = folder / f"{name}.png"
        Image.fromarray(pixels).save(paths[name])
    return paths
