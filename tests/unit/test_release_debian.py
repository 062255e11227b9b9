"""The Debian package, made of a very small program with the real tools."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtGui", reason="Qt cannot be loaded", exc_type=ImportError)

from release.debian import Release, build_package
from release.debian_dependencies import DependenciesError, relations
from release.flavours import CPU, GPU, Flavour

if missing := [
    name for name in ("dpkg-deb", "dpkg-shlibdeps", "objdump") if shutil.which(name) is None
]:
    pytest.skip(f"{', '.join(missing)} not installed", allow_module_level=True)

EPOCH = 1_700_000_000
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- It has a `window`.\n"
RELEASE = Release(version="1.2.3", epoch=EPOCH, changelog=CHANGELOG)
PRIVATE = "./usr/lib/residual-lens"


def make_program(folder: Path) -> Path:
    """Something that needs libz, as a frozen program might, with a library and a link to it."""
    inner = folder / "_internal" / "PIL"
    inner.mkdir(parents=True)
    shutil.copy("/usr/bin/dpkg-deb", folder / "residual-lens")
    (folder / "residual-lens").chmod(0o700)
    (inner / "core.so").write_bytes(b"no ELF file")
    (inner / "core.so").chmod(0o777)
    (inner / "data.json").write_bytes(b"{}")
    (inner / "data.json").chmod(0o600)
    (folder / "_internal" / "core.so").symlink_to("PIL/core.so")
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """For a test that changes it."""
    return make_program(tmp_path / "frozen")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For all that only look."""
    folder = tmp_path_factory.mktemp("package")
    return build(make_program(folder / "frozen"), folder)


def build(program: Path, folder: Path, flavour: Flavour = CPU) -> Path:
    folder.mkdir(exist_ok=True)
    return build_package(
        flavour, program, folder, RELEASE, copyright_text="Files: *\n", work=folder / "work"
    )


def field(package: Path, name: str) -> str:
    command = ["dpkg-deb", "--field", str(package), name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def members(package: Path, part: str = "--fsys-tarfile") -> dict[str, tarfile.TarInfo]:
    told = subprocess.run(["dpkg-deb", part, package], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(told)) as archive:
        return {member.name: member for member in archive}


def test_the_program_lies_in_its_own_folder_and_a_link_leads_to_it(package: Path) -> None:
    assert package.name.startswith("residual-lens_1.2.3_")
    there = members(package)
    assert f"{PRIVATE}/residual-lens" in there
    assert there[f"{PRIVATE}/_internal/core.so"].linkname == "PIL/core.so"
    assert there["./usr/bin/residual-lens"].linkname == "../lib/residual-lens/residual-lens"
    for name in (
        "applications/residual-lens.desktop",
        "metainfo/residual-lens.metainfo.xml",
        "mime/packages/residual-lens.xml",
        "man/man1/residual-lens.1.gz",
        "doc/residual-lens/copyright",
        "doc/residual-lens/changelog.gz",
        "lintian/overrides/residual-lens",
        "icons/hicolor/16x16/apps/residual-lens.png",
        "icons/hicolor/512x512/apps/residual-lens.png",
        "icons/hicolor/scalable/apps/residual-lens.svg",
    ):
        assert f"./usr/share/{name}" in there


def test_everything_is_roots_and_nobody_elses_to_change(package: Path) -> None:
    there = members(package)
    assert {(member.uid, member.gid) for member in there.values()} == {(0, 0)}
    modes = {name: member.mode for name, member in there.items() if not member.issym()}
    assert modes[f"{PRIVATE}/residual-lens"] == 0o755
    assert modes[f"{PRIVATE}/_internal/PIL/core.so"] == 0o644  # a library is no program
    assert modes[f"{PRIVATE}/_internal/PIL/data.json"] == 0o644
    assert {mode for name, mode in modes.items() if there[name].isdir()} == {0o755}
    assert {mode for name, mode in modes.items() if there[name].isfile()} == {0o644, 0o755}


def test_the_sums_are_those_of_the_files(package: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    subprocess.run(["dpkg-deb", "--raw-extract", package, unpacked], check=True)
    listed = (unpacked / "DEBIAN" / "md5sums").read_text().splitlines()
    files = [path for path in (unpacked / "usr").rglob("*") if path.is_file()]
    assert len(listed) == len([path for path in files if not path.is_symlink()])
    check = ["md5sum", "--check", "--strict", "--quiet", "DEBIAN/md5sums"]
    assert subprocess.run(check, check=False, cwd=unpacked).returncode == 0


def test_there_are_no_scripts_that_run_as_root(package: Path) -> None:
    there = members(package, "--ctrl-tarfile")
    assert {name for name, member in there.items() if member.isfile()} == {
        "./control",
        "./md5sums",
    }


def test_what_the_files_need_is_computed(package: Path) -> None:
    names = {relation.split(" ")[0] for relation in field(package, "Depends").split(", ")}
    assert {"libc6", "zlib1g", "xkb-data"} <= names
    assert int(field(package, "Installed-Size")) > 100


def test_what_is_bundled_is_no_dependency(program: Path, tmp_path: Path) -> None:
    told = subprocess.run(["ldd", "/usr/bin/dpkg-deb"], check=True, capture_output=True, text=True)
    (line,) = (line for line in told.stdout.splitlines() if "libz.so.1 " in line)
    shutil.copy(line.split()[2], program / "_internal" / "libz.so.1")
    package = build(program, tmp_path / "out")
    names = {relation.split(" ")[0] for relation in field(package, "Depends").split(", ")}
    assert "zlib1g" not in names
    assert "libc6" in names


@pytest.mark.skipif(shutil.which("patchelf") is None, reason="patchelf is not installed")
def test_a_library_that_is_nowhere_ends_the_build(program: Path, tmp_path: Path) -> None:
    executable = program / "residual-lens"
    subprocess.run(["patchelf", "--add-needed", "libnowhere.so.7", executable], check=True)
    with pytest.raises(DependenciesError, match=r"libnowhere\.so\.7"):
        build(program, tmp_path / "out")


def test_nothing_to_depend_on_is_no_relation() -> None:
    assert relations("") == []
    assert relations("shlibs:Depends=\n") == []
    assert relations("shlibs:Depends=libc6 (>= 2.36), zlib1g\n") == ["libc6 (>= 2.36)", "zlib1g"]


def test_only_one_flavour_can_be_installed(package: Path, program: Path, tmp_path: Path) -> None:
    cpu, gpu = package, build(program, tmp_path / "gpu", GPU)
    assert (field(cpu, "Package"), field(gpu, "Package")) == ("residual-lens", "residual-lens-gpu")
    for one, other in ((cpu, gpu), (gpu, cpu)):
        assert field(one, "Conflicts") == field(one, "Replaces") == field(other, "Package")
    assert field(gpu, "Provides") == "residual-lens (= 1.2.3)"
    assert field(cpu, "Provides") == ""


def test_the_same_program_gives_the_same_bytes(
    package: Path, program: Path, tmp_path: Path
) -> None:
    first = package.read_bytes()
    for path in program.rglob("*"):
        os.utime(path, (EPOCH - 5, EPOCH - 5), follow_symlinks=False)
    umask = os.umask(0o077)
    try:
        second = build(program, tmp_path / "second").read_bytes()
    finally:
        os.umask(umask)
    assert first == second
    assert {member.mtime for member in members(package).values()} == {EPOCH}
