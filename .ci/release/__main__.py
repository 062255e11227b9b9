"""The command line of ``python3 dev.py build``."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from release.checksums import finish_checksums, sign_list
from release.contents import MB
from release.errors import ReleaseError
from release.flavours import FLAVOURS, ROOT, Flavour
from release.freezing import freeze
from release.inside import account_for, write_list
from release.packages import make_packages
from release.staleness import is_current
from release.testing import run_frozen_tests


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
                    account_for(flavour, freeze(flavour))
            return 0
        made = {flavour.name: build(flavour) for flavour in chosen}
        if parsed.test:  # before anything is signed
            for flavour in chosen:
                run_frozen_tests(flavour.program, made[flavour.name])
        finish_checksums(ROOT / "dist", [path for paths in made.values() for path in paths])
        if parsed.sign:
            sign_list(ROOT / "dist", parsed.sign)
    # OSError: a program that packs is not installed, or the disk is full; it is named.
    except (ReleaseError, OSError, subprocess.CalledProcessError) as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    return 0


def build(flavour: Flavour) -> list[Path]:
    """Freeze one flavour, tell how fast it starts, and pack it.

    Returns:
        Its packages, and the list of what is in them.
    """
    program = freeze(flavour)
    if sys.platform == "linux":
        from release.start_time import tell_start  # noqa: PLC0415 - needs X11

        tell_start(flavour, program / "residual-lens")
    inventory = account_for(flavour, program)
    made = [write_list(flavour, program, inventory)]
    for package in make_packages(flavour, program, inventory):
        size_mb = package.stat().st_size / MB
        print(f"{size_mb:8.1f} MB  {package.relative_to(ROOT)}", flush=True)
        made.append(package)
    return made


if __name__ == "__main__":
    sys.exit(main())
