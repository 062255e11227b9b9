"""No library of the frozen program looks for others in folders of the build machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from release.search_paths import own_folders, remove_foreign_folders


@pytest.mark.parametrize(
    ("search_path", "kept"),
    [
        ("", ""),
        ("/home/someone/python/lib", ""),
        ("$ORIGIN/../lib", "$ORIGIN/../lib"),
        ("$ORIGIN/:/opt/lib:${ORIGIN}/Qt/lib", "$ORIGIN/:${ORIGIN}/Qt/lib"),
        ("lib:.", ""),  # relative to wherever the program is started
    ],
)
def test_only_folders_beside_the_library_stay(search_path: str, kept: str) -> None:
    assert own_folders(search_path) == kept


@pytest.mark.skipif(shutil.which("patchelf") is None, reason="patchelf is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="ELF files are Linux's")
@pytest.mark.parametrize(("before", "after"), [("/opt/x", ""), ("/opt/x:$ORIGIN", "$ORIGIN")])
def test_a_library_loses_the_build_machines_folders(
    tmp_path: Path, before: str, after: str
) -> None:
    program = tmp_path / "program"
    shutil.copy("/bin/true", program)
    subprocess.run(["patchelf", "--set-rpath", before, program], check=True)
    (tmp_path / "text").write_text("no library")
    remove_foreign_folders(tmp_path)
    told = subprocess.run(
        ["patchelf", "--print-rpath", program], check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == after
    assert subprocess.run([program], check=False).returncode == 0
