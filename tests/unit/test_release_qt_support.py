"""PySide's own modules lie compiled beside it, and are what it takes."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from release.qt_support import FOLDER, qt_support

SHOW = """
from PySide6.QtCore import QObject
from shibokensupport.signature import loader
print(loader.__spec__.origin)
try:
    QObject().setObjectName(3)
except TypeError as error:
    print(error)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="lays out wheels for Linux")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The installed PySide, where something can be laid beside it."""
    site = tmp_path / "site"
    for name in ("shiboken6", "PySide6"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        if name == "shiboken6":
            shutil.copytree(Path(spec.origin).parent, site / name)
        else:
            (site / name).symlink_to(Path(spec.origin).parent)
    return site


def test_pyside_takes_the_compiled_modules_and_explains_a_wrong_call_as_before(
    site: Path, tmp_path: Path
) -> None:
    def shown() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", SHOW],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(site)},
        )
        return done.stdout.splitlines()

    before = shown()
    for file, folder in qt_support(tmp_path / "work"):
        (site / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, site / folder)
    after = shown()
    loader = site / FOLDER / "shibokensupport" / "signature" / "loader.pyc"
    assert (before[0], after[0]) == ("None", str(loader))
    assert "setObjectName" in before[1]
    assert after[1:] == before[1:]


def test_the_same_modules_give_the_same_bytes(tmp_path: Path) -> None:
    made = [
        {Path(file).name: Path(file).read_bytes() for file, _ in qt_support(tmp_path / name)}
        for name in ("one", "two")
    ]
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in b"".join(made[0].values())
