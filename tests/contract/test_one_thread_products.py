"""NumPy's matrix products stay in the thread that asks: a network may be running beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
THREADS = """
import desktop_app
import os
import numpy as np

large = np.ones((1000, 1000), np.float32)
large @ large
print(len(os.listdir("/proc/self/task")))
"""


def threads_after_a_product(**variables: str) -> int:
    inherited = {k: text for k, text in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", THREADS],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**inherited, **variables},
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_a_product_has_no_helpers_unless_the_user_wants_them() -> None:
    assert threads_after_a_product() == 1
    if (os.cpu_count() or 1) > 1:
        assert threads_after_a_product(OPENBLAS_NUM_THREADS="2") == 2
