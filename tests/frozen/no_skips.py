"""Where a package has to be proven, what cannot be tested is not passed over: it fails.

A plain test is skipped where the machine lacks what it needs. A release that was "tested" on a
machine which lets nobody trace, or has no lintian, would be handed out unproven.
"""

import os
from collections.abc import Generator
from typing import Final

import pytest

NO_LIBRARIES: Final = "the CPU flavour looks for no libraries"
CUDNN_IS_THERE: Final = "this machine has cuDNN, which would run on the pretended driver"

_NOTHING_TO_PROVE: Final = (NO_LIBRARIES, CUDNN_IS_THERE)
_VARIABLE: Final = "RESIDUAL_LENS_PACKAGE"


@pytest.hookimpl(specname="pytest_runtest_makereport", wrapper=True, tryfirst=True)
def pytest_fail_what_is_skipped() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one while a package is tested."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(_VARIABLE):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if not reason.endswith(_NOTHING_TO_PROVE):
            report.outcome = "failed"
            report.longrepr = f"the package is not proven. {reason}"
    return report
