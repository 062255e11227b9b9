"""Wherever the frozen program lies, and whatever the environment says: it starts and is right."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.frozen.pictures import LABEL
from tests.frozen.program import NAME, Words, predictions, run

pytestmark = pytest.mark.frozen

NOBODY = 65534
NONSENSE = {
    "LC_ALL": "xx_YY.none",
    "LD_LIBRARY_PATH": "/nonsense",
    "PYTHONHOME": "/nonsense",
    "PYTHONPATH": "/nonsense",
    "PYTHONSTARTUP": "/nonsense",
    "QT_PLUGIN_PATH": "/nonsense",
    "QML2_IMPORT_PATH": "/nonsense",
    "_MEIPASS2": "/nonsense",
    "TMPDIR": "/nonsense",
}


def says_coffee(
    *command: str | Path, photo: Path, variables: Mapping[str, str] | None = None
) -> bool:
    """Whether the program classifies the photo, without a word on standard error."""
    words: Words = ["classify", photo, "--provider", "cpu", "--format", "json"]
    ((_, labels, _),) = predictions(run(*command, *words, variables=variables).json())
    return labels[0] == LABEL


def linked_copy(folder: Path, place: Path) -> Path:
    """The program at ``place``, without copying a byte where that can be avoided."""
    try:
        shutil.copytree(folder, place, symlinks=True, copy_function=os.link)
    except OSError:  # another file system
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place, symlinks=True)
    return place / NAME


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user of the machine can read, as installed programs lie in."""
    with tempfile.TemporaryDirectory(prefix="residual-lens-place-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
        for path in [Path(name), *Path(name).rglob("*")]:  # TemporaryDirectory needs to empty it
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)


def test_in_a_folder_with_spaces_and_foreign_letters(
    folder: Path, photo: Path, tmp_path: Path
) -> None:
    copy = linked_copy(folder, tmp_path / "Ein Ordner für 像素 (2)")
    assert says_coffee(copy, photo=photo)


def test_moved_after_the_first_start(folder: Path, photo: Path, tmp_path: Path) -> None:
    first = linked_copy(folder, tmp_path / "first")
    assert says_coffee(first, photo=photo)
    first.parent.rename(tmp_path / "second")
    assert says_coffee(tmp_path / "second" / NAME, photo=photo)


def test_through_links(program: Path, photo: Path, tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    near.symlink_to(program)
    far.symlink_to("near")
    assert says_coffee(far, photo=photo)


def test_found_on_the_path(program: Path, photo: Path) -> None:
    search = {"PATH": f"{program.parent}:/usr/bin"}
    assert says_coffee("/usr/bin/env", NAME, photo=photo, variables=search)


def test_where_nothing_may_be_written_by_somebody_without_a_home(
    folder: Path, photo: Path, open_place: Path
) -> None:
    shutil.copytree(folder, open_place / "program", symlinks=True)
    shutil.copy(photo, open_place / "photo.jpg")
    subprocess.run(["chmod", "-R", "a-w", str(open_place)], check=True)
    as_nobody = []
    if os.geteuid() == 0:  # who may write everywhere
        as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    assert says_coffee(
        *as_nobody,
        open_place / "program" / NAME,
        photo=open_place / "photo.jpg",
        variables={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )


def test_with_nonsense_in_the_environment(program: Path, photo: Path) -> None:
    assert says_coffee(program, photo=photo, variables=NONSENSE)


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C"}, {"LANG": "C.UTF-8"}], ids=str)
def test_file_names_survive_every_locale(
    program: Path, photo: Path, tmp_path: Path, locale: dict[str, str]
) -> None:
    named = tmp_path / "Kaffee für 像素.jpg"
    shutil.copy(photo, named)
    (report,) = run(
        program, "classify", named, "--format", "json", "--top-k", "1", variables=locale
    ).json()
    assert report["path"] == str(named)
