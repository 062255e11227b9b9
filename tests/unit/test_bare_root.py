"""Making a bare Debian leaves nothing mounted, whatever ends it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.frozen.bare_root import bootstrap

CUT_OFF = """#!/bin/sh
for folder; do case "$folder" in /*) break;; esac; done
mkdir -p "$folder/proc"
mount -t tmpfs none "$folder/proc"
touch "$folder/reached"
kill -KILL $$
"""
"""Stands in for debootstrap, killed after its first mount."""


def may_mount() -> bool:
    """Whether a mount can be made, in a namespace of its own."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not may_mount(), reason="this machine lets nobody mount")
def test_a_debootstrap_that_is_killed_leaves_nothing_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "debootstrap").write_text(CUT_OFF)
    (programs / "debootstrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    fresh = tmp_path / "fresh"
    try:
        with pytest.raises(RuntimeError, match="debootstrap"):
            bootstrap(fresh, ["deb http://localhost/debian bookworm main"])
        assert (fresh / "reached").exists()
        assert not (fresh / "proc").is_mount()
    finally:
        subprocess.run(["umount", fresh / "proc"], check=False, capture_output=True)
