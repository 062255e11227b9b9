"""What a Linux desktop needs to show a program: menu entry, icons, file types, a manual page."""

import gzip
import shutil
from pathlib import Path
from typing import Final

from release.flavours import ROOT
from release.icons import add_icons

_DATA: Final = ROOT / "resources" / "packaging" / "linux"
_PLACES: Final = {
    "residual-lens.desktop": "share/applications",
    "residual-lens.xml": "share/mime/packages",
}


def add_desktop_data(prefix: Path) -> None:
    """Put it below ``prefix`` (``usr``, or what stands for it in a user's home)."""
    for name, place in _PLACES.items():
        folder = prefix / place
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_DATA / name, folder / name)
    manual = prefix / "share" / "man" / "man1"
    manual.mkdir(parents=True)
    page = (_DATA / "residual-lens.1").read_bytes()
    (manual / "residual-lens.1.gz").write_bytes(gzip.compress(page, 9, mtime=0))
    add_icons(prefix / "share" / "icons" / "hicolor")
