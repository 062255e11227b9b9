"""What Debian's own checker says of the package."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.package


@pytest.mark.timeout(500)  # it unpacks and reads half a gigabyte of the GPU's flavour
@pytest.mark.skipif(shutil.which("lintian") is None, reason="lintian is not installed")
def test_lintian_finds_no_fault_that_has_not_been_explained() -> None:
    package = Path(os.environ["RESIDUAL_LENS_PACKAGE"]).resolve()
    told = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", package],
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout + told.stderr
