"""Tests what was built, from outside, under a limit of time that nothing gets around.

A frozen program that hangs, or an installation that asks a question, would hold up whoever waits
for the build. The tests have limits of their own; this one holds whatever becomes of those.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from release.errors import ReleaseError
from release.flavours import ROOT

LIMIT_S: Final = 30 * 60
"""The whole takes three to six minutes on two cores; the first time it loads a bare Debian."""

_LAST_WORDS_S: Final = 20


class TestsFailedError(ReleaseError):
    """What was built is not as it has to be, or could not be tested."""


def run_frozen_tests(program: Path, packages: Sequence[Path]) -> None:
    """Run ``tests/frozen`` on a frozen program and, among its packages, the Debian one.

    Raises:
        TestsFailedError: A test failed or could not be run, or it took too long; pytest has said
            more.
    """
    debian = [package for package in packages if package.suffix == ".deb"]
    if not debian:
        raise TestsFailedError("there is no .deb to test; Debian's tools make it")
    (package,) = debian
    variables = {"RESIDUAL_LENS_FROZEN": str(program), "RESIDUAL_LENS_PACKAGE": str(package)}
    command = [sys.executable, "-m", "pytest", "tests/frozen"]
    print(f"testing {program.relative_to(ROOT)} and {package.relative_to(ROOT)}", flush=True)
    status = run_limited(command, limit_s=LIMIT_S, variables={**os.environ, **variables})
    if status is None:
        minutes = LIMIT_S // 60
        raise TestsFailedError(f"the tests took more than {minutes} minutes and were stopped")
    if status != 0:
        raise TestsFailedError(f"the tests of the frozen program ended with status {status}")


def run_limited(
    command: Sequence[str], *, limit_s: float, variables: Mapping[str, str]
) -> int | None:
    """Run ``command`` from the checkout; in the end nothing that it started is left.

    Past the limit it is interrupted as by Ctrl+C, so that it can say where it was, and a little
    later killed, with everything in its process group.

    Returns:
        Its exit status; None where it had to be stopped.
    """
    with subprocess.Popen(command, cwd=ROOT, env=variables, start_new_session=True) as child:
        try:
            return child.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_LAST_WORDS_S)
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):  # all have ended
                os.killpg(child.pid, signal.SIGKILL)
