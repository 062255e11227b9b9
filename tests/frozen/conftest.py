"""The frozen program, driven from outside only, with what a user has.

Where it lies says the environment: ``dev.py build --test`` and ``dev.py test`` make it and set
``RESIDUAL_LENS_FROZEN`` to its folder, the first also ``RESIDUAL_LENS_PACKAGE`` to its ``.deb``.
What is not named is not tested; a plain ``pytest`` leaves these tests out.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import companion, pytest_runtest_makereport, screen
from tests.frozen.no_skips import pytest_fail_what_is_skipped
from tests.frozen.pictures import make_photo, make_photos
from tests.frozen.program import NAME

__all__ = [
    "companion",
    "pytest_fail_what_is_skipped",
    "pytest_runtest_makereport",
    "screen",
]

VARIABLES = {"frozen": "RESIDUAL_LENS_FROZEN", "package": "RESIDUAL_LENS_PACKAGE"}
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what there is no program or no package for."""
    left_out = [
        item
        for item in items
        if HERE in item.path.parents
        and any(
            item.get_closest_marker(marker) and not os.environ.get(variable)
            for marker, variable in VARIABLES.items()
        )
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def state_of(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Return mode, size and time of change of everything in ``folder``."""
    stats = {path: path.lstat() for path in [folder, *folder.rglob("*")]}
    return {path: (s.st_mode, s.st_size, s.st_mtime_ns) for path, s in stats.items()}


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """The frozen program's folder; at the end it has to be as it was."""
    path = Path(os.environ[VARIABLES["frozen"]]).resolve()
    before = state_of(path)
    yield path
    after = state_of(path)
    changed = sorted(p for p in {*before, *after} if before.get(p) != after.get(p))
    assert changed == [], "something was written beside the program"


@pytest.fixture(scope="session")
def program(folder: Path) -> Path:
    """The file that a user starts."""
    return folder / NAME


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JPEG of a cup of coffee, outside the package."""
    return make_photo(tmp_path_factory.mktemp("photo") / "My photo.jpg")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same in every form."""
    return make_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    path = tmp_path / "home"
    path.mkdir()
    return path
