"""What a Linux desktop needs to show a program: menu entry, icons, file types, a manual page.

The files stand in ``resources/packaging/linux``; here ``@NAMES@`` in them get their values.
"""

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from release.file_types import desktop_types
from release.flavours import ROOT
from release.icons import add_icons

DATA: Final = ROOT / "resources" / "packaging" / "linux"
_PLACES: Final = {
    "residual-lens.desktop": "share/applications",
    "residual-lens.metainfo.xml": "share/metainfo",
    "residual-lens.xml": "share/mime/packages",
}


def add_desktop_data(prefix: Path, *, version: str, epoch: int) -> None:
    """Put all of it below ``prefix`` (``usr``, or what stands for it in a home).

    Args:
        prefix: A folder.
        version: The program's.
        epoch: The release's time, in seconds since 1970.
    """
    values = {
        "DATE": datetime.fromtimestamp(epoch, UTC).date().isoformat(),
        "MIME_TYPES": desktop_types(),
        "VERSION": version,
    }
    for name, place in _PLACES.items():
        folder = prefix / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(filled(name, values), "utf-8")
    manual = prefix / "share" / "man" / "man1" / "residual-lens.1.gz"
    manual.parent.mkdir(parents=True)
    manual.write_bytes(gzip.compress(filled("residual-lens.1", values).encode(), 9, mtime=0))
    add_icons(prefix / "share" / "icons" / "hicolor")


def filled(name: str, values: Mapping[str, str]) -> str:
    """The text of a file of packaging data, with ``@NAME@`` replaced by its value."""
    text = (DATA / name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text
