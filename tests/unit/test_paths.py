"""Where the program keeps things: the platform's places, or one folder beside it."""

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app import paths, portable
from desktop_app.core.errors import OutputError

KEPT = (
    paths.settings_file,
    paths.user_models,
    paths.index_folder,
    paths.log_folder,
    paths.runtime_folder,
)


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CUDA_CACHE_PATH", "")  # so that it is put back
    monkeypatch.delenv("CUDA_CACHE_PATH")
    yield
    paths.keep_everything_in(None)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A frozen program that was started through a link."""
    folder = tmp_path / "residual-lens"
    folder.mkdir()
    (folder / "residual-lens").touch()
    (tmp_path / "link").symlink_to(folder / "residual-lens")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "link"))
    return folder


def test_asking_creates_nothing(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "portable"):
        paths.keep_everything_in(folder)
        before = sorted(Path.home().rglob("*"))
        assert all(isinstance(ask(), Path) for ask in KEPT)
        assert paths.portable_folder()
        assert sorted(Path.home().rglob("*")) == before
    assert list(tmp_path.iterdir()) == []


def test_everything_kept_lies_in_the_portable_folder(tmp_path: Path) -> None:
    paths.keep_everything_in(tmp_path)
    assert all(ask().is_relative_to(tmp_path) for ask in KEPT)
    assert len({ask() for ask in KEPT}) == len(KEPT)
    assert not paths.resources().is_relative_to(tmp_path)


def test_portable_folder_of_a_checkout_lies_beside_the_package() -> None:
    assert paths.portable_folder() == Path(__file__).resolve().parents[2] / "residual-lens-data"


def test_portable_folder_of_a_frozen_program_lies_beside_its_executable(program: Path) -> None:
    assert paths.portable_folder() == program.resolve() / "residual-lens-data"


def test_portable_folder_of_a_mac_program_lies_beside_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "Residual Lens.app" / "Contents" / "MacOS"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(inside / "residual-lens"))
    assert paths.portable_folder() == tmp_path.resolve() / "residual-lens-data"


def test_frozen_program_is_portable_once_its_folder_is_there(program: Path) -> None:
    platforms = paths.settings_file()
    portable.begin(asked=False)
    assert paths.settings_file() == platforms
    portable.begin(asked=True)
    kept = paths.settings_file()
    assert kept == program / "residual-lens-data" / "settings.json"
    assert list(kept.parent.iterdir()) == []
    paths.keep_everything_in(None)
    portable.begin(asked=False)
    assert paths.settings_file() == kept


def test_portable_folder_on_a_read_only_disc_is_still_read_from(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program / "residual-lens-data").mkdir()
    monkeypatch.setattr(Path, "touch", refuse)
    portable.begin(asked=False)
    assert paths.settings_file().is_relative_to(program)


def test_place_that_cannot_be_written_is_said(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(OutputError, match="Read-only file system") as refused:
        portable.begin(asked=True)
    assert str(program) in str(refused.value)
    assert not paths.settings_file().is_relative_to(program)


def test_drivers_cache_follows_unless_it_was_placed(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_CACHE_PATH", "/mine")
    portable.begin(asked=True)
    assert os.environ["CUDA_CACHE_PATH"] == "/mine"
    monkeypatch.delenv("CUDA_CACHE_PATH")
    portable.begin(asked=True)
    assert Path(os.environ["CUDA_CACHE_PATH"]).is_relative_to(program)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="they have no such variable")
@pytest.mark.parametrize("session", ["private", "open to others", "missing", "unset"])
def test_meeting_place_is_the_sessions_or_lies_in_the_home(
    session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "session"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    if session == "unset":
        monkeypatch.delenv("XDG_RUNTIME_DIR")
    elif session != "missing":
        folder.mkdir()
        folder.chmod(0o700 if session == "private" else 0o777)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = paths.runtime_folder()
    assert found.is_relative_to(folder if session == "private" else Path.home())


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="they have no such variable")
@pytest.mark.parametrize("trouble", ["owner", "open", "link"])
def test_meeting_place_is_never_another_persons_whatever_platformdirs_says(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after plain ``su``, which leaves the variable; older platformdirs believe it."""
    folder = tmp_path / "session"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    trusting = SimpleNamespace(
        user_runtime_dir=f"{folder}/residual-lens", user_state_dir=str(tmp_path / "state")
    )
    monkeypatch.setattr(paths, "_DIRS", trusting)
    assert paths.runtime_folder() == folder / "residual-lens"
    if trouble == "owner":
        somebody = os.geteuid() + 1
        monkeypatch.setattr(os, "geteuid", lambda: somebody)
    elif trouble == "open":
        folder.chmod(0o755)
    else:
        (tmp_path / "link").symlink_to(folder)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "link"))
        trusting.user_runtime_dir = f"{tmp_path}/link/residual-lens"
    assert paths.runtime_folder() == tmp_path / "state" / "run"


def refuse(*_: object, **__: object) -> None:
    raise OSError(30, "Read-only file system")
