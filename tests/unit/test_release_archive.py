"""The archive that runs from any folder, and the script in it that makes a menu entry."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

import pytest

pytest.importorskip("PySide6.QtGui", reason="Qt cannot be loaded", exc_type=ImportError)

from release.archive import build_archive
from release.elf import newest_glibc

if sys.platform != "linux":
    pytest.skip("the archive is Linux's", allow_module_level=True)
if shutil.which("zstd") is None:
    pytest.skip("zstd is not installed", allow_module_level=True)

EPOCH = 1_700_000_000
TOP = "residual-lens-1.2.3"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "frozen"
    (folder / "_internal").mkdir(parents=True)
    shutil.copy("/bin/true", folder / "residual-lens")
    (folder / "_internal" / "core.so").write_bytes(b"no ELF file")
    (folder / "_internal" / "core.so").chmod(0o777)
    (folder / "_internal" / "link.so").symlink_to("core.so")
    return folder


def pack(program: Path, target: Path) -> Path:
    return build_archive(program, target, version="1.2.3", epoch=EPOCH)


def unpack(archive: Path, folder: Path) -> Path:
    folder.mkdir()
    plain = folder.parent / "plain.tar"
    subprocess.run(["zstd", "-q", "-d", "-f", archive, "-o", plain], check=True)
    with tarfile.open(plain) as tar:
        tar.extractall(folder, filter="tar")
    return folder / TOP


@pytest.fixture
def unpacked(program: Path, tmp_path: Path) -> Path:
    return unpack(pack(program, tmp_path / "a.tar.zst"), tmp_path / "some where")


def test_it_runs_where_it_is_unpacked(unpacked: Path) -> None:
    assert subprocess.run([unpacked / "residual-lens"], check=False).returncode == 0
    assert (unpacked / "_internal" / "link.so").read_bytes() == b"no ELF file"
    text = (unpacked / "README.txt").read_text("utf-8")
    assert "Residual Lens 1.2.3" in text
    assert f"version {newest_glibc(unpacked)} or newer" in text
    assert "@" not in text
    assert (unpacked / "LICENSE").exists()


def test_the_c_library_is_the_newest_that_a_file_names(tmp_path: Path, program: Path) -> None:
    told = subprocess.run(
        ["grep", "-aoP", r"GLIBC_2\.\d+", program / "residual-lens"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    newest = max(int(line.rpartition(".")[2]) for line in told.split())
    assert newest_glibc(program) == f"2.{newest}"


def test_names_are_sorted_and_everything_is_roots(program: Path, tmp_path: Path) -> None:
    plain = tmp_path / "a.tar"
    archive = pack(program, tmp_path / "a.tar.zst")
    subprocess.run(["zstd", "-q", "-d", archive, "-o", plain], check=True)
    with tarfile.open(plain) as tar:
        entries = tar.getmembers()
    parts = [entry.name.split("/") for entry in entries]
    assert parts == sorted(parts)
    assert {names[0] for names in parts} == {TOP}
    assert {(entry.uid, entry.gid, entry.mtime) for entry in entries} == {(0, 0, EPOCH)}
    modes = {entry.name: entry.mode for entry in entries}
    assert modes[f"{TOP}/residual-lens"] == modes[f"{TOP}/add-to-menu"] == 0o755
    assert modes[f"{TOP}/_internal/core.so"] == 0o644


def test_the_same_program_gives_the_same_bytes(program: Path, tmp_path: Path) -> None:
    first = pack(program, tmp_path / "first.tar.zst").read_bytes()
    for path in program.rglob("*"):
        os.utime(path, (EPOCH + 5, EPOCH + 5), follow_symlinks=False)
    assert pack(program, tmp_path / "second.tar.zst").read_bytes() == first


def test_what_is_cut_off_leaves_nothing_that_looks_complete(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    target = dist / "a.tar.zst"
    target.write_bytes(b"of the build before")

    def add(_archive: tarfile.TarFile, name: PurePosixPath, *_: object) -> None:
        if name.name == "residual-lens":
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("release.archive._add", add)
    with pytest.raises(OSError, match="Input/output error"):
        pack(program, target)
    assert [path.name for path in dist.iterdir()] == [target.name]
    assert target.read_bytes() == b"of the build before"


def run_script(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [folder / "add-to-menu", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
    )


def test_the_program_can_be_added_to_ones_own_menu_and_taken_out(
    unpacked: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    data = home / ".local" / "share"
    assert run_script(unpacked, home).returncode == 0
    entry = (data / "applications" / "residual-lens.desktop").read_text("utf-8")
    assert f'Exec="{unpacked}/residual-lens" %F\n' in entry
    assert f'Exec="{unpacked}/residual-lens" --new-instance\n' in entry
    assert f"TryExec={unpacked}/residual-lens\n" in entry
    assert (
        "MimeType=application/x-onnx;application/x-residual-lens-view;\n" in entry
    )  # not the viewer of all pictures
    assert (data / "icons" / "hicolor" / "48x48" / "apps" / "residual-lens.png").exists()
    assert (data / "mime" / "packages" / "residual-lens.xml").exists()
    (data / "icons" / "other.png").write_bytes(b"")
    assert run_script(unpacked, home, "--remove").returncode == 0
    left = {path.name for path in home.rglob("*") if path.is_file()}
    assert not {name for name in left if "residual" in name}
    assert "other.png" in left


@pytest.mark.parametrize("name", ['a"b', "a%b", "a$b", "a`b", "a\\b", "a|b", "a&b", "a\nb"])
def test_a_folder_that_menus_cannot_name_is_refused(
    unpacked: Path, tmp_path: Path, name: str
) -> None:
    moved = unpacked.rename(tmp_path / name)
    done = run_script(moved, tmp_path / "home")
    assert done.returncode == 1
    assert "holds a character" in done.stderr
    assert not (tmp_path / "home" / ".local").exists()


def test_a_wrong_call_of_the_script_changes_nothing(unpacked: Path, tmp_path: Path) -> None:
    assert run_script(unpacked, tmp_path / "home", "--help").returncode == 2
    assert not (tmp_path / "home" / ".local").exists()
