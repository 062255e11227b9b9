"""The command line of ``python3 dev.py build``."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from release.checksums import ChecksumsError, finish_checksums
from release.contents import MB, ContentsError
from release.debian_dependencies import DependenciesError
from release.flavours import FLAVOURS, ROOT, Flavour
from release.freezing import freeze
from release.inside import tell_what_is_inside
from release.packages import make_packages
from release.parts import UnaccountedError
from release.sbom import SbomError
from release.staleness import is_current
from release.testing import TestsFailedError, run_frozen_tests

_FAILURES: Final = (
    ChecksumsError,
    ContentsError,
    DependenciesError,
    SbomError,
    TestsFailedError,
    UnaccountedError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="dev.py build", description="Make the packaged program, ready to be installed."
    )
    parser.add_argument(
        "--flavour", choices=(*FLAVOURS, "both"), default="cpu", help="default: %(default)s"
    )
    parser.add_argument(
        "--sign", metavar="KEY", help="sign the checksums with this key of gpg's keyring"
    )
    parser.add_argument(
        "--test", action="store_true", help="then test it, also in a bare Debian; needs root"
    )
    parser.add_argument(
        "--program-only",
        action="store_true",
        help="make no packages, and nothing at all where the program's sources have not changed",
    )
    parsed = parser.parse_args(arguments)
    chosen = FLAVOURS.values() if parsed.flavour == "both" else (FLAVOURS[parsed.flavour],)
    try:
        if parsed.program_only:
            for flavour in chosen:
                if not is_current(flavour):
                    tell_what_is_inside(flavour, freeze(flavour))
            return 0
        packages = {flavour.name: build(flavour) for flavour in chosen}
        if parsed.test:  # before anything is signed
            for flavour in chosen:
                run_frozen_tests(flavour.program, packages[flavour.name])
        finish_checksums(ROOT / "dist", parsed.sign)
    except (*_FAILURES, subprocess.CalledProcessError) as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    return 0


def build(flavour: Flavour) -> list[Path]:
    """Freeze one flavour, tell how fast it starts, and pack it; returns its packages."""
    program = freeze(flavour)
    if sys.platform == "linux":
        from release.start_time import tell_start  # noqa: PLC0415 - needs X11

        tell_start(flavour, program / "residual-lens")
    inventory = tell_what_is_inside(flavour, program)
    packages = []
    for package in make_packages(flavour, program, inventory):
        size_mb = package.stat().st_size / MB
        print(f"{size_mb:8.1f} MB  {package.relative_to(ROOT)}", flush=True)
        packages.append(package)
    return packages


if __name__ == "__main__":
    sys.exit(main())
