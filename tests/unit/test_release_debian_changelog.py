"""CHANGELOG.md in Debian's form."""

import shutil
import subprocess

import pytest
from release.debian_changelog import changelog, changes_of
from release.flavours import ROOT

MARKDOWN = """# Changelog

Newest first.

## Unreleased

### Added

- A `window` that [shows](docs/x.md) everything there is to be seen in a network, layer by layer.

## [1.0.0] - 2026-01-02

- The first.
- The second.

## 0.9.0

- Older.
"""


def test_a_versions_own_changes_are_told() -> None:
    assert changes_of(MARKDOWN, "1.0.0") == ["The first.", "The second."]
    assert changes_of(MARKDOWN, "0.9.0") == ["Older."]
    assert changes_of(MARKDOWN, "2.0.0") == []


def test_a_version_without_a_section_has_the_unreleased_changes() -> None:
    text = changelog(MARKDOWN, package="residual-lens", version="1.1.0", epoch=0)
    assert text.startswith(
        "residual-lens (1.1.0) unstable; urgency=medium\n\n  * A window that shows"
    )
    assert all(len(line) <= 80 for line in text.splitlines()[:-1])
    assert text.endswith(">  Thu, 01 Jan 1970 00:00:00 +0000\n")


def test_a_release_without_changes_says_so() -> None:
    text = changelog("# Changelog\n", package="residual-lens", version="1.1.0", epoch=0)
    assert "  * Release 1.1.0.\n" in text


@pytest.mark.skipif(
    shutil.which("dpkg-parsechangelog") is None, reason="dpkg-parsechangelog is not installed"
)
def test_debians_own_parser_reads_the_real_one() -> None:
    markdown = (ROOT / "CHANGELOG.md").read_text("utf-8")
    text = changelog(markdown, package="residual-lens", version="0.1.0", epoch=1_700_000_000)
    told = subprocess.run(
        ["dpkg-parsechangelog", "-l-", "--all"],
        input=text,
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stderr == ""
    assert "Version: 0.1.0\n" in told.stdout
    assert "Timestamp: 1700000000\n" in told.stdout
