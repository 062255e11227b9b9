"""The Debian package of a frozen program.

Made with Debian's own tools from a tree that is laid out here: the program in ``/usr/lib``, a link
to it in ``/usr/bin``, and what a desktop needs to show it (``linux_data.py``). There are no
maintainer scripts: the desktop's caches are kept by triggers of the packages that own them, and
the program writes nothing outside of a user's home.
"""

import gzip
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from release.debian_changelog import MAINTAINER, changelog
from release.debian_dependencies import dependencies
from release.flavours import CPU, FLAVOURS, Flavour
from release.linux_data import add_desktop_data, filled
from release.permissions import permissions

PRIVATE: Final = Path("/usr/lib/residual-lens")
"""Where the program is installed, in both flavours: only one can be."""

_MODULES: Final = PRIVATE / "_internal"
_COMPRESSION: Final = ("-Zxz", "-z1")
"""lintian refuses zstd. xz's level 6 makes the package 7 % smaller and takes five times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What every package of one release says.

    Attributes:
        version: As ``0.1.0``.
        epoch: Seconds since 1970; every file is of this time.
        changelog: CHANGELOG.md.
    """

    version: str
    epoch: int
    changelog: str


def build_package(
    flavour: Flavour,
    program: Path,
    folder: Path,
    release: Release,
    *,
    copyright_text: str,
    work: Path,
) -> Path:
    """Make the ``.deb`` of ``flavour``.

    Args:
        flavour: Decides on name and description.
        program: The frozen program.
        folder: Where the package is put.
        release: Version and time.
        copyright_text: Whose everything is, as ``debian_copyright.py`` writes it.
        work: A folder for what is needed on the way; what is in it goes.

    Returns:
        The package; an older one of the same name is replaced.

    Raises:
        DependenciesError: A library is nowhere.
        subprocess.CalledProcessError: One of Debian's tools failed; it has said why.
    """
    architecture = _printed(["dpkg", "--print-architecture"])
    shutil.rmtree(work, ignore_errors=True)
    tree = work / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    _install_program(tree, program)
    _install_documents(tree, flavour.package, release, copyright_text)
    add_desktop_data(tree / "usr", version=release.version, epoch=release.epoch)
    _normalise(tree, release.epoch)
    depends = dependencies(
        tree, package=flavour.package, architecture=architecture, private=_MODULES
    )
    fields = control(
        flavour,
        version=release.version,
        architecture=architecture,
        installed_kib=_installed_kib(tree),
        depends=depends,
    )
    (tree / "DEBIAN" / "control").write_text(fields, "utf-8")
    (tree / "DEBIAN" / "md5sums").write_text(_md5sums(tree), "utf-8")
    _normalise(tree, release.epoch)
    result = folder / f"{flavour.package}_{release.version}_{architecture}.deb"
    command = ["dpkg-deb", *_COMPRESSION, "--root-owner-group", "--build", str(tree), str(result)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(release.epoch)}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    shutil.rmtree(work)
    return result


def control(
    flavour: Flavour,
    *,
    version: str,
    architecture: str,
    installed_kib: int,
    depends: list[str],
) -> str:
    """The package's control file (Debian Policy 5.3)."""
    others = ", ".join(each.package for each in FLAVOURS.values() if each is not flavour)
    fields = {
        "Package": flavour.package,
        "Version": version,
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(installed_kib),
        "Depends": ", ".join(depends),
        "Recommends": "hicolor-icon-theme, shared-mime-info",
        # Whoever has the one and installs the other has only the other afterwards.
        "Conflicts": others,
        "Replaces": others,
        # Who asks for the program is content with either; who asks for the GPU is not.
        **({} if flavour is CPU else {"Provides": f"{CPU.package} (= {version})"}),
        # One of the models is for non-commercial research and education only.
        "Section": "non-free/science",
        "Priority": "optional",
        "Description": filled(f"description-{flavour.name}.txt", {}).rstrip(),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _install_program(tree: Path, program: Path) -> None:
    target = tree / PRIVATE.relative_to("/")
    shutil.copytree(program, target, symlinks=True)
    link = tree / "usr" / "bin" / "residual-lens"
    link.parent.mkdir(parents=True)
    link.symlink_to(os.path.relpath(target / "residual-lens", link.parent))


def _install_documents(tree: Path, package: str, release: Release, copyright_text: str) -> None:
    folder = tree / "usr" / "share" / "doc" / package
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(copyright_text, "utf-8")
    text = changelog(
        release.changelog, package=package, version=release.version, epoch=release.epoch
    )
    (folder / "changelog.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    overrides = tree / "usr" / "share" / "lintian" / "overrides" / package
    overrides.parent.mkdir(parents=True)
    overrides.write_text(filled("lintian-overrides", {"PACKAGE": package}), "utf-8")


def _normalise(tree: Path, epoch: int) -> None:
    """Give every file its permissions and the release's time."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(permissions(path))
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _installed_kib(tree: Path) -> int:
    """Installed-Size as dpkg-gencontrol counts it: files in whole KiB, 1 KiB for all else."""
    paths = [path for path in tree.rglob("*") if "DEBIAN" not in path.relative_to(tree).parts]
    return sum(
        -(-path.stat().st_size // 1024) if path.is_file() and not path.is_symlink() else 1
        for path in paths
    )


def _md5sums(tree: Path) -> str:
    files = sorted(
        path.relative_to(tree)
        for path in tree.rglob("*")
        if path.is_file() and not path.is_symlink() and path.relative_to(tree).parts[0] != "DEBIAN"
    )
    return "".join(f"{_md5(tree / path)}  {path.as_posix()}\n" for path in files)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _printed(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
