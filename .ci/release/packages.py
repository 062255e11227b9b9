"""Which packages are made of a frozen program on this platform."""

import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from release.archive import build_archive
from release.debian import PRIVATE, Release, build_package
from release.debian_copyright import copyright_file
from release.flavours import ROOT, Flavour
from release.inventory import Inventory
from release.origin import source_date_epoch, version
from release.windows import make_installer


def make_packages(flavour: Flavour, program: Path, inventory: Inventory) -> Iterator[Path]:
    """Pack ``program`` in all forms that this machine can make.

    Args:
        flavour: Which one it is.
        program: The frozen program's folder.
        inventory: Whose everything in it is.

    Yields:
        Each package, once it lies in ``dist``.

    Raises:
        DependenciesError: The Debian package's dependencies could not be told.
        subprocess.CalledProcessError: A packing program failed; it has said why.
    """
    folder = ROOT / "dist"
    if sys.platform == "win32":
        work = flavour.work / "installer"
        yield make_installer(program, folder, work, version=version(), flavour=flavour.name)
    if sys.platform != "linux":
        return
    release = Release(
        version=version(),
        epoch=source_date_epoch(),
        changelog=(ROOT / "CHANGELOG.md").read_text("utf-8"),
    )
    machine = platform.machine()
    yield build_archive(
        program,
        folder / f"residual-lens-{release.version}-linux-{machine}-{flavour.name}.tar.zst",
        version=release.version,
        epoch=release.epoch,
    )
    if shutil.which("dpkg") is None:
        print("no .deb is made: this is no Debian", flush=True)
    else:
        text = copyright_file(
            inventory,
            program=PurePosixPath(PRIVATE.relative_to("/")),
            licence=(ROOT / "LICENSE").read_text("utf-8"),
        )
        yield build_package(
            flavour, program, folder, release, copyright_text=text, work=flavour.work / "debian"
        )
