"""CHANGELOG.md in the form that Debian's tools read (Debian Policy 4.4)."""

import re
import textwrap
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

MAINTAINER: Final = "The Residual Lens authors <maintainers@residual-lens.invalid>"
"""Debian wants an address; the project has none, and .invalid never is one (RFC 2606)."""

_SECTION: Final = re.compile(r"^## \[?(?P<title>[^\]\n]+?)\]?(?: .*)?$", re.MULTILINE)
_WIDTH: Final = 78


def changelog(markdown: str, *, package: str, version: str, epoch: int) -> str:
    """The changes of ``version``, or the unreleased ones where it has no section of its own yet.

    Args:
        markdown: CHANGELOG.md, in the form of Keep a Changelog.
        package: The Debian package's name.
        version: Its version.
        epoch: The release's time.

    Returns:
        One entry; older releases had no packages.
    """
    changes = changes_of(markdown, version) or changes_of(markdown, "Unreleased")
    lines = [f"{package} ({version}) unstable; urgency=medium", ""]
    for change in changes or [f"Release {version}."]:
        lines += textwrap.wrap(
            change, _WIDTH, initial_indent="  * ", subsequent_indent="    ", break_long_words=False
        )
    when = format_datetime(datetime.fromtimestamp(epoch, UTC))
    return "\n".join([*lines, "", f" -- {MAINTAINER}  {when}", ""])


def changes_of(markdown: str, title: str) -> list[str]:
    """The bullets below the heading ``title``, without Markdown's marks."""
    sections = list(_SECTION.finditer(markdown))
    for index, section in enumerate(sections):
        if section["title"] == title:
            end = sections[index + 1].start() if index + 1 < len(sections) else len(markdown)
            lines = markdown[section.end() : end].splitlines()
            return [_plain(line.removeprefix("- ")) for line in lines if line.startswith("- ")]
    return []


def _plain(text: str) -> str:
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text).replace("`", "")
