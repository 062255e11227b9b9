"""What the window remembers between two starts: one small JSON file.

Written atomically. A file that cannot be read whole is set aside, never overwritten, and said;
each field stands for itself, so that one bad value costs no other. Fields that this version does
not know are passed over: a newer version may have written them.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_type_hints

from desktop_app.core import atomic
from desktop_app.core.console import is_unicode
from desktop_app.core.json_values import as_json, converted
from desktop_app.core.local_files import read_small
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.state import TOP_K_RANGE, ViewOptions

SCHEMA: Final = 1
"""To be raised when a field's meaning changes, not when one is added."""
_MOST_TILE_PX: Final = 4096

_IN_RANGE: Final[Mapping[str, Callable[[Any], bool]]] = {
    "pinned_range": lambda ends: (
        ends is None or (len(ends) == 2 and all(map(math.isfinite, ends)) and ends[0] < ends[1])
    ),
    "overlay_opacity": lambda opacity: 0 <= opacity <= 1,
    "tile_px": lambda edge: 0 <= edge <= _MOST_TILE_PX,
    "top_k": lambda count: TOP_K_RANGE[0] <= count <= TOP_K_RANGE[1],
}
"""What the controls of the window can give."""


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
        cuda_folder: Where the user keeps CUDA's libraries; None means the usual places.
    """

    options: ViewOptions = field(default_factory=ViewOptions)
    layout: bytes = b""
    recent: tuple[str, ...] = ()
    model: str | None = None
    provider: ProviderChoice = "auto"
    layer: str | None = None
    cuda_folder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What was wrong with the file, in a user's words.

    Attributes:
        what: How much of it.
        why: The cause, and what is used instead.
        aside: Where the file is now; None where it could not be moved.
    """

    what: str
    why: str
    aside: Path | None


def load_settings(path: Path) -> tuple[Settings, Damage | None]:
    """The settings in ``path``; the default for what is not in it or cannot be read.

    Returns:
        The settings, and what was wrong; a file that is not there is not wrong.
    """
    try:
        content = read_small(path)
        if content is None:
            return Settings(), None
        fields_found = _fields_in(content)
    except OSError as error:
        why = error.strerror or "it cannot be read"
    except (ValueError, RecursionError):
        why = "the file is damaged"
    else:
        return _taken_over(path, fields_found)
    what, why = "The settings could not be read", f"{why}; the defaults are used"
    return Settings(), Damage(what=what, why=why, aside=_set_aside(path))


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
        cuda_folder=folder if (folder := settings.cuda_folder) and is_unicode(folder) else None,
    )
    fields_kept = {"schema": SCHEMA, **asdict(speakable)}
    text = json.dumps(fields_kept, default=as_json, ensure_ascii=False, indent=2)
    atomic.write_bytes(path, text.encode())


def _fields_in(content: bytes) -> dict[str, Any]:
    """The fields of a JSON object.

    Raises:
        ValueError: It is something else.
        RecursionError: It is nested more deeply than Python can follow.
    """
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError(found)  # noqa: TRY004 - as for any other content that is no settings
    return found


def _taken_over(path: Path, found: dict[str, Any]) -> tuple[Settings, Damage | None]:
    """Take each field that is right."""
    schema = found.pop("schema", SCHEMA)
    bad: list[str] = []
    options = found.pop("options", {})
    if not isinstance(options, dict):
        options, bad = {}, ["options"]
    values = _right_ones(Settings, found, bad)
    values["options"] = ViewOptions(**_right_ones(ViewOptions, options, bad))
    settings = Settings(**values)
    if type(schema) is not int or schema > SCHEMA:
        what = "The settings were written by a newer version"
        why = "what this one knows was taken over"
    elif bad:
        what = "Some settings could not be read"
        names = ", ".join(name.replace("_", " ") for name in bad)
        why = f"{names} {'is' if len(bad) == 1 else 'are'} damaged; the rest was taken over"
    else:
        return settings, None
    return settings, Damage(what=what, why=why, aside=_set_aside(path))


def _right_ones(kind: type, found: dict[str, Any], bad: list[str]) -> dict[str, Any]:
    """The fields of ``kind`` that are there and right; names of the wrong ones go to ``bad``."""
    hints = get_type_hints(kind)
    right: dict[str, Any] = {}
    for name in (each.name for each in fields(kind) if each.name in found):
        try:
            value = converted(found[name], hints[name])
        except ValueError:
            bad.append(name)
            continue
        if _IN_RANGE.get(name, lambda _: True)(value):
            right[name] = value
        else:
            bad.append(name)
    return right


def _set_aside(path: Path) -> Path | None:
    """Move what is at ``path`` to a name that nothing has yet; None where that cannot be done."""
    stem = f"{path.stem}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    aside, number = path.with_name(f"{stem}{path.suffix}"), 1
    while aside.exists() or aside.is_symlink():
        number += 1
        aside = path.with_name(f"{stem}-{number}{path.suffix}")
    try:
        return path.rename(aside)
    except OSError:
        return None
