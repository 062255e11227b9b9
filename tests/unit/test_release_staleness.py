"""The frozen program counts as current exactly until something that is in it changes."""

import shutil
from pathlib import Path

import pytest
from release import staleness
from release.flavours import CPU, ROOT
from release.staleness import VERSIONS, digest, is_current, note_begin, note_end, sources


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small one, with a program that has just been frozen from it."""
    for name in ("desktop_app/app.py", "resources/models/tiny.onnx", ".ci/release/contents.py",
                 "build.spec", "pyproject.toml", "LICENSE"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "dist/cpu/residual-lens").mkdir(parents=True)
    (tmp_path / "build/cpu").mkdir(parents=True)
    monkeypatch.setattr("release.flavours.ROOT", tmp_path)
    monkeypatch.setattr(staleness, "digest", lambda: digest(tmp_path))
    install("numpy", "2.4.0")
    install("pyinstaller", "6.19.0")
    note_end(CPU, note_begin(CPU))
    return tmp_path


def install(name: str, version: str) -> None:
    """Put a distribution into the environment."""
    place = CPU.environment / "lib/python3.99/site-packages" / f"{name}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n")


def test_it_is_current_when_it_has_just_been_made(checkout: Path) -> None:
    assert is_current(CPU)


@pytest.mark.parametrize(
    "name", ["desktop_app/app.py", "resources/models/tiny.onnx", "build.spec", "desktop_app/new.py"]
)
def test_it_is_not_after_a_change(checkout: Path, name: str) -> None:
    (checkout / name).write_text("changed")
    assert not is_current(CPU)


def test_it_is_not_after_another_version_of_a_library_was_installed(checkout: Path) -> None:
    (old,) = CPU.environment.rglob("numpy-*.dist-info")
    shutil.rmtree(old)
    install("numpy", "2.4.1")
    assert not is_current(CPU)


def test_the_versions_that_it_was_made_with_are_kept_beside_it(checkout: Path) -> None:
    assert (CPU.work / VERSIONS).read_text("utf-8") == "numpy==2.4.0\npyinstaller==6.19.0\n"


def test_caches_do_not_count(checkout: Path) -> None:
    (checkout / "desktop_app/__pycache__").mkdir()
    (checkout / "desktop_app/__pycache__/app.pyc").write_text("")
    assert is_current(CPU)


def test_it_is_not_where_freezing_was_cut_off_or_the_program_is_gone(checkout: Path) -> None:
    begun = note_begin(CPU)
    assert not is_current(CPU)
    note_end(CPU, begun)
    CPU.program.rmdir()
    assert not is_current(CPU)


def test_what_changes_while_it_is_made_is_not_in_it(checkout: Path) -> None:
    begun = note_begin(CPU)
    (checkout / "desktop_app/app.py").write_text("changed")
    note_end(CPU, begun)
    assert not is_current(CPU)


def test_the_checkouts_own_sources_are_all_there() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in sources()}
    assert {"desktop_app/__main__.py", ".ci/release/at_start.py", "build.spec"} <= found
    assert all(path.is_file() for path in sources())
