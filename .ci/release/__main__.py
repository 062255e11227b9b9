"""The command line of ``python3 dev.py build``."""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from release.contents import ContentsError
from release.flavours import FLAVOURS
from release.freezing import freeze


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="dev.py build", description="Make the packaged program, ready to be installed."
    )
    parser.add_argument(
        "--flavour", choices=(*FLAVOURS, "both"), default="cpu", help="default: %(default)s"
    )
    parsed = parser.parse_args(arguments)
    chosen = FLAVOURS.values() if parsed.flavour == "both" else (FLAVOURS[parsed.flavour],)
    try:
        for flavour in chosen:
            freeze(flavour)
    except (ContentsError, subprocess.CalledProcessError) as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
