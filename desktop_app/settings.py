"""What the window remembers between two starts: one small JSON file.

Written atomically; a file that cannot be read is set aside, never silently overwritten, and the
program starts with its defaults.
"""

import contextlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from desktop_app.core import atomic
from desktop_app.core.console import is_unicode
from desktop_app.core.records import ProviderChoice
from desktop_app.state import TOP_K_RANGE, ViewOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything remembered.

    Attributes:
        options: How things are drawn.
        layout: The window's geometry, opaque; base64 in the file.
        recent: Recently opened files, newest first.
        model: What was open last: a listed name or a path; None means the default.
        provider: What was asked for.
        layer: The layer that was open.
    """

    options: ViewOptions = field(default_factory=ViewOptions)
    layout: bytes = b""
    recent: tuple[str, ...] = ()
    model: str | None = None
    provider: ProviderChoice = "auto"
    layer: str | None = None


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
        settings = msgspec.json.decode(content, type=Settings)
        _check(settings.options)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        aside = path.with_suffix(".damaged.json")
        with contextlib.suppress(OSError):
            path.replace(aside)
        return Settings(), aside
    return settings, None


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings whole.

    File names that are not UTF-8 cannot stand in JSON; they are left out.

    Raises:
        OutputError: The place cannot be written to.
    """
    speakable = replace(
        settings,
        recent=tuple(name for name in settings.recent if is_unicode(name)),
        model=settings.model if settings.model and is_unicode(settings.model) else None,
    )
    encoded = msgspec.json.encode(speakable)
    atomic.write_bytes(path, msgspec.json.format(encoded, indent=2))


def _check(options: ViewOptions) -> None:
    """Refuse numbers that no control of the window can give.

    Raises:
        ValueError: One is out of its range.
    """
    fewest, most = TOP_K_RANGE
    if not (
        0 <= options.overlay_opacity <= 1
        and options.tile_px >= 0
        and fewest <= options.top_k <= most
    ):
        msg = f"out of range: {options}"
        raise ValueError(msg)
