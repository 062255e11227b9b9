"""What the window remembers between two starts: one small JSON file.

Written atomically; a file that cannot be read is set aside, never silently overwritten, and the
program starts with its defaults.
"""

import base64
import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from desktop_app.core import atomic
from desktop_app.core.records import ProviderChoice
from desktop_app.state import ViewOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything remembered.

    Attributes:
        options: How things are drawn.
        layout: The window's geometry, opaque, base64.
        recent: Recently opened files, newest first.
        model: What was open last: a listed name or a path; None means the default.
        provider: What was asked for.
        layer: The layer that was open.
    """

    options: ViewOptions = field(default_factory=ViewOptions)
    layout: str = ""
    recent: tuple[str, ...] = ()
    model: str | None = None
    provider: ProviderChoice = "auto"
    layer: str | None = None

    @property
    def layout_bytes(self) -> bytes:
        """The geometry as the window gave it; empty when there is none."""
        return base64.b64decode(self.layout.encode())


def encode_layout(layout: bytes) -> str:
    """The window's geometry as text for :attr:`Settings.layout`."""
    return base64.b64encode(layout).decode()


def load_settings(path: Path) -> tuple[Settings, Path | None]:
    """The settings in ``path``, or the defaults.

    Returns:
        The settings, and where a damaged file was set aside (None when there was none).
    """
    try:
        content = path.read_bytes()
    except OSError:
        return Settings(), None
    try:
        return msgspec.json.decode(content, type=Settings), None
    except msgspec.MsgspecError:
        aside = path.with_suffix(".damaged.json")
        with contextlib.suppress(OSError):
            path.replace(aside)
        return Settings(), aside


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings whole.

    Raises:
        OutputError: The place cannot be written to.
    """
    encoded = msgspec.json.encode(settings)
    atomic.write_bytes(path, msgspec.json.format(encoded, indent=2))
